import { clone, fromBinary, toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import { isMeantFor } from "@countersign/sources/credentials/call-credentials";
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

/**
 * The same pull of a short name, by the full name that was found for it: the runtime is not asked what a short name
 * means, for it might say something else. Credentials go along if they are for that registry: the kubelet chose them
 * for the image of docker.io.
 */
export function pullByFullName(request: PullRequest, reference: ImageReference): PullRequest {
  const image = formatReference(reference);
  const message = clone(PullImageRequestSchema, request.message);
  message.image = specOf(request, image);
  const { auth } = message;
  if (auth !== undefined && !isMeantFor(auth.serverAddress || shortNameServer, reference.domain)) {
    delete message.auth;
  }
  return { ...request, bytes: toBinary(PullImageRequestSchema, message), image, message };
}

/** Whose images the kubelet takes short names for. */
export const shortNameServer = "docker.io";
