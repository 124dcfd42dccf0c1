import { namespaces } from "@countersign/cluster/kube/api-kind";
import { apiServerOverHttp } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { apiServerContract } from "@countersign/cluster/testing/api-server/api-server.contract";
import { startApiServer } from "../api-server-process.ts";
import { compactEtcd, untilReady } from "./client.ts";

// the cache of a server goes on telling of what etcd has forgotten; without it the server says so
for (const [what, flags] of [
  ["a real API server", ["--watch-cache=false"]],
  ["a real API server that answers from its cache", []],
] as const) {
  apiServerContract(what, async () => {
    const server = await startApiServer(flags);
    const client = apiServerOverHttp(await kubeconfigAccess(server.kubeconfig, { now: Date.now }));
    await untilReady(client);
    const namespace = "contract";
    const object = { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } };
    await client.create(namespaces, object, new AbortController().signal);
    return {
      ...{ server: client, namespace },
      compact: flags.length === 0 ? undefined : () => compactEtcd(server.etcd),
      async close() {
        await client.close();
        await server.close();
      },
    };
  });
}
