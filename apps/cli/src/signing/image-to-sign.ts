import { CountersignError } from "@countersign/engine/values/error";
import {
  formatReference,
  type ImageReference,
  parseImageReference,
  parseNamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import { everyManifest, imageManifests, type PresentManifest } from "@countersign/signing/image-manifests";
import type { OpenRepository } from "@countersign/sources/open-repositories";

/** An image that is there, and all of it that is to be signed. */
export interface ImageToSign {
  /** as it was typed */
  readonly image: string;
  readonly reference: ImageReference;
  readonly repository: OpenRepository;
  readonly top: PresentManifest;
  /** what an index leads to before the index */
  readonly manifests: readonly PresentManifest[];
}

/** @throws CountersignError REFERENCE_INVALID, naming the image and how to write one */
export function parseImageToSign(image: string): ImageReference {
  return namingImage(image, parseImageReference);
}

/**
 * Parses an image's name, which may say that it is in a registry.
 * @throws CountersignError as `parse` does, naming the image and how to write one
 */
export function namingImage<T>(image: string, parse: (name: string) => T): T {
  try {
    return parse(image.replace(/^docker:\/\//, ""));
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    const remedy = "write registry/repository:tag or registry/repository@sha256:…, in lower case";
    throw new CountersignError(code, `${JSON.stringify(image)}: ${message}; ${remedy}`);
  }
}

/**
 * Fetches what is to be signed: nothing is signed that was not seen.
 * @throws CountersignError with a registry code
 */
export async function findImage(
  image: string,
  reference: ImageReference,
  repository: OpenRepository,
  recursive: boolean,
  signal: AbortSignal,
): Promise<ImageToSign> {
  const { tag, digest } = reference;
  const top = await imageManifests(
    repository,
    digest === undefined ? { tag: tag ?? "" } : { digest },
    signal,
  );
  return { image, reference, repository, top, manifests: recursive ? everyManifest(top) : [top] };
}

/**
 * The names an image is signed under: those that were asked for, or its own with its tag; by its digest it has none.
 * @throws CountersignError USAGE for what is no image's name
 */
export function namesFor(
  reference: ImageReference,
  identities: readonly string[] = [],
): readonly [string, ...string[]] {
  const [first, ...others] = identities.map(parseIdentity);
  if (first !== undefined) return [first, ...others.filter((name) => name !== first)];
  return [reference.tag === undefined ? repositoryName(reference) : formatReference(reference)];
}

function parseIdentity(text: string): string {
  try {
    return formatReference(parseNamedReference(text));
  } catch (caught) {
    const { message } = CountersignError.from(caught);
    throw new CountersignError("USAGE", `--identity ${JSON.stringify(text)}: ${message}`);
  }
}
