import { createHash, createPublicKey, X509Certificate as NodeCertificate } from "node:crypto";
import { cosignAnnotation } from "@countersign/engine/signature/cosign-annotation";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { bundleFromJSON } from "@sigstore/bundle";
import { X509Certificate } from "@sigstore/core";
import { type TrustMaterial, toSignedEntity, Verifier } from "@sigstore/verify";
import type { Effort } from "./effort.ts";
import { bundleJudgement, bundleVerification, keylessBundles, leastVerification } from "./judge-bundle.ts";
import { base64, judgement, kit, signed, timeInTurn } from "./judged.ts";
import type { BenchRow } from "./row.ts";
import { median, rounded } from "./statistics.ts";

/** More than the engine remembers the certificates of. */
const manySignatures = 300;

/**
 * The warm judge of a keyless signature (chain, log promise, payload) against @sigstore/verify on the same material.
 * The engine remembers which certificates it has found to be their CA's, so a signature it has judged before costs less
 * than a new one; the note says what a new one costs, and the row is reached only if a new one is as much faster.
 */
export async function run(effort: Effort): Promise<BenchRow> {
  const requirement = {
    type: "sigstoreSigned",
    fulcio: {
      caData: base64(kit.fulcio.caPem),
      oidcIssuer: "https://issuer.example",
      subjectEmail: "dev@example.com",
    },
    rekorPublicKeyData: base64(kit.log.publicKeyPem),
    signedIdentity: { type: "matchRepository" },
  };
  const signatures = Array.from({ length: manySignatures }, (_, at) =>
    kit.signKeyless({ name: `signer ${at}` }, signed),
  );
  const judgeNew = judgement(requirement, signatures);
  const judgeAgain = judgement(requirement, signatures.slice(0, 1));
  const verifier = new Verifier(trustMaterial(), { ctlogThreshold: 0 });
  const bundles = signatures.map((signature) => ({
    bundle: bundleFromJSON(asBundle(signature)),
    payload: Buffer.from(signature.payload),
  }));
  let turn = 0;
  const verifyOnce = () => {
    const { bundle, payload } = bundles[turn++ % bundles.length] ?? {};
    if (bundle === undefined || payload === undefined) throw new Error("no bundle");
    verifier.verify(toSignedEntity(bundle, payload), {
      subjectAlternativeName: "dev@example.com",
      extensions: { issuer: "https://issuer.example" },
    });
  };
  const attached = keylessBundles(manySignatures);
  const judgeNewBundle = bundleJudgement(attached);
  const judgeBundleAgain = bundleJudgement(attached.slice(0, 1));
  const verifyBundle = bundleVerification(attached);
  const works = [
    judgeNew,
    judgeAgain,
    verifyOnce,
    judgeNewBundle,
    judgeBundleAgain,
    verifyBundle,
    leastVerification(),
  ];
  const times = timeInTurn(works, effort, 20).map(median);
  const [first = Number.NaN, again = Number.NaN, verified = Number.NaN, ...ofBundles] = times;
  const [
    firstBundle = Number.NaN,
    bundleAgain = Number.NaN,
    bundleVerified = Number.NaN,
    least = Number.NaN,
  ] = ofBundles;
  const faster = rounded(verified / again, 1);
  const bundleFaster = rounded(bundleVerified / bundleAgain, 1);
  const newFaster = rounded(verified / first, 1);
  const newBundleFaster = rounded(bundleVerified / firstBundle, 1);
  return {
    id: "judge-keyless",
    value: rounded(again, 4),
    unit: "ms",
    peer: "@sigstore/verify",
    peerValue: rounded(verified, 4),
    ratio: rounded(again / verified, 3),
    target: "≥ 6× faster",
    reached: Math.min(faster, bundleFaster, newFaster, newBundleFaster) >= 6,
    note: `${faster}× faster; signatures not seen before take ${rounded(first, 4)} ms, ${newFaster}× faster; Fulcio chain and SET, warm. A bundle (with SCT, proof and checkpoint besides): ${rounded(bundleAgain, 4)} ms, ${bundleFaster}× faster than ${rounded(bundleVerified, 4)} ms; not seen before ${rounded(firstBundle, 4)} ms, ${newBundleFaster}× faster, where OpenSSL alone takes ${rounded(least, 4)} ms`,
  };
}

const always = { start: new Date(0), end: new Date("2100-01-01") };

function trustMaterial(): TrustMaterial {
  const { root, intermediate } = kit.fulcio.authority;
  const publicKey = createPublicKey(kit.log.publicKeyPem);
  return {
    certificateAuthorities: [
      { certChain: [intermediate, root].map(({ pem }) => X509Certificate.parse(pem)), validFor: always },
    ],
    timestampAuthorities: [],
    tlogs: [{ logID: logId(), baseURL: "https://rekor.example", publicKey, validFor: always }],
    ctlogs: [],
    publicKey: () => {
      throw new Error("no key is looked for");
    },
  };
}

interface LogPromise {
  readonly SignedEntryTimestamp: string;
  readonly Payload: { body: string; integratedTime: number; logIndex: number; logID: string };
}

function promiseIn(signature: SigstoreAttachment): LogPromise {
  return JSON.parse(signature.annotations.get(cosignAnnotation.bundle) ?? "");
}

function logId(): Buffer {
  return Buffer.from(promiseIn(kit.signKeyless({}, signed)).Payload.logID, "hex");
}

/** The same certificate, promise and signature as a bundle v0.1, which is what carries a SET without a proof. */
function asBundle(signature: SigstoreAttachment): unknown {
  const { SignedEntryTimestamp, Payload } = promiseIn(signature);
  const leaf = new NodeCertificate(signature.annotations.get(cosignAnnotation.certificate) ?? "");
  return {
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      x509CertificateChain: { certificates: [{ rawBytes: base64(leaf.raw) }] },
      tlogEntries: [
        {
          logIndex: String(Payload.logIndex),
          logId: { keyId: base64(Buffer.from(Payload.logID, "hex")) },
          kindVersion: { kind: "hashedrekord", version: "0.0.1" },
          integratedTime: String(Payload.integratedTime),
          inclusionPromise: { signedEntryTimestamp: SignedEntryTimestamp },
          canonicalizedBody: Payload.body,
        },
      ],
    },
    messageSignature: {
      messageDigest: {
        algorithm: "SHA2_256",
        digest: base64(createHash("sha256").update(signature.payload).digest()),
      },
      signature: signature.annotations.get(cosignAnnotation.signature),
    },
  };
}
