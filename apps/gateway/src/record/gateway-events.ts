import type { Logger } from "pino";
import type { PolicyEvents } from "../policy/policy-store.ts";
import type { RuntimeNews } from "../runtime/runtime-watch.ts";
import { policyNews, runtimeNews } from "./gateway-log.ts";
import type { GatewayMetrics } from "./metrics.ts";

/** More than these are not told apart; there are hardly as many namespaces with a policy of their own. */
const maxBrokenPolicies = 1024;

/** Logs what happens to policies, counts it, and keeps in `broken` which ones cannot be used. */
export function policyEvents(
  log: Logger,
  metrics: GatewayMetrics | undefined,
  broken: Set<string>,
): PolicyEvents {
  const news = policyNews(log);
  return {
    loaded(file, digest) {
      news.loaded(file, digest);
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
