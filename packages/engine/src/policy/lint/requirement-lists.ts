import type { JsonDocument } from "../../values/json-document.ts";
import { memberPath, quoteShort } from "../../values/strict-object.ts";
import { compareRequirements } from "../compare-requirements.ts";
import type { Policy, Requirement, Requirements } from "../policy.ts";

/** One list of requirements, and what it is for. */
export interface RequirementList {
  /** where it stands in the policy */
  readonly path: string;
  /** undefined: the policy's default */
  readonly transport: string | undefined;
  /** `""`: the default, the transport's or the policy's; of a rule of `images`, its name */
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
export function requirementLists(policy: Policy, document: JsonDocument): readonly RequirementList[] {
  const lists: RequirementList[] = [
    { path: "default", transport: undefined, scope: "", requirements: policy.default },
  ];
  for (const [transport, scopes] of policy.transports) {
    for (const [scope, requirements] of scopes) {
      lists.push({ path: scopePath(transport, scope), transport, scope, requirements });
    }
  }
  for (const [at, { name, requirements }] of policy.images.entries()) {
    lists.push({ path: `images[${at}].requirements`, transport: "docker", scope: name, requirements });
  }
  return lists.map((list) => ({ ...list, path: listPath(list.path, document) }));
}

/** Where the list of a scope is: in a file with the extension the scope may be an object that holds it. */
export function listPath(path: string, document: JsonDocument): string {
  return document.find(path)?.kind === "object" ? memberPath(path, "requirements") : path;
}

/** Every requirement, what is in warnings and alternatives too. */
export function placedRequirements(policy: Policy, document: JsonDocument): readonly PlacedRequirement[] {
  return requirementLists(policy, document).flatMap(placedIn);
}

function placedIn(list: RequirementList): readonly PlacedRequirement[] {
  return list.requirements.flatMap((requirement, index) =>
    placedWithin({ path: `${list.path}[${index}]`, requirement, list }),
  );
}

function placedWithin(placed: PlacedRequirement): readonly PlacedRequirement[] {
  const { path, requirement, list } = placed;
  switch (requirement.type) {
    case "warn":
      return [placed, ...placedWithin({ path, requirement: requirement.requirement, list })];
    case "anyOf":
      return [placed, ...alternativesOf(placed).flatMap(placedIn)];
    default:
      return [placed];
  }
}

/** The alternatives of an `anyOf`, each a list as any other; none of other requirements. */
export function alternativesOf({ path, requirement, list }: PlacedRequirement): readonly RequirementList[] {
  if (requirement.type !== "anyOf") return [];
  return requirement.alternatives.map((requirements, at) => ({
    ...list,
    path: `${path}.alternatives[${at}]`,
    requirements,
  }));
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
