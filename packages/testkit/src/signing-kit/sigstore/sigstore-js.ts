import { createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

/** What a bundle is verified with by sigstore-js, our oracle. */
export interface OracleQuestion {
  /** the JSON of a bundle */
  readonly bundle: Uint8Array;
  /** the JSON of a trusted root */
  readonly trustedRoot: Uint8Array;
  readonly artifact: Uint8Array | undefined;
  /** SPKI: the key that is expected, whatever the bundle's hint says; undefined: a certificate is */
  readonly key: Uint8Array | undefined;
  /** whose certificate, exactly; default anybody's */
  readonly identity?: OracleIdentity;
  readonly demands: { readonly logs: number; readonly timestamps: number; readonly scts: number };
}

export interface OracleIdentity {
  /** undefined: any */
  readonly subject: string | undefined;
  readonly issuer: string;
}

/** Lets sigstore-js verify. @throws whatever it throws when it refuses */
export function verifyBySigstoreJs(question: OracleQuestion): void {
  const { bundle, trustedRoot, artifact, key, identity, demands } = question;
  const spki = key === undefined ? undefined : Buffer.from(key);
  const parsed = bundleFromJSON(parse(bundle));
  const trust = toTrustMaterial(trustedRootOf(trustedRoot), () => {
    if (spki === undefined) throw new Error("no key is expected");
    return { publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }), validFor: () => true };
  });
  const verifier = new Verifier(trust, {
    tlogThreshold: demands.logs,
    ctlogThreshold: demands.scts,
    timestampThreshold: demands.timestamps,
  });
  const entity = toSignedEntity(parsed, artifact === undefined ? undefined : Buffer.from(artifact));
  if (identity === undefined) verifier.verify(entity);
  else verifier.verify(entity, policyFor(identity));
}

/** Its subject is a pattern, which need not match the whole. */
function policyFor({ subject, issuer }: OracleIdentity) {
  const extensions = { issuer };
  if (subject === undefined) return { extensions };
  return { subjectAlternativeName: `^${subject.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&")}$`, extensions };
}

const trusted = new Map<string, TrustedRoot>();

/** Read once: it is asked the same thing very often. */
function trustedRootOf(json: Uint8Array): TrustedRoot {
  const text = Buffer.from(json).toString();
  const root = trusted.get(text) ?? TrustedRoot.fromJSON(JSON.parse(text));
  trusted.set(text, root);
  return root;
}

function parse(json: Uint8Array): unknown {
  return JSON.parse(Buffer.from(json).toString());
}
