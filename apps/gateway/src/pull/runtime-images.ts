import { create, type DescMessage, fromBinary, type MessageShape, toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/engine/values/error";
import {
  type Image,
  type ImageSpec,
  ImageStatusRequestSchema,
  ImageStatusResponseSchema,
  ListContainersRequestSchema,
  ListContainersResponseSchema,
  PullImageResponseSchema,
  RemoveImageRequestSchema,
} from "@countersign/sources/cri/generated/cri_pb";
import { type CallMetadata, type RpcStatus, type RuntimeClient, rpcCode } from "../gate.ts";

export const pullImagePath = "/runtime.v1.ImageService/PullImage";

/** The runtime's refusal of one of our own calls; it is handed to the caller as it came. */
export class RuntimeRefusal extends Error {
  override readonly name = "RuntimeRefusal";
  readonly status: RpcStatus;

  constructor(status: RpcStatus) {
    super(status.message);
    this.status = status;
  }
}

/** The runtime's images, in the context of one caller's call: its metadata travels along. */
export interface RuntimeImages {
  /** The answer's bytes and the reference in it. @throws RuntimeRefusal */
  pull(request: Uint8Array, signal: AbortSignal): Promise<PulledImage>;
  /** What the runtime has under a name; undefined when nothing. @throws RuntimeRefusal */
  status(spec: ImageSpec, signal: AbortSignal): Promise<Image | undefined>;
  /** Removes an image with all its names. @throws RuntimeRefusal */
  remove(spec: ImageSpec, signal: AbortSignal): Promise<void>;
  /** Ids and references of the images that containers, running or not, were made from. @throws RuntimeRefusal */
  inUse(signal: AbortSignal): Promise<ReadonlySet<string>>;
}

export interface PulledImage {
  readonly imageRef: string;
  readonly answer: Uint8Array;
}

export function runtimeImages(client: RuntimeClient, metadata: CallMetadata): RuntimeImages {
  async function call(path: string, message: Uint8Array, signal: AbortSignal): Promise<Uint8Array> {
    const answer = await client.unary(path, message, metadata, signal);
    if (answer.type === "status") throw new RuntimeRefusal(answer.status);
    return answer.message;
  }

  return {
    async pull(request, signal) {
      const answer = await call(pullImagePath, request, signal);
      return { answer, imageRef: decode(PullImageResponseSchema, answer).imageRef };
    },

    async status(spec, signal) {
      const request = toBinary(ImageStatusRequestSchema, create(ImageStatusRequestSchema, { image: spec }));
      try {
        const answer = await call("/runtime.v1.ImageService/ImageStatus", request, signal);
        return decode(ImageStatusResponseSchema, answer).image;
      } catch (error) {
        if (error instanceof RuntimeRefusal && error.status.code === rpcCode.notFound) return undefined;
        throw error;
      }
    },

    async remove(spec, signal) {
      const request = toBinary(RemoveImageRequestSchema, create(RemoveImageRequestSchema, { image: spec }));
      await call("/runtime.v1.ImageService/RemoveImage", request, signal);
    },

    async inUse(signal) {
      const request = toBinary(ListContainersRequestSchema, create(ListContainersRequestSchema));
      const answer = await call("/runtime.v1.RuntimeService/ListContainers", request, signal);
      const { containers } = decode(ListContainersResponseSchema, answer);
      return new Set(
        containers.flatMap(({ imageId, imageRef, image }) => [imageId, imageRef, image?.image ?? ""]),
      );
    },
  };
}

function decode<Schema extends DescMessage>(schema: Schema, bytes: Uint8Array): MessageShape<Schema> {
  try {
    return fromBinary(schema, bytes);
  } catch (cause) {
    throw new CountersignError("INTERNAL", `the runtime's ${schema.name} cannot be decoded`, { cause });
  }
}
