import type { SignedImage } from "../cosign-signature.ts";

/** The document that GPG simple signing signs for an image (containers-signature.5). */
export function simpleSigningDocument({ digest, reference }: SignedImage): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": reference },
        image: { "docker-manifest-digest": digest },
        type: "atomic container signature",
      },
      optional: { creator: "countersign testkit", timestamp: 1_600_000_000 },
    }),
  );
}
