import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  dropTagIfDigested,
  type ImageReference,
  isQualified,
  type NamedReference,
  parseNamedReference,
  parseReference,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import type { ShortNameResolver } from "@countersign/sources/containers-config/load-short-names";

/** What a caller's name for an image means. */
export interface NameReading {
  /** tried in this order: the first that its registry has is the one that is meant */
  readonly candidates: readonly [ImageReference, ...ImageReference[]];
  /** the registry is not written, so that a runtime may take the name for another image */
  readonly isShort: boolean;
}

/** Reads names as the runtime behind the gateway does, or is meant to. Declared by the gates. */
export interface ImageNames {
  /** @throws CountersignError REFERENCE_INVALID, SHORT_NAME_UNRESOLVED or CONFIG_INVALID */
  read(name: string): Promise<NameReading>;
}

/** Names without a registry are docker.io's, as containerd takes them. */
export const dockerHubNames: ImageNames = {
  async read(name) {
    return { candidates: [dockerHubImage(name)], isShort: !isQualified(parseReference(name)) };
  },
};

/** `busybox` is `docker.io/library/busybox:latest`. @throws CountersignError REFERENCE_INVALID */
export function dockerHubImage(name: string): ImageReference {
  return asImage(name, () => parseNamedReference(name));
}

/** Names without a registry are read by the aliases and search registries of registries.conf, as CRI-O does. */
export function registriesConfNames(resolver: ShortNameResolver): ImageNames {
  return {
    async read(name) {
      const { candidates, source } = await resolver.resolve(name);
      const [first, ...others] = candidates;
      const read = (candidate: NamedReference) => asImage(name, () => candidate);
      return { candidates: [read(first), ...others.map(read)], isShort: source.type !== "written" };
    },
  };
}

/**
 * Of `name:tag@digest` the tag is dropped, as CRI-O and containerd do: what is pulled is named by the digest alone.
 * @throws CountersignError REFERENCE_INVALID
 */
function asImage(name: string, parse: () => NamedReference): ImageReference {
  try {
    return toImageReference(dropTagIfDigested(parse()));
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw new CountersignError(
      "REFERENCE_INVALID",
      `couldn't parse image name ${quote(name.slice(0, 300))}: ${message}`,
      { cause },
    );
  }
}
