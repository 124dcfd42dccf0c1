import type { EnforcedRequirement, Requirement } from "./policy.ts";

/** How a requirement goes whatever the image is: it holds, or fails. Undefined if that is to be found out. */
export function foregone(requirement: EnforcedRequirement): "holds" | "fails" | undefined {
  switch (requirement.type) {
    case "insecureAcceptAnything":
      return "holds";
    case "reject":
    case "signedBaseLayer":
      return "fails";
    case "sigstore":
      return ofAny(
        requirement.authorities.map((authority) =>
          authority.type === "static" ? staticOutcome[authority.action] : undefined,
        ),
      );
    case "anyOf":
      return ofAny(requirement.alternatives.map(foregoneTogether));
    default:
      return undefined;
  }
}

/** Whether it keeps no image out: it always holds, or only warns. */
export function refusesNothing(requirement: Requirement): boolean {
  return requirement.type === "warn" || foregone(requirement) === "holds";
}

/** The same of requirements that must all hold. */
export function foregoneTogether(requirements: readonly EnforcedRequirement[]) {
  const all = requirements.map(foregone);
  if (all.includes("fails")) return "fails";
  return all.every((one) => one === "holds") ? "holds" : undefined;
}

const staticOutcome = { pass: "holds", fail: "fails" } as const;

function ofAny(any: readonly ("holds" | "fails" | undefined)[]) {
  if (any.includes("holds")) return "holds";
  return any.every((one) => one === "fails") ? "fails" : undefined;
}
