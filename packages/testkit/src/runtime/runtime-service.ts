import { existsSync } from "node:fs";
import type { MessageInitShape } from "@bufbuild/protobuf";
import { toBinary } from "@bufbuild/protobuf";
import * as cri from "@countersign/sources/cri/generated/cri_pb";
import { RpcFailure } from "./grpc-server.ts";
import type { ImageStore } from "./image-store.ts";
import { type Method, type Methods, oneMessage, unary } from "./method.ts";
import type { Container, PodStore, Sandbox } from "./pod-store.ts";

const service = "/runtime.v1.RuntimeService/";

export function runtimeService(pods: PodStore, images: ImageStore): Methods {
  return {
    [`${service}Version`]: unary(cri.VersionRequestSchema, cri.VersionResponseSchema, () => ({
      version: "0.1.0",
      runtimeName: "testkit",
      runtimeVersion: "1.0.0",
      runtimeApiVersion: "v1",
    })),
    [`${service}Status`]: unary(cri.StatusRequestSchema, cri.StatusResponseSchema, () => ({
      status: {
        conditions: [
          { type: "RuntimeReady", status: true },
          { type: "NetworkReady", status: true },
        ],
      },
    })),
    ...sandboxMethods(pods),
    ...containerMethods(pods, images),
    [`${service}GetContainerEvents`]: containerEvents(pods),
  };
}

function sandboxMethods(pods: PodStore): Methods {
  return {
    [`${service}RunPodSandbox`]: unary(
      cri.RunPodSandboxRequestSchema,
      cri.RunPodSandboxResponseSchema,
      ({ config, runtimeHandler }) => {
        if (config?.metadata === undefined) throw new RpcFailure(2, "sandbox config must include metadata");
        return { podSandboxId: pods.runSandbox(config, runtimeHandler).id };
      },
    ),
    [`${service}PodSandboxStatus`]: unary(
      cri.PodSandboxStatusRequestSchema,
      cri.PodSandboxStatusResponseSchema,
      ({ podSandboxId }) => ({ status: sandboxStatus(pods.sandbox(podSandboxId)) }),
    ),
    [`${service}StopPodSandbox`]: unary(
      cri.StopPodSandboxRequestSchema,
      cri.StopPodSandboxResponseSchema,
      ({ podSandboxId }) => {
        pods.stopSandbox(podSandboxId);
        return {};
      },
    ),
    [`${service}RemovePodSandbox`]: unary(
      cri.RemovePodSandboxRequestSchema,
      cri.RemovePodSandboxResponseSchema,
      ({ podSandboxId }) => {
        pods.removeSandbox(podSandboxId);
        return {};
      },
    ),
  };
}

function containerMethods(pods: PodStore, images: ImageStore): Methods {
  return {
    [`${service}CreateContainer`]: unary(
      cri.CreateContainerRequestSchema,
      cri.CreateContainerResponseSchema,
      async ({ podSandboxId, config }) => {
        const sandbox = pods.sandbox(podSandboxId);
        if (config?.metadata === undefined) throw new RpcFailure(2, "container config must include metadata");
        const image = await imageFor(config.image?.image ?? "", images);
        const volumes: string[] = [];
        for (const { image: volume } of config.mounts) {
          if (volume !== undefined) volumes.push((await storedContent(volume.image, images)).content);
        }
        const { imageId, imageRef, content } = image;
        return {
          containerId: pods.create(sandbox, config, { imageId, imageRef, contents: [content, ...volumes] })
            .id,
        };
      },
    ),
    [`${service}StartContainer`]: unary(
      cri.StartContainerRequestSchema,
      cri.StartContainerResponseSchema,
      ({ containerId }) => {
        pods.start(containerId);
        return {};
      },
    ),
    [`${service}StopContainer`]: unary(
      cri.StopContainerRequestSchema,
      cri.StopContainerResponseSchema,
      ({ containerId }) => {
        pods.stop(containerId);
        return {};
      },
    ),
    [`${service}RemoveContainer`]: unary(
      cri.RemoveContainerRequestSchema,
      cri.RemoveContainerResponseSchema,
      ({ containerId }) => {
        pods.remove(containerId);
        return {};
      },
    ),
    [`${service}ContainerStatus`]: unary(
      cri.ContainerStatusRequestSchema,
      cri.ContainerStatusResponseSchema,
      ({ containerId }) => ({ status: containerStatus(pods.container(containerId)) }),
    ),
    [`${service}ListContainers`]: unary(
      cri.ListContainersRequestSchema,
      cri.ListContainersResponseSchema,
      () => ({
        containers: [...pods.containers.values()].map((container) => ({
          ...containerStatus(container),
          podSandboxId: container.sandbox.id,
        })),
      }),
    ),
  };
}

interface FoundContent {
  readonly imageId: string;
  readonly imageRef: string;
  readonly content: string;
}

/** Both runtimes take an image's name for a checkpoint archive if there is a file of that name. */
async function imageFor(name: string, images: ImageStore): Promise<FoundContent> {
  if (name !== "" && existsSync(name)) return { imageId: "", imageRef: "", content: name };
  return await storedContent(name, images);
}

/**
 * As containerd does: an id is turned into the first of the image's names, tags before digests, and what is unpacked is
 * what that name points to when it is looked up. Anything may have happened in between.
 */
async function storedContent(name: string, images: ImageStore): Promise<FoundContent> {
  const image = images.find(name);
  if (image === undefined) throw new RpcFailure(5, `failed to resolve image "${name}": not found`);
  const [first = ""] = [...image.repoTags.toSorted(), ...image.repoDigests.toSorted()];
  await images.betweenLookups();
  const content = images.pointedTo(first);
  if (content === undefined)
    throw new RpcFailure(5, `failed to get image from containerd "${first}": not found`);
  return { imageId: image.id, imageRef: image.repoDigests[0] ?? image.id, content };
}

/** Events from the call's arrival on, until the caller cancels. */
function containerEvents(pods: PodStore): Method {
  return async (call) => {
    const stop = pods.listen((event) => void call.send(toBinary(cri.ContainerEventResponseSchema, event)));
    try {
      await oneMessage(call);
      await new Promise<void>((resolve) => {
        if (call.cancelled.aborted) resolve();
        else call.cancelled.addEventListener("abort", () => resolve(), { once: true });
      });
    } finally {
      stop();
    }
  };
}

function sandboxStatus({
  id,
  config,
  ready,
  handler,
}: Sandbox): MessageInitShape<typeof cri.PodSandboxStatusSchema> {
  const { metadata, labels, annotations } = config;
  return {
    id,
    ...(metadata && { metadata }),
    state: ready ? 0 : 1,
    labels,
    annotations,
    runtimeHandler: handler,
  };
}

function containerStatus({ id, config, state, imageId, imageRef }: Container) {
  const { metadata, image, labels, annotations } = config;
  return {
    id,
    ...(metadata && { metadata }),
    ...(image && { image }),
    state,
    imageId,
    imageRef,
    labels,
    annotations,
  };
}
