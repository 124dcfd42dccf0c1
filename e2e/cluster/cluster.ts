import { join } from "node:path";
import { startNode, type TestNode } from "../peers/node.ts";
import { startControlPlane } from "./control-plane.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";
import { type Kubelet, startKubelet } from "./kubelet.ts";
import { layPodNetwork } from "./pod-network.ts";

/** A whole cluster of one node, whose kubelet knows of no other runtime than the gateway. */
export interface Cluster {
  readonly node: TestNode;
  readonly kubelet: Kubelet;
  readonly kubectl: Kubectl;
  close(): Promise<void>;
}

/** Also where the API server finds the kubelet, for exec and logs. */
export const nodeName = "localhost";

export async function startCluster(): Promise<Cluster> {
  await using starting = new AsyncDisposableStack();
  const closing = <T extends { close(): unknown }>(peer: T): T => {
    starting.defer(async () => void (await peer.close()));
    return peer;
  };
  const controlPlane = closing(await startControlPlane());
  const node = await startNode("2.1");
  // The bridge can go only when no pod is on it any more.
  starting.defer(async () => {
    await node.close();
    await network.close();
  });
  const network = await layPodNetwork(join(node.runtime.directory, "cni"));
  const kubectl = kubectlFor(controlPlane.kubeconfig);
  const kubelet = closing(
    await startKubelet({
      node: nodeName,
      kubeconfig: controlPlane.kubeconfig,
      runtimeSocket: node.gateway.socket,
      cgroupParent: node.runtime.cgroupParent,
    }),
  );
  await kubectl("wait", "--for=create", `node/${nodeName}`, "--timeout=60s");
  await kubectl("wait", "--for=condition=Ready", `node/${nodeName}`, "--timeout=60s");
  const started = starting.move();
  return { node, kubelet, kubectl, close: () => started.disposeAsync() };
}
