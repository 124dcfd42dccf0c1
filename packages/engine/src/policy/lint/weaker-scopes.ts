import { compareRequirements } from "../compare-requirements.ts";
import type { Policy, Requirements } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { type InheritedRequirements, inheritedBy } from "./parent-scopes.ts";
import { scopePath } from "./requirement-lists.ts";
import { deadScope } from "./scope-spelling.ts";

/**
 * Scopes that ask for less than what would hold without them: exceptions, which should be meant. To except something
 * from `reject` is what scopes are for.
 */
export function* weakerScopeHints(policy: Policy): Generator<Hint> {
  for (const [scope, requirements] of policy.transports.get("docker") ?? []) {
    if (scope === "" || deadScope(scope) !== undefined) continue;
    const parent = inheritedBy(policy, "docker", scope);
    if (!asksForSignature(parent.requirements)) continue;
    if (compareRequirements(parent.requirements, requirements) !== "loosened") continue;
    yield {
      code: "SCOPE_WEAKER_THAN_PARENT",
      path: scopePath("docker", scope),
      message: askedLess(requirements, parent),
      remedy: `leave it if this exception is meant; without this scope ${parent.name} would hold`,
    };
  }
}

function askedLess(own: Requirements, { name }: InheritedRequirements): string {
  return asksForSignature(own)
    ? `this asks for less than ${name} does`
    : `images here need no signature, although ${name} asks for one`;
}

/** Whether something may run here, and only if it is signed. */
function asksForSignature(requirements: Requirements): boolean {
  return (
    compareRequirements(requirements, [{ type: "reject" }]) === "tightened" &&
    compareRequirements(requirements, [{ type: "insecureAcceptAnything" }]) === "loosened"
  );
}
