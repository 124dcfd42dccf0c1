import { performance } from "node:perf_hooks";
import type { Draw } from "@countersign/testkit/random/draw";
import { auditContainers } from "../faults/questions/audit.ts";
import type { LoadParts } from "./load.ts";

/** Milliseconds for which it is remembered who asked for a container: one that was asked for in vain may still come. */
const memory = 5_000;

/** Looks at every container, ends it, and collects images, as time goes by. */
export function keepHouse({ world, asker, oracle, violations }: LoadParts, draw: Draw): void {
  const { runtime, registry, policies } = world;
  auditContainers(world, asker, oracle, violations);
  for (const [id, { config }] of runtime.pods.containers)
    if (Number.isFinite(asker.attempt(config.metadata?.name ?? "")?.span.until)) runtime.pods.remove(id);
  const now = performance.now();
  asker.forget(now - memory);
  policies.forget(now - 60_000);
  runtime.forgetCalls();
  registry.forgetRequests();
  const wanted = asker.wanted();
  const unused = runtime.images.list().filter(({ repoTags }) => !repoTags.some((tag) => wanted.has(tag)));
  for (const { id } of unused) if (draw.chance(0.2)) runtime.images.remove(id);
}
