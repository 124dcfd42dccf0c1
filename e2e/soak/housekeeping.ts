import { performance } from "node:perf_hooks";
import type { Draw } from "@countersign/testkit/random/draw";
import { auditContainers, removeForeign } from "../faults/questions/audit.ts";
import type { LoadParts } from "./load.ts";

/** Milliseconds for which it is remembered who asked for a container: one that was asked for in vain may still come. */
const memory = 5_000;
/** Milliseconds for which a container lives. */
const lifetime = 2_000;

/** Looks at every container, ends it, and collects images, as time goes by. */
export async function keepHouse(
  { world, images: published, asker, oracle, violations }: LoadParts,
  draw: Draw,
): Promise<void> {
  const { runtime, registry, policies } = world;
  await auditContainers(world, asker, oracle, violations);
  const now = performance.now();
  for (const { id, name } of await runtime.containers())
    if ((asker.attempt(name)?.span.until ?? now) < now - lifetime) await runtime.removeContainer(id);
  asker.forget(now - memory);
  policies.forget(now - 60_000);
  runtime.forgetCalls();
  registry.forgetRequests();
  await removeForeign(runtime, published);
  const wanted = asker.wanted();
  const images = await runtime.images();
  const unused = images.filter(({ repoTags }) => !repoTags.some((tag) => wanted.has(tag)));
  for (const { id } of unused) if (draw.chance(0.2)) await runtime.removeImage(id);
}
