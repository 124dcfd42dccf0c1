import type { Digest } from "@countersign/engine/values/digest";
import type { Logger } from "pino";
import type { PolicyEvents } from "../policy/policy-store.ts";
import type { NamespaceWaitEvents } from "../policy/wait-for-namespace.ts";
import type { RuntimeNews } from "../runtime/runtime-watch.ts";
import { policyNews, runtimeNews } from "./gateway-log.ts";
import type { GatewayMetrics } from "./metrics.ts";

/** More than these are not told apart; there are hardly as many namespaces with a policy of their own. */
const maxBrokenPolicies = 1024;

/** What is known of the node's policies; see {@link GatewayState}. */
export interface PolicyKnowledge {
  readonly broken: Set<string>;
  readonly global: { readonly file: string; digest: Digest | undefined };
}

/** Logs what happens to policies, counts it, and keeps in `known` which one is in force and which cannot be used. */
export function policyEvents(
  log: Logger,
  metrics: GatewayMetrics | undefined,
  { broken, global }: PolicyKnowledge,
): PolicyEvents {
  const news = policyNews(log);
  return {
    loaded(file, digest) {
      news.loaded(file, digest);
      if (file === global.file) global.digest = digest;
      metrics?.policyLoaded();
    },
    broke(file, error) {
      news.broke(file, error);
      if (broken.size < maxBrokenPolicies) broken.add(file);
    },
    mended(file) {
      news.mended(file);
      broken.delete(file);
    },
    refused: (origin) => metrics?.policyRefused(origin),
  };
}

/** Logs what pods wait for in vain, and counts who waits. */
export function namespaceWaitEvents(log: Logger, metrics: GatewayMetrics | undefined): NamespaceWaitEvents {
  return {
    began: () => metrics?.namespaceAwaited(),
    ended: (outcome) => metrics?.namespaceWaitEnded(outcome),
    broke: (reason) =>
      log.error({ reason }, "which namespaces' policies are here is not known; pods wait, and are refused"),
    mended: () => log.info("which namespaces' policies are here is known again"),
  };
}

/** Logs the runtime's outages and counts them. */
export function runtimeEvents(log: Logger, metrics: GatewayMetrics | undefined): RuntimeNews {
  const news = runtimeNews(log);
  return {
    wentAway(reason) {
      news.wentAway(reason);
      metrics?.runtimeLost();
    },
    cameBack: news.cameBack,
  };
}
