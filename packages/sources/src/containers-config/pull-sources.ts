import { CountersignError } from "@countersign/engine/values/error";
import {
  formatReference,
  type ImageReference,
  type NamedReference,
  parseNamedReference,
  repositoryName,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import {
  primaryOf,
  type RegistriesConf,
  type RegistryEndpoint,
  type RegistryEntry,
} from "./registries-conf.ts";

/** One place to try: the name the image has there, and how to talk to it. */
export interface PullSource {
  readonly physical: ImageReference;
  readonly insecure: boolean;
}

/**
 * Where an image may be had, first one first; the registry it names comes last, so its error is the one that
 * counts. Without an entry that is the registry as named.
 * Source: containers-registries.conf(5); sysregistriesv2 PullSourcesFromReference.
 * @throws CountersignError CONFIG_INVALID when a location makes a name that is none
 */
export function pullSources(
  conf: RegistriesConf,
  image: ImageReference,
): readonly [PullSource, ...PullSource[]] {
  const entry = findRegistry(conf, repositoryName(image));
  if (entry === undefined) return [{ physical: image, insecure: false }];
  const source = (endpoint: RegistryEndpoint): PullSource => ({
    physical: rewrite(image, entry.prefix, endpoint.location),
    insecure: endpoint.insecure,
  });
  const kind = image.digest === undefined ? "tags" : "digests";
  const mirrors = entry.endpoints
    .slice(0, -1)
    .filter(({ serves }) => serves === "all" || serves === kind)
    .map(source);
  const [first, ...rest] = [...mirrors, source(primaryOf(entry))];
  return [first ?? source(primaryOf(entry)), ...rest];
}

/** The entry with the longest prefix of a repository's name. */
export function findRegistry(conf: RegistriesConf, name: string): RegistryEntry | undefined {
  let longest: RegistryEntry | undefined;
  for (const entry of conf.registries) {
    if (matchedLength(name, entry.prefix) === undefined) continue;
    if (entry.prefix.length > (longest?.prefix.length ?? 0)) longest = entry;
  }
  return longest;
}

function rewrite(image: ImageReference, prefix: string, location: string): ImageReference {
  const name = formatReference(image);
  if (location === "") return image;
  const rest = name.slice(matchedLength(name, prefix) ?? name.length);
  const rewritten = parseCanonical(location + rest);
  try {
    return toImageReference(rewritten);
  } catch (error) {
    throw new CountersignError("CONFIG_INVALID", CountersignError.from(error).message);
  }
}

function parseCanonical(text: string): NamedReference {
  let name: NamedReference;
  try {
    name = parseNamedReference(text);
  } catch (error) {
    throw unusable(CountersignError.from(error).message);
  }
  if (formatReference(name) !== text) throw unusable("repository name must be canonical");
  return name;
}

/**
 * How much of `name` a prefix stands for; undefined when it does not match. A prefix ends where the name has a
 * `/`, `:` or `@`; that a bare host so matches host:port too is the reference's own quirk.
 */
function matchedLength(name: string, prefix: string): number | undefined {
  const length = prefix.startsWith("*.")
    ? wildcardLength(name, prefix.slice(1))
    : name.startsWith(prefix)
      ? prefix.length
      : undefined;
  if (length === undefined) return undefined;
  return length === name.length || "/:@".includes(name.charAt(length)) ? length : undefined;
}

function wildcardLength(name: string, suffix: string): number | undefined {
  const at = name.indexOf(suffix);
  return at === -1 || name.slice(0, at).includes("/") ? undefined : at + suffix.length;
}

function unusable(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `rewriting reference: ${message}`);
}
