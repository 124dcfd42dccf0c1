import { imageSourceContract } from "@countersign/testkit/contracts/image-source.contract";
import { type Attachment, signatureType } from "@countersign/testkit/registry/attachments";
import { digestOf } from "../values/digest.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { type FixedImage, fixedSources } from "./fixed-sources.ts";
import type { SigstoreAttachment } from "./ports.ts";

const repository = "registry.example/team/app";

imageSourceContract("what was given", async ({ signed, unsigned, instance, forged, signatures }) => {
  const instances = new Map([
    [digestOf(instance.bytes), instance],
    [forged.digest, forged.manifest],
  ]);
  const digest = digestOf(signed.bytes);
  const signedImage = {
    manifest: signed,
    instances,
    signatures: new Map([[digest, signatures.map(asRead)]]),
  };
  return {
    opener: fixedSources(
      new Map<string, FixedImage>([
        [`docker://${repository}:signed`, signedImage],
        [`docker://${repository}@${digest}`, signedImage],
        [`docker://${repository}:unsigned`, { manifest: unsigned }],
      ]),
    ),
    signed: parseDockerImage(`${repository}:signed`),
    alsoSigned: [parseDockerImage(`${repository}@${digest}`)],
    unsigned: parseDockerImage(`${repository}:unsigned`),
    physical: `docker://${repository}:signed`,
    absent: {
      image: parseDockerImage(`${repository}:none`),
      error: {
        code: "REGISTRY_NOT_FOUND",
        message: `initializing source docker://${repository}:none: no evidence of it is kept`,
      },
    },
    absentInstance: (asked) => ({
      code: "REGISTRY_NOT_FOUND",
      message: `no evidence is kept of the manifest ${asked}`,
    }),
    kept: signatures,
    [Symbol.asyncDispose]: async () => {},
  };
});

function asRead(
  { payload, annotations, mediaType = signatureType }: Attachment,
  index: number,
): SigstoreAttachment {
  return { type: "sigstore", mediaType, payload, annotations, location: `signature ${index + 1}` };
}
