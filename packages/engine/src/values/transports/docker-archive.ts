import { cut } from "../cut.ts";
import { CountersignError } from "../error.ts";
import { parseGoInteger } from "../go-integer.ts";
import {
  formatReference,
  isNameOnly,
  isTagged,
  type NamedReference,
  parseNamedReference,
  type TaggedReference,
} from "../image-reference.ts";
import type { DockerArchiveImage } from "../located-image.ts";

/**
 * `path`, `path:name:tag` or `path:@position`.
 * Source: containers/image docker/archive/transport.go, ParseReference.
 * @throws CountersignError REFERENCE_INVALID
 */
export function parseDockerArchiveImage(text: string): DockerArchiveImage {
  if (text === "") throw invalid("docker-archive reference  isn't of the form <path>[:<reference>]");
  const [path, within] = cut(text, ":");
  const image = { transport: "docker-archive", path } as const;
  if (within === undefined) return { ...image, reference: undefined, position: undefined };
  return within.startsWith("@")
    ? { ...image, reference: undefined, position: parsePosition(within) }
    : { ...image, reference: parseTagged(within), position: undefined };
}

function parsePosition(text: string): number {
  const position = naming(`Invalid source index ${text}: `, () => parseGoInteger(text.slice(1)));
  if (position < 0) throw invalid(`Invalid source index @${position}: must not be negative`);
  return position;
}

function parseTagged(text: string): TaggedReference {
  const written = naming("docker-archive parsing reference: ", () => parseNamedReference(text));
  const name: NamedReference = isNameOnly(written) ? { ...written, tag: "latest" } : written;
  if (isTagged(name)) return name;
  throw invalid(
    name.tag === undefined
      ? `reference does not include a tag: ${formatReference(name)}`
      : `docker-archive doesn't support digest references: ${formatReference(name)}`,
  );
}

function naming<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw invalid(what + CountersignError.from(error).message);
  }
}

function invalid(message: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", message);
}
