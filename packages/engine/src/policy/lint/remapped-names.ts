import type { IdentityMatch } from "../policy.ts";
import type { Hint } from "./hint.ts";
import type { PlacedRequirement, RequirementList } from "./requirement-lists.ts";
import { deadScope } from "./scope-spelling.ts";

type Remap = Extract<IdentityMatch, { readonly type: "remapIdentity" }>;

/** A remapIdentity whose prefixes no image's name begins with. */
export function* remapHints({ path, requirement, list }: PlacedRequirement): Generator<Hint> {
  if (requirement.type !== "signedBy" && requirement.type !== "sigstoreSigned") return;
  if (requirement.identity.type !== "remapIdentity") return;
  const at = `${path}.signedIdentity`;
  yield* prefixHint(at, requirement.identity, list);
  const dead = deadScope(requirement.identity.signedPrefix);
  if (dead === undefined) return;
  yield {
    code: "IDENTITY_NEVER_MATCHES",
    path: `${at}.signedPrefix`,
    message: "signed names are compared in their full form, which never begins like this",
    remedy: inFull(dead.instead),
  };
}

function* prefixHint(path: string, { prefix, signedPrefix }: Remap, list: RequirementList): Generator<Hint> {
  const hint = (message: string, remedy: string): Hint => ({
    code: "REMAP_WITHOUT_EFFECT",
    path: `${path}.prefix`,
    message,
    remedy,
  });
  const dead = deadScope(prefix);
  if (dead !== undefined) {
    yield hint("names are compared in their full form, which never begins like this", inFull(dead.instead));
  } else if (!canMeet(prefix, list)) {
    yield hint(
      "no image of this scope has a name that begins like this, so it is compared as it is",
      "write the beginning of this scope's names, or move the requirement to the scope it is for",
    );
  } else if (prefix === signedPrefix) {
    yield hint("the prefix is replaced by itself", `write {"type": "matchRepoDigestOrExact"}`);
  }
}

/** Whether images of a scope may have names below a prefix. */
function canMeet(prefix: string, { transport, scope }: RequirementList): boolean {
  if (transport !== "docker" || scope === "" || deadScope(scope) !== undefined) return true;
  if (scope.startsWith("*.")) return prefix.split(/[/:]/, 1)[0]?.endsWith(scope.slice(1)) ?? false;
  const isBelow = (name: string, parent: string) =>
    name === parent || /^[/:@]/.test(name.slice(parent.length));
  return (
    (scope.startsWith(prefix) && isBelow(scope, prefix)) ||
    (prefix.startsWith(scope) && isBelow(prefix, scope))
  );
}

function inFull(instead: string | undefined): string {
  return instead === undefined ? "write a host, or a host and a path" : `write ${JSON.stringify(instead)}`;
}
