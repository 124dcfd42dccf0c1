import type { AnyOfRequirement, EnforcedRequirement, Requirement } from "./policy.ts";

/** A requirement that holds no others. */
export type LeafRequirement = Exclude<EnforcedRequirement, AnyOfRequirement>;

/** What a requirement may come to be judged by: itself, or all that its warning or its alternatives hold. */
export function leafRequirements(requirement: Requirement): readonly LeafRequirement[] {
  switch (requirement.type) {
    case "warn":
      return leafRequirements(requirement.requirement);
    case "anyOf":
      return requirement.alternatives.flat().flatMap(leafRequirements);
    default:
      return [requirement];
  }
}
