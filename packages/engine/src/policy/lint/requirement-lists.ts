import { memberPath, quoteShort } from "../../values/strict-object.ts";
import { compareRequirements } from "../compare-requirements.ts";
import type { Policy, Requirement, Requirements } from "../policy.ts";

/** One list of requirements, and what it is for. */
export interface RequirementList {
  /** where it stands in the policy */
  readonly path: string;
  /** undefined: the policy's default */
  readonly transport: string | undefined;
  /** `""`: the default, the transport's or the policy's */
  readonly scope: string;
  readonly requirements: Requirements;
}

/** One requirement and where it stands. */
export interface PlacedRequirement<R extends Requirement = Requirement> {
  readonly path: string;
  readonly requirement: R;
  readonly list: RequirementList;
}

/** Every list of a policy, the default first. */
export function requirementLists(policy: Policy): readonly RequirementList[] {
  const lists: RequirementList[] = [
    { path: "default", transport: undefined, scope: "", requirements: policy.default },
  ];
  for (const [transport, scopes] of policy.transports) {
    for (const [scope, requirements] of scopes) {
      lists.push({ path: scopePath(transport, scope), transport, scope, requirements });
    }
  }
  return lists;
}

export function placedRequirements(policy: Policy): readonly PlacedRequirement[] {
  return requirementLists(policy).flatMap((list) =>
    list.requirements.map((requirement, index) => ({ path: `${list.path}[${index}]`, requirement, list })),
  );
}

export function transportPath(transport: string): string {
  return memberPath("transports", transport);
}

export function scopePath(transport: string, scope: string): string {
  return `${transportPath(transport)}[${quoteShort(scope)}]`;
}

/** Whether the same images are accepted, however it is written. */
export function asksTheSame(one: Requirements, other: Requirements): boolean {
  return compareRequirements(one, other) === "same";
}
