import { once } from "node:events";
import type { IncomingMessage } from "node:http";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import type { ApiAccess } from "@countersign/cluster/kube/api-access";

/**
 * What an API server has done since it started, as it counts that itself.
 * Source: kubernetes.io/docs/reference/instrumentation/metrics.
 */
export interface ApiLoad {
  /** answered requests by verb, resource and status, `GET configmaps 200`; a watch is counted when it ends */
  readonly requests: ReadonlyMap<string, number>;
  /** processor time of the API server alone, without etcd's */
  readonly cpuSeconds: number;
  /** bodies of answers, before any compression; watches are not among them */
  readonly answeredBytes: number;
  /** ConfigMaps that were sent to those who watch, each once for each of them: nodes watch nothing else */
  readonly watchEvents: number;
  readonly watchedBytes: number;
  /** turned away by priority and fairness (429) */
  readonly rejected: number;
  /** what requests have waited for their turn, all together */
  readonly queuedSeconds: number;
}

export async function apiLoad(access: ApiAccess): Promise<ApiLoad> {
  return readLoad(await ask(access, "/metrics"));
}

/** `v1.36.2` */
export async function apiServerVersion(access: ApiAccess): Promise<string> {
  const { gitVersion } = JSON.parse(await ask(access, "/version")) as { readonly gitVersion: string };
  return gitVersion;
}

/** What was done between two looks, without the requests of whoever looked. */
export function loadBetween(before: ApiLoad, after: ApiLoad): ApiLoad {
  const requests = new Map<string, number>();
  for (const [what, count] of after.requests) {
    const more = count - (before.requests.get(what) ?? 0);
    if (more > 0) requests.set(what, more);
  }
  const more = (member: Exclude<keyof ApiLoad, "requests">) => after[member] - before[member];
  return {
    requests,
    cpuSeconds: more("cpuSeconds"),
    answeredBytes: more("answeredBytes"),
    watchEvents: more("watchEvents"),
    watchedBytes: more("watchedBytes"),
    rejected: more("rejected"),
    queuedSeconds: more("queuedSeconds"),
  };
}

function readLoad(page: string): ApiLoad {
  const requests = new Map<string, number>();
  const sums = new Map<string, number>();
  for (const [, name = "", labels = "", value] of page.matchAll(/^([a-z_]+)(?:\{(.*)\})? (\S+)$/gm)) {
    if (name.startsWith("apiserver_watch_events_") && !/="(configmaps|ConfigMap)"/.test(labels)) continue;
    sums.set(name, (sums.get(name) ?? 0) + Number(value));
    if (name !== "apiserver_request_total") continue;
    const [verb, resource, code] = [
      labelIn(labels, "verb"),
      labelIn(labels, "resource"),
      labelIn(labels, "code"),
    ];
    const what = `${verb} ${resource}${labelIn(labels, "subresource") && `/${labelIn(labels, "subresource")}`} ${code}`;
    requests.set(what, (requests.get(what) ?? 0) + Number(value));
  }
  const sum = (name: string) => sums.get(name) ?? 0;
  return {
    requests,
    cpuSeconds: sum("process_cpu_seconds_total"),
    answeredBytes: sum("apiserver_response_sizes_sum"),
    watchEvents: sum("apiserver_watch_events_total"),
    watchedBytes: sum("apiserver_watch_events_sizes_sum"),
    rejected: sum("apiserver_flowcontrol_rejected_requests_total"),
    queuedSeconds: sum("apiserver_flowcontrol_request_wait_duration_seconds_sum"),
  };
}

function labelIn(labels: string, name: string): string {
  return new RegExp(`(?:^|,)${name}="([^"]*)"`).exec(labels)?.[1] ?? "";
}

async function ask(access: ApiAccess, path: string): Promise<string> {
  const asked = request(`${access.url}${path}`, {
    headers: { authorization: `Bearer ${await access.token()}`, accept: "*/*" },
    ...(access.ca && { ca: Buffer.from(access.ca) }),
    agent: false,
  });
  asked.end();
  const [answer] = (await once(asked, "response")) as [IncomingMessage];
  const body = await text(answer);
  if (answer.statusCode !== 200) throw new Error(`${path}: ${answer.statusCode} ${body.slice(0, 200)}`);
  return body;
}
