import type { Digest } from "./digest.ts";
import { type ImageReference, parseImageReference } from "./image-reference.ts";

/**
 * An image where a transport of containers/image finds it. What a policy sees of it, `PolicySubject` says.
 * Source: containers-transports(5).
 */
export type LocatedImage = DockerImage;

/** In a registry: `docker://host/repository:tag` */
export interface DockerImage {
  readonly transport: "docker";
  readonly reference: ImageReference;
}

export function dockerImage(reference: ImageReference): DockerImage {
  return { transport: "docker", reference };
}

/**
 * An image in a registry, by the name a container tool is asked to pull.
 * @throws CountersignError REFERENCE_INVALID
 */
export function parseDockerImage(text: string): DockerImage {
  return dockerImage(parseImageReference(text));
}

/** The digest that an image's name itself demands of its manifest. */
export function pinnedDigest({ reference }: LocatedImage): Digest | undefined {
  return reference.digest;
}
