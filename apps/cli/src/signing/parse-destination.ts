import { CountersignError } from "@countersign/engine/values/error";
import {
  type ImageReference,
  parseNamedReference,
  type TaggedReference,
} from "@countersign/engine/values/image-reference";
import { namingImage } from "./image-to-sign.ts";

/** Where an image is promoted to. */
export interface Destination {
  readonly reference: TaggedReference;
}

/**
 * A name without a tag takes the source's.
 * @throws CountersignError USAGE, REFERENCE_INVALID
 */
export function parseDestination(text: string, source: ImageReference): Destination {
  const { domain, path, tag = source.tag, digest } = namingImage(text, parseNamedReference);
  if (digest === undefined && tag !== undefined && domain !== "") {
    return { reference: { domain, path, tag, digest: undefined } };
  }
  throw new CountersignError(
    "USAGE",
    `${JSON.stringify(text)}: write the name with the tag under which the image is published, as in public.example/app:v1`,
  );
}
