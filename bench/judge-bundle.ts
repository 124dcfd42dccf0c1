import { createPublicKey, verify } from "node:crypto";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import type { SigstoreRequirement } from "@countersign/engine/policy/sigstore-requirement";
import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { noEvidence } from "@countersign/engine/verify/evidence";
import { judge } from "@countersign/engine/verify/judge";
import { attachmentNeedKey } from "@countersign/engine/verify/needs";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

const sigstore = createPocketSigstore();
const digest = digestOf(Buffer.from("a manifest"));
const subject = policySubject(parseDockerImage("registry.example/app:v1"));
const identity = "https://ci.example/workflow@refs/heads/main";
const issuer = "https://token.ci.example";

const requirement: SigstoreRequirement = {
  type: "sigstore",
  authorities: [
    {
      type: "keyless",
      name: "ci",
      trust: { type: "trustedRoot", root: { type: "inline", data: [sigstore.trustedRoot] } },
      identities: [{ issuer: { type: "exact", text: issuer }, subject: { type: "exact", text: identity } }],
      ignoresSct: false,
      transparency: { type: "logged", threshold: 1, logs: undefined },
      timestamp: { type: "none" },
      attestations: [],
      sources: [],
    },
  ],
  identity: { type: "digestOnly" },
  acceptsIndexSignatures: false,
};

/** Keyless signatures as cosign makes them today: a bundle with certificate, SCT, promise, proof and checkpoint. */
export function keylessBundles(count: number): readonly Uint8Array[] {
  return Array.from({ length: count }, (_, at) => {
    const signer = sigstore.certify({
      name: `signer ${at}`,
      names: [["uri", identity]],
      oidcIssuer: issuer,
    });
    return sigstore.signImage(digest, signer);
  });
}

/** Judges one of the bundles, and the next one the next time: parsed, verified, and its statement read. */
export function bundleJudgement(bundles: readonly Uint8Array[]): () => void {
  const key = attachmentNeedKey({
    of: "manifest",
    kind: "signatures",
    place: { repository: undefined, tagPrefix: "" },
  });
  const evidences = bundles.map((bytes) => ({
    ...noEvidence,
    manifestDigest: digest,
    attachments: new Map([[key, [{ type: "bundle", bytes, location: "" } as const]]]),
    now: sigstore.now,
  }));
  let turn = 0;
  return () => {
    const evidence = evidences[turn++ % evidences.length];
    const verdict = evidence && judge([requirement], subject, evidence);
    if (!verdict?.allowed) throw new Error(verdict?.reason);
  };
}

/**
 * What OpenSSL alone takes for a bundle that was not seen before: the certificate by its CA's P-384, its key taken in, and by
 * P-256 the signature, the SCT, the log's promise and its checkpoint. Nobody can be faster who verifies them all.
 */
export function leastVerification(): () => void {
  const [small, large] = ["p256", "p384"].map((kind) => createSigningKey("least", kind as KeyKind));
  if (small === undefined || large === undefined) throw new Error("no keys");
  const message = Buffer.alloc(700);
  const signed = [small.sign(message), large.sign(message, { hash: "sha384" })] as const;
  const keys = [createPublicKey(small.publicKeyPem), createPublicKey(large.publicKeyPem)] as const;
  const spki = { key: Buffer.from(small.spki), format: "der", type: "spki" } as const;
  return () => {
    const key = createPublicKey(spki);
    const isGood =
      verify("sha384", message, keys[1], signed[1]) &&
      [key, keys[0], keys[0], keys[0]].every((one) => verify("sha256", message, one, signed[0]));
    if (!isGood) throw new Error("a signature does not verify");
  };
}

/** The same by sigstore-js, which does not read the statement. */
export function bundleVerification(bundles: readonly Uint8Array[]): () => void {
  const trust = TrustedRoot.fromJSON(JSON.parse(Buffer.from(sigstore.trustedRoot).toString()));
  const verifier = new Verifier(toTrustMaterial(trust), { timestampThreshold: 1 });
  let turn = 0;
  return () => {
    const bytes = bundles[turn++ % bundles.length] ?? new Uint8Array();
    const bundle = bundleFromJSON(JSON.parse(Buffer.from(bytes).toString()));
    verifier.verify(toSignedEntity(bundle), { subjectAlternativeName: identity, extensions: { issuer } });
  };
}
