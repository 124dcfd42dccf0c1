import type { Gateway } from "../peers/gateway.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { type Kubelet, startKubelet } from "./kubelet.ts";
import { layPodNetwork } from "./pod-network.ts";

/** What a kubelet needs of a node. */
export interface ClusterNode {
  /** Goes away with the node. */
  readonly directory: string;
  readonly runtime: { readonly networkDirectory: string; readonly cgroupParent: string };
  readonly gateway: Gateway;
  close(): Promise<void>;
}

/** A whole cluster of one node, whose kubelet knows of no other runtime than the gateway. */
export interface Cluster<N extends ClusterNode = ClusterNode> {
  readonly controlPlane: ControlPlane;
  readonly node: N;
  readonly kubelet: Kubelet;
  readonly kubectl: Kubectl;
  close(): Promise<void>;
}

/** Also where the API server finds the kubelet, for exec and logs. */
export const nodeName = "localhost";

export async function startCluster<N extends ClusterNode>(startNode: () => Promise<N>): Promise<Cluster<N>> {
  await using starting = new AsyncDisposableStack();
  const closing = <T extends { close(): unknown }>(peer: T): T => {
    starting.defer(async () => void (await peer.close()));
    return peer;
  };
  const controlPlane = closing(await startControlPlane());
  const node = await startNode();
  const network = await layPodNetwork(node.runtime.networkDirectory).catch(async (error) => {
    await node.close();
    throw error;
  });
  // The bridge can go only when no pod is on it any more.
  starting.defer(() => network.close());
  closing(node);
  const kubectl = kubectlFor(controlPlane.kubeconfig);
  const kubelet = closing(
    await startKubelet({
      node: nodeName,
      kubeconfig: controlPlane.kubeletKubeconfig,
      runtimeSocket: node.gateway.socket,
      cgroupParent: node.runtime.cgroupParent,
    }),
  );
  await kubectl("wait", "--for=create", `node/${nodeName}`, "--timeout=60s");
  await kubectl("wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=60s");
  const started = starting.move();
  return { controlPlane, node, kubelet, kubectl, close: () => started.disposeAsync() };
}
