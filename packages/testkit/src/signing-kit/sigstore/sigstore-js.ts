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
  /** SPKI by hint */
  readonly keys: ReadonlyMap<string, Uint8Array>;
  readonly demands: { readonly logs: number; readonly timestamps: number; readonly scts: number };
}

/** Lets sigstore-js verify. @throws whatever it throws when it refuses */
export function verifyBySigstoreJs({ bundle, trustedRoot, artifact, keys, demands }: OracleQuestion): void {
  const parsed = bundleFromJSON(JSON.parse(Buffer.from(bundle).toString()));
  const trust = toTrustMaterial(
    TrustedRoot.fromJSON(JSON.parse(Buffer.from(trustedRoot).toString())),
    (hint) => {
      const spki = keys.get(hint);
      if (spki === undefined) throw new Error(`no key with the hint ${hint}`);
      return {
        publicKey: createPublicKey({ key: Buffer.from(spki), format: "der", type: "spki" }),
        validFor: () => true,
      };
    },
  );
  const verifier = new Verifier(trust, {
    tlogThreshold: demands.logs,
    ctlogThreshold: demands.scts,
    timestampThreshold: demands.timestamps,
  });
  verifier.verify(toSignedEntity(parsed, artifact === undefined ? undefined : Buffer.from(artifact)));
}
