import { readFile, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { apiServerOverHttp, type OpenApiServer } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { parseAllDocuments } from "yaml";
import { type ApiServerProcess, startApiServer } from "../api-server-process.ts";
import { kubectlFor } from "../kubectl.ts";
import { establishPolicies, untilReady } from "./client.ts";

const manifests = resolve(import.meta.dirname, "../../../deploy/manifests/countersign.yaml");

/** What of an installation is there before its pods: rights, and a priority of its own. */
const kinds: ReadonlySet<string> = new Set([
  ...["Namespace", "ServiceAccount", "ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"],
  ...["PriorityLevelConfiguration", "FlowSchema"],
]);

/** An API server with Countersign installed as the manifests have it, without its pods. */
export interface InstalledCluster extends ApiServerProcess {
  /** with every right, exempt from priority and fairness */
  readonly admin: OpenApiServer;
}

/** What Countersign may do there is what its roles say. */
export async function startInstalledCluster(flags: readonly string[] = []): Promise<InstalledCluster> {
  await using starting = new AsyncDisposableStack();
  const server = await startApiServer(["--authorization-mode=RBAC", ...flags]);
  starting.defer(() => server.close());
  const admin = apiServerOverHttp(await kubeconfigAccess(server.kubeconfig, { now: Date.now }));
  starting.defer(() => admin.close());
  await untilReady(admin);
  await establishPolicies(admin);
  const documents = parseAllDocuments(await readFile(manifests, "utf8")).map((one) => one.toJS());
  const items = documents.filter((one) => kinds.has(one?.kind));
  const file = join(dirname(server.kubeconfig), "installed.json");
  await writeFile(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await kubectlFor(server.kubeconfig)("apply", "-f", file);
  const started = starting.move();
  return { ...server, admin, close: () => started.disposeAsync() };
}
