import { CountersignError } from "@countersign/engine/values/error";
import { toImageReference } from "@countersign/engine/values/image-reference";
import { type DockerImage, dockerImage, type LocatedImage } from "@countersign/engine/values/located-image";
import type { ShortNameResolver } from "@countersign/sources/containers-config/load-short-names";
import { describeSource } from "@countersign/sources/containers-config/short-names";

export const remedyForShortName =
  "write the image's name with its registry, or add an alias to registries.conf";

/** How a name without a registry became full ones. */
export interface NameResolution {
  readonly from: "alias" | "search";
  /** the file that says so */
  readonly file: string;
  /** in the reference's words */
  readonly description: string;
  /** what it may mean; the first that its registry has is the one that is meant */
  readonly candidates: readonly [DockerImage, ...DockerImage[]];
}

/**
 * What an image's name means by registries.conf; undefined where it leaves nothing open. `docker://app` does not: with
 * a transport, the containers tools take a name for docker.io's.
 * @throws CountersignError REFERENCE_INVALID, SHORT_NAME_UNRESOLVED or CONFIG_INVALID
 */
export async function resolveName(
  written: string,
  located: LocatedImage,
  names: ShortNameResolver,
): Promise<NameResolution | undefined> {
  if (located.transport !== "docker" || written.startsWith("docker://")) return undefined;
  const { candidates, source } = await names.resolve(written);
  if (source.type === "written") return undefined;
  const [first, ...others] = candidates;
  return {
    from: source.type,
    file: source.origin,
    description: describeSource(source),
    candidates: [
      dockerImage(toImageReference(first)),
      ...others.map((name) => dockerImage(toImageReference(name))),
    ],
  };
}

/**
 * The same failure with the name and what to do, for where nothing beside it says that: the reference's words alone may be
 * those of any of many names.
 */
export function withNameAndRemedy(written: string, caught: unknown): CountersignError {
  const error = CountersignError.from(caught);
  if (error.code !== "SHORT_NAME_UNRESOLVED") return error;
  const named = error.message.includes(written) ? error.message : `${written}: ${error.message}`;
  return new CountersignError(error.code, `${named}: ${remedyForShortName}`, { cause: caught });
}
