import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import * as cri from "@countersign/sources/cri/generated/cri_pb";
import { Client, type ClientOptions, type ClientReadableStream, credentials, Metadata } from "@grpc/grpc-js";

/** What goes along with one call. */
export interface CallOptions {
  readonly metadata?: Metadata;
  /** milliseconds from now; ten minutes when undefined: an answer that never comes fails by name, and one that is late does not */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

type Call<Q extends DescMessage, A extends DescMessage> = (
  request: MessageInitShape<Q>,
  options?: CallOptions,
) => Promise<MessageShape<A>>;

/**
 * A real gRPC client that speaks CRI, with the kubelet's limits: messages of up to 16 MiB. Failures are
 * grpc-js's own errors, with `code`, `details` and `metadata`.
 */
export type CriClient = ReturnType<typeof connectCri>;

export function connectCri(socket: string, options: ClientOptions = {}) {
  const grpc = new Client(`unix://${socket}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": 16 * 1024 * 1024,
    // A connection of its own, as another process has; grpc-js shares one between clients of the same address.
    "grpc.use_local_subchannel_pool": 1,
    // A restart is over within seconds; grpc's own patience is two minutes.
    "grpc.initial_reconnect_backoff_ms": 20,
    "grpc.max_reconnect_backoff_ms": 100,
    ...options,
  });

  /** One call with one message each way, as bytes: for methods that nobody has declared. */
  function callBytes(path: string, message: Uint8Array, options: CallOptions = {}): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      const call = grpc.makeUnaryRequest(
        path,
        (bytes: Uint8Array) => Buffer.from(bytes),
        (bytes: Buffer) => bytes,
        message,
        options.metadata ?? new Metadata(),
        { deadline: Date.now() + (options.timeout ?? 600_000) },
        (error, answer) => {
          if (answer === undefined) reject(error);
          else resolve(answer);
        },
      );
      options.signal?.addEventListener("abort", () => call.cancel(), { once: true });
    });
  }

  /** A call whose answer is a stream of messages, as bytes. */
  function streamBytes(
    path: string,
    message: Uint8Array,
    metadata = new Metadata(),
  ): ClientReadableStream<Buffer> {
    return grpc.makeServerStreamRequest(
      path,
      (bytes: Uint8Array) => Buffer.from(bytes),
      (bytes: Buffer) => bytes,
      message,
      metadata,
    );
  }

  function method<Q extends DescMessage, A extends DescMessage>(
    path: string,
    request: Q,
    answer: A,
  ): Call<Q, A> {
    return async (init, options) =>
      fromBinary(answer, await callBytes(path, toBinary(request, create(request, init)), options));
  }
  const runtime = <Q extends DescMessage, A extends DescMessage>(name: string, request: Q, answer: A) =>
    method(`/runtime.v1.RuntimeService/${name}`, request, answer);
  const image = <Q extends DescMessage, A extends DescMessage>(name: string, request: Q, answer: A) =>
    method(`/runtime.v1.ImageService/${name}`, request, answer);

  return {
    grpc,
    callBytes,
    streamBytes,
    version: runtime("Version", cri.VersionRequestSchema, cri.VersionResponseSchema),
    status: runtime("Status", cri.StatusRequestSchema, cri.StatusResponseSchema),
    runPodSandbox: runtime("RunPodSandbox", cri.RunPodSandboxRequestSchema, cri.RunPodSandboxResponseSchema),
    podSandboxStatus: runtime(
      "PodSandboxStatus",
      cri.PodSandboxStatusRequestSchema,
      cri.PodSandboxStatusResponseSchema,
    ),
    stopPodSandbox: runtime(
      "StopPodSandbox",
      cri.StopPodSandboxRequestSchema,
      cri.StopPodSandboxResponseSchema,
    ),
    removePodSandbox: runtime(
      "RemovePodSandbox",
      cri.RemovePodSandboxRequestSchema,
      cri.RemovePodSandboxResponseSchema,
    ),
    createContainer: runtime(
      "CreateContainer",
      cri.CreateContainerRequestSchema,
      cri.CreateContainerResponseSchema,
    ),
    startContainer: runtime(
      "StartContainer",
      cri.StartContainerRequestSchema,
      cri.StartContainerResponseSchema,
    ),
    stopContainer: runtime("StopContainer", cri.StopContainerRequestSchema, cri.StopContainerResponseSchema),
    removeContainer: runtime(
      "RemoveContainer",
      cri.RemoveContainerRequestSchema,
      cri.RemoveContainerResponseSchema,
    ),
    containerStatus: runtime(
      "ContainerStatus",
      cri.ContainerStatusRequestSchema,
      cri.ContainerStatusResponseSchema,
    ),
    listContainers: runtime(
      "ListContainers",
      cri.ListContainersRequestSchema,
      cri.ListContainersResponseSchema,
    ),
    containerEvents: () => streamBytes("/runtime.v1.RuntimeService/GetContainerEvents", new Uint8Array()),
    pullImage: image("PullImage", cri.PullImageRequestSchema, cri.PullImageResponseSchema),
    imageStatus: image("ImageStatus", cri.ImageStatusRequestSchema, cri.ImageStatusResponseSchema),
    listImages: image("ListImages", cri.ListImagesRequestSchema, cri.ListImagesResponseSchema),
    removeImage: image("RemoveImage", cri.RemoveImageRequestSchema, cri.RemoveImageResponseSchema),
    imageFsInfo: image("ImageFsInfo", cri.ImageFsInfoRequestSchema, cri.ImageFsInfoResponseSchema),
    close: () => grpc.close(),
    [Symbol.dispose]: () => grpc.close(),
  };
}
