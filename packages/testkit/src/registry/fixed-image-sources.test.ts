import { digestOf } from "@countersign/engine/values/digest";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { imageSourceContract } from "../contracts/image-source.contract.ts";
import { type Attachment, signatureType } from "./attachments.ts";
import { type FixedImage, fixedImageSources } from "./fixed-image-sources.ts";

const repository = "registry.example/team/app";

function asRead(
  { payload, annotations, mediaType = signatureType }: Attachment,
  index: number,
): SigstoreAttachment {
  const location = `${repository} layer ${index + 1}`;
  return {
    type: "sigstore",
    mediaType,
    payload,
    annotations,
    location,
  };
}

imageSourceContract("what was given", async ({ tags, untagged, attachments, forged }) => {
  const manifests = [...tags.values(), ...untagged];
  const instances = new Map([
    ...manifests.map((manifest) => [digestOf(manifest.bytes), manifest] as const),
    [forged.digest, forged.manifest] as const,
  ]);
  const signatures = new Map([...attachments].map(([subject, layers]) => [subject, layers.map(asRead)]));
  const images = new Map<string, FixedImage>();
  for (const [tag, manifest] of tags) images.set(`${repository}:${tag}`, { manifest, instances, signatures });
  for (const manifest of manifests) {
    images.set(`${repository}@${digestOf(manifest.bytes)}`, { manifest, instances, signatures });
  }
  return { opener: fixedImageSources(images), repository, [Symbol.asyncDispose]: async () => {} };
});
