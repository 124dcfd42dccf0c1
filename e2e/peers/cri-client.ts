import { Buffer } from "node:buffer";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import * as cri from "@countersign/sources/cri/generated/cri_pb";
import { Client, type ClientReadableStream, credentials, Metadata } from "@grpc/grpc-js";
import {
  type Command,
  decodeExecResponse,
  decodeExecSyncResponse,
  encodeExecRequest,
  encodeExecSyncRequest,
} from "./exec-messages.ts";

/** CRI as the kubelet speaks it: one connection, a message of up to 16 MiB either way. Errors carry `code` and `details`. */
export type CriClient = ReturnType<typeof connectCri>;

export function connectCri(socket: string) {
  const client = new Client(`unix://${socket}`, credentials.createInsecure(), {
    "grpc.max_receive_message_length": 16 << 20,
    // After a restart the kubelet's connection is back within seconds, not after grpc's usual two minutes.
    "grpc.max_reconnect_backoff_ms": 200,
    "grpc.initial_reconnect_backoff_ms": 50,
  });

  /** A minute: far beyond any answer here, so that one that never comes fails by name. */
  const deadline = () => ({ deadline: Date.now() + 60_000 });

  function bytesCall<Q, A>(
    path: string,
    encode: (request: Q) => Uint8Array,
    decode: (answer: Uint8Array) => A,
  ) {
    return (request: Q): Promise<A> =>
      new Promise((resolve, reject) => {
        client.makeUnaryRequest(
          path,
          (message: Q) => Buffer.from(encode(message)),
          decode,
          request,
          new Metadata(),
          deadline(),
          (error, answer) => (answer === undefined ? reject(error) : resolve(answer)),
        );
      });
  }

  function unary<Q extends DescMessage, A extends DescMessage>(path: string, request: Q, answer: A) {
    return bytesCall<MessageInitShape<Q>, MessageShape<A>>(
      path,
      (init) => toBinary(request, create(request, init)),
      (bytes) => fromBinary(answer, bytes),
    );
  }

  const runtime = "/runtime.v1.RuntimeService/";
  const images = "/runtime.v1.ImageService/";
  return {
    version: unary(`${runtime}Version`, cri.VersionRequestSchema, cri.VersionResponseSchema),
    runPodSandbox: unary(
      `${runtime}RunPodSandbox`,
      cri.RunPodSandboxRequestSchema,
      cri.RunPodSandboxResponseSchema,
    ),
    podSandboxStatus: unary(
      `${runtime}PodSandboxStatus`,
      cri.PodSandboxStatusRequestSchema,
      cri.PodSandboxStatusResponseSchema,
    ),
    stopPodSandbox: unary(
      `${runtime}StopPodSandbox`,
      cri.StopPodSandboxRequestSchema,
      cri.StopPodSandboxResponseSchema,
    ),
    removePodSandbox: unary(
      `${runtime}RemovePodSandbox`,
      cri.RemovePodSandboxRequestSchema,
      cri.RemovePodSandboxResponseSchema,
    ),
    createContainer: unary(
      `${runtime}CreateContainer`,
      cri.CreateContainerRequestSchema,
      cri.CreateContainerResponseSchema,
    ),
    startContainer: unary(
      `${runtime}StartContainer`,
      cri.StartContainerRequestSchema,
      cri.StartContainerResponseSchema,
    ),
    containerStatus: unary(
      `${runtime}ContainerStatus`,
      cri.ContainerStatusRequestSchema,
      cri.ContainerStatusResponseSchema,
    ),
    stopContainer: unary(
      `${runtime}StopContainer`,
      cri.StopContainerRequestSchema,
      cri.StopContainerResponseSchema,
    ),
    removeContainer: unary(
      `${runtime}RemoveContainer`,
      cri.RemoveContainerRequestSchema,
      cri.RemoveContainerResponseSchema,
    ),
    execSync: bytesCall<Command, ReturnType<typeof decodeExecSyncResponse>>(
      `${runtime}ExecSync`,
      encodeExecSyncRequest,
      decodeExecSyncResponse,
    ),
    exec: bytesCall(`${runtime}Exec`, encodeExecRequest, decodeExecResponse),
    containerEvents: (): ClientReadableStream<cri.ContainerEventResponse> =>
      client.makeServerStreamRequest(
        `${runtime}GetContainerEvents`,
        () => Buffer.alloc(0),
        (bytes: Buffer) => fromBinary(cri.ContainerEventResponseSchema, bytes),
        undefined,
      ),
    pullImage: unary(`${images}PullImage`, cri.PullImageRequestSchema, cri.PullImageResponseSchema),
    imageStatus: unary(`${images}ImageStatus`, cri.ImageStatusRequestSchema, cri.ImageStatusResponseSchema),
    listImages: unary(`${images}ListImages`, cri.ListImagesRequestSchema, cri.ListImagesResponseSchema),
    removeImage: unary(`${images}RemoveImage`, cri.RemoveImageRequestSchema, cri.RemoveImageResponseSchema),
    imageFsInfo: unary(`${images}ImageFsInfo`, cri.ImageFsInfoRequestSchema, cri.ImageFsInfoResponseSchema),
    /** Waits for the connection, which may be pausing after it was refused; a call would fail at once meanwhile. */
    connected: (): Promise<void> =>
      new Promise((resolve, reject) => {
        client.waitForReady(deadline().deadline, (error) => (error ? reject(error) : resolve()));
      }),
    close: () => client.close(),
  };
}
