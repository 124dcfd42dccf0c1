import { setTimeout as delay } from "node:timers/promises";
import type { Violations } from "./violation.ts";
import type { LogLine } from "./world/log-reader.ts";
import type { World } from "./world/world.ts";

/** MB that the gateway may take at any moment, whatever is done to it. */
export const maxMegabytes = 300;
/** Descriptors that it may hold when nobody wants anything: its own, and some connections that are kept for the next time. */
export const maxDescriptors = 96;

/** Milliseconds after which what was under way must be over. */
const patience = 10_000;

const underWay = /^countersign_(?:calls_in_flight\b|verifications_)/;

/**
 * The gateway is to live, to be no larger than it may, and to have given back what it took for calls that are over.
 * @returns the most memory it took since the last time, MB
 */
export async function auditProcess({ gateway }: World, violations: Violations): Promise<number> {
  const deadline = AbortSignal.timeout(patience);
  let held = await heldNow(gateway);
  while (held?.length !== 0 && !deadline.aborted) {
    await delay(100);
    held = await heldNow(gateway);
  }
  if (held === undefined) violations.add("no answer", "the gateway does not give its metrics");
  for (const what of held ?? [])
    violations.add("leaked", `with nobody asking, the gateway still holds ${what}`);
  const peak = gateway.takePeakMegabytes();
  if (peak > maxMegabytes) violations.add("too much memory", `the gateway took ${Math.round(peak)} MB`);
  if (gateway.takeCrashes() > 0) violations.add("internal fault", "the gateway's process ended");
  for (const line of gateway.takeLog().filter(isFault))
    violations.add("internal fault", `the gateway's log: ${JSON.stringify(line).slice(0, 1000)}`);
  return peak;
}

/** @returns undefined when it does not say */
async function heldNow(gateway: World["gateway"]): Promise<readonly string[] | undefined> {
  const metrics = await gateway.metrics();
  if (metrics === undefined) return undefined;
  const held = [...metrics].filter(([name, value]) => underWay.test(name) && value > 0);
  const descriptors = gateway.figures()?.descriptors ?? 0;
  return [
    ...held.map(([name, value]) => `${value} of ${name}`),
    ...(descriptors > maxDescriptors ? [`${descriptors} descriptors`] : []),
  ];
}

/** What says of itself that it cannot be. Policies that are broken and runtimes that are away are errors too, of others. */
function isFault({ level, code, fault, msg }: LogLine): boolean {
  return (
    level === "fatal" ||
    fault !== undefined ||
    code === "INTERNAL" ||
    msg === "deciding about a call failed; it was refused"
  );
}
