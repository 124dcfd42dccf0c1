import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import type { Containerd } from "./containerd.ts";

/** A pod as the kubelet makes one: a sandbox first, then containers in it. */
export interface Pod {
  readonly id: string;
  /** what its sandbox was made with, and comes along with each of its containers */
  readonly sandboxConfig: ReturnType<typeof podConfig>;
  /** Creates and starts a container from an image the runtime has. Gives the container's id. */
  run(imageRef: string, userSpecifiedImage: string, volumes?: readonly ImageVolume[]): Promise<string>;
  /** The same without starting it. */
  create(imageRef: string, userSpecifiedImage: string, volumes?: readonly ImageVolume[]): Promise<string>;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

/** An image that is mounted into a container: what the runtime calls it, what the pod calls it, and where it goes. */
export interface ImageVolume {
  readonly imageRef: string;
  readonly userSpecifiedImage: string;
  readonly path: string;
}

const hostNetwork = { network: 2 };
let pods = 0;

export async function runPod(cri: CriClient, runtime: Containerd, namespace: string): Promise<Pod> {
  pods += 1;
  const config = podConfig(namespace, `pod-${pods}`, runtime.cgroupParent);
  const { podSandboxId } = await cri.runPodSandbox({ config });
  const containers: string[] = [];
  let created = 0;

  async function create(
    imageRef: string,
    userSpecifiedImage: string,
    volumes: readonly ImageVolume[] = [],
  ): Promise<string> {
    const mounts = volumes.map(({ path, ...volume }) => ({
      containerPath: path,
      readonly: true,
      image: { image: volume.imageRef, userSpecifiedImage: volume.userSpecifiedImage },
    }));
    created += 1;
    const { containerId } = await cri.createContainer({
      podSandboxId,
      config: {
        metadata: { name: `container-${created}` },
        image: { image: imageRef, userSpecifiedImage },
        mounts,
      },
      sandboxConfig: config,
    });
    containers.push(containerId);
    return containerId;
  }

  return {
    id: podSandboxId,
    sandboxConfig: config,
    create,
    run: async (...image) => {
      const containerId = await create(...image);
      await cri.startContainer({ containerId });
      return containerId;
    },
    remove: async () => {
      for (const containerId of containers) {
        await cri.stopContainer({ containerId, timeout: 0n });
        await cri.removeContainer({ containerId });
      }
      await cri.stopPodSandbox({ podSandboxId });
      await cri.removePodSandbox({ podSandboxId });
    },
  };
}

/** What a pull says about the pod it is for. */
export function podConfig(namespace: string, name = "pod", cgroupParent = "") {
  return {
    metadata: { name, uid: `${namespace}-${name}`, namespace },
    linux: { cgroupParent, securityContext: { namespaceOptions: hostNetwork } },
  };
}
