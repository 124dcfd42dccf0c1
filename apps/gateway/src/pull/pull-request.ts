import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  dropTagIfDigested,
  type ImageReference,
  parseNamedReference,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import {
  type ImageSpec,
  ImageSpecSchema,
  type PullImageRequest,
  PullImageRequestSchema,
} from "@countersign/sources/cri/generated/cri_pb";
import { requireOneReading } from "./one-reading.ts";

/** A PullImage call as far as the gate understands it; its bytes are kept, for they are what is forwarded. */
export interface PullRequest {
  /** exactly as received */
  readonly bytes: Uint8Array;
  /** the image in the caller's spelling, which is the runtime's name for it from then on */
  readonly image: string;
  /** the pod's namespace, unchecked; `""` when no pod is named */
  readonly namespace: string;
  readonly message: PullImageRequest;
}

/** @throws CountersignError REFERENCE_INVALID when the bytes are no PullImageRequest, or not the same one to every runtime */
export function decodePullRequest(bytes: Uint8Array): PullRequest {
  const message = decode(bytes);
  return {
    bytes,
    image: message.image?.image ?? "",
    namespace: message.sandboxConfig?.metadata?.namespace ?? "",
    message,
  };
}

function decode(bytes: Uint8Array): PullImageRequest {
  try {
    requireOneReading(PullImageRequestSchema, bytes);
    return fromBinary(PullImageRequestSchema, bytes);
  } catch (cause) {
    throw new CountersignError("REFERENCE_INVALID", "the PullImage request cannot be decoded", { cause });
  }
}

/**
 * The image that policy is asked about. Of `name:tag@digest` the tag is dropped, as CRI-O and containerd do: what
 * is pulled is named by the digest alone.
 * @throws CountersignError REFERENCE_INVALID
 */
export function pulledReference({ image }: PullRequest): ImageReference {
  try {
    return toImageReference(dropTagIfDigested(parseNamedReference(image)));
  } catch (cause) {
    const { message } = CountersignError.from(cause);
    throw new CountersignError(
      "REFERENCE_INVALID",
      `couldn't parse image name ${quote(image.slice(0, 300))}: ${message}`,
      { cause },
    );
  }
}

/** The same pull (pod, credentials, and every field we do not know) of another name. */
export function pullOf(request: PullRequest, image: string): Uint8Array {
  const message = clone(PullImageRequestSchema, request.message);
  message.image = specOf(request, image);
  return toBinary(PullImageRequestSchema, message);
}

/** The request's image spec, its runtime handler and annotations included, for another name. */
export function specOf({ message }: PullRequest, image: string): ImageSpec {
  const spec = clone(ImageSpecSchema, message.image ?? emptySpec);
  spec.image = image;
  return spec;
}

const emptySpec = fromBinary(ImageSpecSchema, new Uint8Array());
