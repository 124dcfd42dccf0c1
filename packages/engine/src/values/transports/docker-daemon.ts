import { digestAlgorithm, isDigest } from "../digest.ts";
import { CountersignError } from "../error.ts";
import {
  familiarName,
  familiarReference,
  isNameOnly,
  parseNamedReference,
  toImageReference,
} from "../image-reference.ts";
import type { DockerDaemonImage } from "../located-image.ts";

/**
 * `sha256:hex`, the digest of an image's configuration, or a name with a tag or a digest, which is not completed.
 * Source: containers/image docker/daemon/daemon_transport.go, ParseReference.
 * @throws CountersignError REFERENCE_INVALID
 */
export function parseDockerDaemonImage(text: string): DockerDaemonImage {
  const transport = "docker-daemon";
  if (isDigest(text)) {
    if (digestAlgorithm(text) === "sha256") return { transport, id: text, reference: undefined };
    throw invalid(`Invalid docker-daemon: reference ${text}: only digest algorithm sha256 accepted`);
  }
  const name = parseNamedReference(text);
  if (familiarName(name) === "sha256") {
    throw invalid(
      `Invalid docker-daemon: reference ${text}: The sha256 repository name is reserved for (non-shortened) digest references`,
    );
  }
  if (isNameOnly(name)) {
    throw invalid(`docker-daemon: reference ${familiarReference(name)} has neither a tag nor a digest`);
  }
  if (name.tag !== undefined && name.digest !== undefined) {
    throw invalid("docker-daemon: references with both a tag and digest are currently not supported");
  }
  return { transport, id: undefined, reference: toImageReference(name) };
}

function invalid(message: string): CountersignError {
  return new CountersignError("REFERENCE_INVALID", message);
}
