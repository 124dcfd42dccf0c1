import type { CriClient } from "@countersign/testkit/cri-client/cri-client";
import type { Containerd } from "./containerd.ts";

/** A pod as the kubelet makes one: a sandbox first, then containers in it. */
export interface Pod {
  readonly id: string;
  /** Creates and starts a container from an image the runtime has. Gives the container's id. */
  run(imageRef: string, userSpecifiedImage: string): Promise<string>;
  /** Stops and removes everything. */
  remove(): Promise<void>;
}

const hostNetwork = { network: 2 };
let pods = 0;

export async function runPod(cri: CriClient, runtime: Containerd, namespace: string): Promise<Pod> {
  pods += 1;
  const config = podConfig(namespace, `pod-${pods}`, runtime.cgroupParent);
  const { podSandboxId } = await cri.runPodSandbox({ config });
  const containers: string[] = [];
  return {
    id: podSandboxId,
    run: async (imageRef, userSpecifiedImage) => {
      const { containerId } = await cri.createContainer({
        podSandboxId,
        config: {
          metadata: { name: `container-${containers.length}` },
          image: { image: imageRef, userSpecifiedImage },
        },
        sandboxConfig: config,
      });
      containers.push(containerId);
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
