import { objectWith, reviewOf } from "@countersign/cluster/webhook/testing/review-of";
import { webhookWorld } from "@countersign/cluster/webhook/testing/webhook-world";
import { send } from "@countersign/testkit/registry/faults";
import { type Effort, rounds } from "./effort.ts";
import { timed } from "./in-turn.ts";
import type { BenchRow } from "./row.ts";
import { percentile, rounded } from "./statistics.ts";

const latencyMs = 50;
const atOnce = 100;
const imageCount = 50;

/** A thousand reviews, a hundred in flight, of fifty signed images in a registry that takes 50 ms for each answer. */
export async function run(effort: Effort): Promise<BenchRow> {
  await using world = await webhookWorld();
  world.require("**", "release");
  const images = Array.from({ length: imageCount }, (_, at) => world.image(`app${at}:v1`, "release"));
  const reviews = images.map((image) => reviewOf("Pod", objectWith("Pod", { containers: [{ image }] })));
  world.registry.fail(/./, (honest, response) => void setTimeout(() => send(honest, response), latencyMs));
  const total = rounds(effort, 1000);
  const waiting = Array.from({ length: total }, (_, at) => reviews[at % reviews.length] ?? {}).values();
  const took: number[] = [];
  let refused = 0;
  const caller = async () => {
    for (const review of waiting) {
      took.push(
        await timed(async () => {
          if (!(await world.ask(review)).allowed) refused++;
        }),
      );
    }
  };
  await Promise.all(Array.from({ length: atOnce }, caller));
  const requests = world.registry.requests.length;
  const each = requests / Math.min(imageCount, total);
  const value = percentile(took, 0.99);
  return {
    id: "webhook",
    value: rounded(value, 0),
    unit: "ms",
    peer: `registry requests, if each review asked by itself (${rounded(each * total, 0)})`,
    peerValue: rounded(each * total, 0),
    ratio: rounded(requests / (each * total), 3),
    target: "≤ 0.1× of the requests, none refused",
    reached: requests <= (each * total) / 10 && refused === 0,
    note: `p99, first look at each image included; p50 ${rounded(percentile(took, 0.5), 1)} ms; ${requests} registry requests for ${total} reviews of ${imageCount} images, ${refused} refused`,
  };
}
