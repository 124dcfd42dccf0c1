import type { Digest } from "@countersign/engine/values/digest";
import type { Annotations } from "../annotations.ts";

/**
 * What is signed in cosign's first format, byte for byte what cosign writes but for the escapes that Go adds.
 * Source: containers-signature.5.md; cosign specs/SIGNATURE_SPEC.md.
 * @param identity - `docker-reference`: the name the image is signed for
 */
export function simpleSigningPayload(digest: Digest, identity: string, annotations: Annotations): Uint8Array {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": identity },
        image: { "docker-manifest-digest": digest },
        type: "cosign container image signature",
      },
      optional: annotations.size === 0 ? null : Object.fromEntries(annotations),
    }),
  );
}
