/**
 * A controller that is killed at one of its steps, by itself, as no signal from outside could be aimed at one:
 *
 *   node dying-controller.ts KUBECONFIG STEP before|after
 *
 * Steps are its writes, from the first ConfigMap on that it writes; `after` is after the API server has done what was asked, before
 * anybody hears of it.
 */
import process from "node:process";
import { externalTexts } from "@countersign/cluster/controller/external-materials";
import { repositoryRoots } from "@countersign/cluster/controller/repository-roots";
import { publicationChecks } from "@countersign/cluster/controller/rule-check";
import { runController } from "@countersign/cluster/controller/run-controller";
import { type ApiKind, configMaps, leases } from "@countersign/cluster/kube/api-kind";
import type { ApiServer } from "@countersign/cluster/kube/api-server";
import { apiServerOverHttp } from "@countersign/cluster/kube/api-server-over-http";
import { kubeconfigAccess } from "@countersign/cluster/kube/kubeconfig";
import { systemPatience } from "@countersign/cluster/kube/patience";
import { controllerRecord } from "@countersign/cluster/record/controller-events";
import { jsonLog } from "@countersign/sources/serving/json-log";
import { systemTiming } from "@countersign/sources/timing";
import { systemNamespace } from "./published.ts";

const [kubeconfig = "", step = "", when = ""] = process.argv.slice(2);
const server = apiServerOverHttp(await kubeconfigAccess(kubeconfig, { now: Date.now }));
const now = () => performance.now();
const nobody = async () => {
  throw new Error("nothing is outside this cluster");
};
await runController(
  {
    server: dying(server, Number(step), when === "after"),
    ...{ namespace: systemNamespace, identity: `dying-${process.pid}`, noMatch: "deny" },
    publicRoot: { type: "missing", why: "there is none here" },
    ...{ kmsKeys: externalTexts(nobody, now), remoteTexts: externalTexts(nobody, now) },
    repositories: repositoryRoots(systemTiming),
    checks: await publicationChecks(),
    timing: { ...systemTiming, now },
    wall: Date.now,
    patience: systemPatience,
    events: controllerRecord(jsonLog("info", process.stdout)).events,
  },
  new AbortController().signal,
);

function dying(alive: ApiServer, last: number, isDone: boolean): ApiServer {
  let steps = 0;
  async function writing<T>(kind: ApiKind, write: () => Promise<T>): Promise<T> {
    if (kind === leases || (steps === 0 && kind !== configMaps)) return await write();
    if (++steps !== last) return await write();
    if (isDone) await write();
    process.kill(process.pid, "SIGKILL");
    return await new Promise<never>(() => {});
  }
  return {
    ...alive,
    create: (kind, ...call) => writing(kind, () => alive.create(kind, ...call)),
    replace: (kind, ...call) => writing(kind, () => alive.replace(kind, ...call)),
    replaceStatus: (kind, ...call) => writing(kind, () => alive.replaceStatus(kind, ...call)),
    delete: (kind, ...call) => writing(kind, () => alive.delete(kind, ...call)),
  };
}
