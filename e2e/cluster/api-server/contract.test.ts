import { namespaces } from "@countersign/cluster/kube/api-kind";
import { apiServerOverHttp } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import {
  apiServerContract,
  expiryContract,
  type ForgetfulApiServer,
} from "@countersign/cluster/testing/api-server/api-server.contract";
import { startApiServer } from "../api-server-process.ts";
import { compactEtcd, untilReady } from "./client.ts";

async function open(flags: readonly string[]): Promise<ForgetfulApiServer> {
  const server = await startApiServer(flags);
  const client = apiServerOverHttp(await kubeconfigAccess(server.kubeconfig, { now: Date.now }));
  await untilReady(client);
  const namespace = "contract";
  const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
  await client.create(namespaces, object, new AbortController().signal);
  return {
    ...{ server: client, namespace },
    compact: () => compactEtcd(server.etcd),
    async close() {
      await client.close();
      await server.close();
    },
  };
}

apiServerContract("a real API server", () => open(["--watch-cache=false"]));
apiServerContract("a real API server that answers from its cache", () => open([]));
// its cache would go on telling of what etcd has forgotten
expiryContract("a real API server", () => open(["--watch-cache=false"]));
