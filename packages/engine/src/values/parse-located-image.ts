import { cut } from "./cut.ts";
import { CountersignError } from "./error.ts";
import { quote } from "./go-format.ts";
import { parseNamedReference } from "./image-reference.ts";
import { type LocatedImage, parseDockerImage } from "./located-image.ts";
import { parseStorageImage } from "./transports/containers-storage.ts";
import { parseDockerArchiveImage } from "./transports/docker-archive.ts";
import { parseDockerDaemonImage } from "./transports/docker-daemon.ts";
import { parseOciArchiveImage, parseOciImage } from "./transports/oci.ts";
import { parseAtomicImage } from "./transports/openshift.ts";

/** Makes a path absolute and free of symbolic links. @throws CountersignError if there is no such place */
export type ResolvePath = (path: string) => string;

type ParseWithin = (text: string, resolvePath: ResolvePath) => LocatedImage;

/** What follows the name of a transport and a colon. */
const transports: ReadonlyMap<string, ParseWithin> = new Map<string, ParseWithin>([
  ["atomic", parseAtomicImage],
  ["containers-storage", parseStorageImage],
  ["dir", (path, resolve) => ({ transport: "dir", path, resolvedPath: resolve(path) })],
  ["docker-archive", parseDockerArchiveImage],
  ["docker-daemon", parseDockerDaemonImage],
  ["oci", parseOciImage],
  ["oci-archive", parseOciArchiveImage],
  ["sif", (path, resolve) => ({ transport: "sif", path, resolvedPath: resolve(path) })],
  ["tarball", (paths) => ({ transport: "tarball", paths: paths.split(":") })],
]);

const ofFiles: ReadonlySet<string> = new Set([
  "dir",
  "docker-archive",
  "oci",
  "oci-archive",
  "sif",
  "tarball",
]);

/**
 * An image as a person names it: `docker://…` or another transport of containers/image with what it takes; without a
 * transport it is in a registry, as it would be in a pod. What can be read both ways (`oci:1.0` is also an image of
 * Docker Hub) is refused: an answer about the one would be taken for an answer about the other.
 * Source: containers/image transports/alltransports, ParseImageName.
 * @throws CountersignError REFERENCE_INVALID, with the transport's own words, or whatever `resolvePath` throws
 */
export function parseLocatedImage(text: string, resolvePath: ResolvePath): LocatedImage {
  const [transport, within] = cut(text, ":");
  if (transport === "docker" && within?.startsWith("//")) return parseDockerImage(within.slice(2));
  const parse = transports.get(transport);
  if (parse === undefined || within === undefined) return parseDockerImage(text);
  if (isRegistryName(text)) throw ambiguous(text, transport, within);
  return parse(within, resolvePath);
}

function isRegistryName(text: string): boolean {
  try {
    parseNamedReference(text);
    return true;
  } catch (error) {
    if (error instanceof CountersignError) return false;
    throw error;
  }
}

function ambiguous(text: string, transport: string, within: string): CountersignError {
  const other = ofFiles.has(transport) ? ` or ${transport}:./${within}` : "";
  return new CountersignError(
    "REFERENCE_INVALID",
    `${quote(text)} can be an image in a registry or one of the transport ${quote(transport)}: write docker://${text}${other}`,
  );
}
