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
  readonly demands: { readonly logs: number; readonly timestamps: number; readonly scts: number };
}

/** Lets sigstore-js verify. @throws whatever it throws when it refuses */
export function verifyBySigstoreJs({ bundle, trustedRoot, artifact, key, demands }: OracleQuestion): void {
  const spki = key === undefined ? undefined : Buffer.from(key);
  const parsed = bundleFromJSON(JSON.parse(Buffer.from(bundle).toString()));
  const trust = toTrustMaterial(TrustedRoot.fromJSON(JSON.parse(Buffer.from(trustedRoot).toString())), () => {
    if (spki === undefined) throw new Error("no key is expected");
    return { publicKey: createPublicKey({ key: spki, format: "der", type: "spki" }), validFor: () => true };
  });
  const verifier = new Verifier(trust, {
    tlogThreshold: demands.logs,
    ctlogThreshold: demands.scts,
    timestampThreshold: demands.timestamps,
  });
  verifier.verify(toSignedEntity(parsed, artifact === undefined ? undefined : Buffer.from(artifact)));
}
