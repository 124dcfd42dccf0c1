import { setTimeout as delay } from "node:timers/promises";
import { type ApiServerProcess, startApiServer } from "./api-server-process.ts";
import { binary } from "./binaries.ts";
import { type Kubectl, kubectlFor } from "./kubectl.ts";

/** etcd, the API server, the scheduler and the controllers of a cluster, on loopback ports. */
export interface ControlPlane {
  /** Everybody's way to the API server, with every right. */
  readonly kubeconfig: string;
  readonly kubeletKubeconfig: string;
  /** Starts another program beside them, which ends with them. */
  readonly serve: ApiServerProcess["serve"];
  close(): Promise<void>;
}

export async function startControlPlane(): Promise<ControlPlane> {
  await using starting = new AsyncDisposableStack();
  const server: ApiServerProcess = await startApiServer();
  starting.defer(() => server.close());
  const { kubeconfig, tokenKey, authority, serve } = server;
  const alone = [`--kubeconfig=${kubeconfig}`, "--leader-elect=false", "--secure-port=0"];
  await server.serve([binary("kube-scheduler"), ...alone]);
  await server.serve([
    binary("kube-controller-manager"),
    ...alone,
    `--service-account-private-key-file=${tokenKey}`,
    `--root-ca-file=${authority}`,
  ]);
  const kubectl = kubectlFor(kubeconfig);
  await waitUntilReady(kubectl);
  const started = starting.move();
  return {
    kubeconfig,
    kubeletKubeconfig: server.kubeconfigOf("kubelet"),
    serve,
    close: () => started.disposeAsync(),
  };
}

/** The API server accepts connections before it is ready. */
async function waitUntilReady(kubectl: Kubectl): Promise<void> {
  const deadline = AbortSignal.timeout(60_000);
  for (;;) {
    const fault: unknown = await kubectl("get", "--raw", "/readyz").then(
      () => undefined,
      (error: unknown) => error,
    );
    if (fault === undefined) return;
    if (deadline.aborted) throw fault;
    await delay(50);
  }
}
