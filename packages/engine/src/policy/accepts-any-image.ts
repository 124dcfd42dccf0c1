import { foregone, refusesNothing } from "./foregone.ts";
import type { Policy, Requirement } from "./policy.ts";

/**
 * Whether a policy lets in every image from a registry, whatever it is called and whoever signed it, and has nothing to
 * say about any: then nothing of an image has to be known to decide about it.
 */
export function acceptsAnyImage(policy: Policy): boolean {
  return requirementsOf(policy).every((one) => one.type !== "warn" && foregone(one) === "holds");
}

/** Whether a policy lets in every image from a registry, though it may warn of some. */
export function refusesNoImage(policy: Policy): boolean {
  return requirementsOf(policy).every(refusesNothing);
}

function requirementsOf({ default: otherwise, transports, images }: Policy): readonly Requirement[] {
  const rules = images.map(({ requirements }) => requirements);
  return [otherwise, ...(transports.get("docker")?.values() ?? []), ...rules].flat();
}
