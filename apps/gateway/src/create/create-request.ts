import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/engine/values/error";
import {
  type CreateContainerRequest,
  CreateContainerRequestSchema,
  type ImageSpec,
} from "@countersign/sources/cri/generated/cri_pb";
import { requireOneReading } from "../pull/one-reading.ts";

/** A CreateContainer call as far as the gate understands it. */
export interface CreateRequest {
  /** exactly as received */
  readonly bytes: Uint8Array;
  readonly sandboxId: string;
  /** every image it brings in: the container's own first, then its volumes' in the order of the mounts */
  readonly images: readonly [CreatedImage, ...CreatedImage[]];
  readonly message: CreateContainerRequest;
}

export interface CreatedImage {
  readonly role: "container" | "volume";
  readonly spec: ImageSpec;
}

/** More image volumes than any pod has; each costs a question to the runtime. */
const maxVolumes = 256;

/**
 * @throws CountersignError REFERENCE_INVALID when the bytes are no CreateContainerRequest, or not the same one to every
 *   runtime
 */
export function decodeCreateRequest(bytes: Uint8Array): CreateRequest {
  const message = decode(bytes);
  const mounts = message.config?.mounts ?? [];
  const volumes = mounts.flatMap(({ image }): CreatedImage[] =>
    image === undefined ? [] : [{ role: "volume", spec: image }],
  );
  if (volumes.length > maxVolumes) {
    throw new CountersignError(
      "TOO_LARGE",
      `the container has ${volumes.length} image volumes, more than the ${maxVolumes} that are judged`,
    );
  }
  const own = message.config?.image;
  if (own === undefined) {
    throw new CountersignError("REFERENCE_INVALID", "the CreateContainer request names no image");
  }
  const images = [{ role: "container", spec: own }, ...volumes] as const;
  return { bytes, sandboxId: message.podSandboxId, images, message };
}

function decode(bytes: Uint8Array): CreateContainerRequest {
  try {
    requireOneReading(CreateContainerRequestSchema, bytes);
    return fromBinary(CreateContainerRequestSchema, bytes);
  } catch (cause) {
    throw new CountersignError("REFERENCE_INVALID", "the CreateContainer request cannot be decoded", {
      cause,
    });
  }
}

/**
 * The same call with the sandbox and every image named by the id that was judged. A name could mean another image when
 * the runtime looks, or a file: both runtimes take an image's name for a checkpoint archive if there is a file of that
 * name. The beginning of an id could mean another one by then.
 * @param ids one for each of the request's images, in their order
 * @returns the caller's own bytes when they name all so already, as a kubelet's do
 */
export function createOf(request: CreateRequest, sandboxId: string, ids: readonly string[]): Uint8Array {
  const asNamed = request.images.every(({ spec }, at) => spec.image === ids[at]);
  if (asNamed && request.sandboxId === sandboxId) return request.bytes;
  const message = clone(CreateContainerRequestSchema, request.message);
  message.podSandboxId = sandboxId;
  const specs = [message.config?.image, ...(message.config?.mounts.map(({ image }) => image) ?? [])];
  const named = specs.filter((spec) => spec !== undefined);
  for (const [at, spec] of named.entries()) spec.image = ids[at] ?? spec.image;
  return toBinary(CreateContainerRequestSchema, message);
}
