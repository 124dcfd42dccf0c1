import { quote } from "../../values/go-format.ts";
import type { Policy } from "../policy.ts";
import type { Hint } from "./hint.ts";
import { asksTheSame, scopePath } from "./requirement-lists.ts";
import { deadScope } from "./scope-spelling.ts";

/** Finds scopes that can never match, so that a wider one or a default applies in their stead. */
export function* deadScopeHints(policy: Policy): Generator<Hint> {
  for (const [transport, scopes] of policy.transports) {
    for (const [scope, requirements] of scopes) {
      const name = nameIn(transport, scope);
      const dead = name === undefined ? undefined : deadNameIn(transport, name.text);
      if (name === undefined || dead === undefined) continue;
      const instead = dead.instead === undefined ? undefined : name.before + dead.instead + name.after;
      const path = scopePath(transport, scope);
      const twin = instead === undefined ? undefined : scopes.get(instead);
      if (twin !== undefined && instead !== undefined) {
        yield namedTwice(path, dead.why, instead, asksTheSame(twin, requirements));
      } else {
        yield neverMatches(path, dead.why, instead);
      }
    }
  }
  yield* deadRuleScopeHints(policy);
}

/** The same of rules by scopes. */
function* deadRuleScopeHints({ images }: Policy): Generator<Hint> {
  for (const [at, rule] of images.entries()) {
    if (rule.type === "globs") continue;
    for (const [place, scope] of [...rule.scopes].entries()) {
      const dead = deadScope(scope);
      if (dead !== undefined) yield neverMatches(`images[${at}].scopes[${place}]`, dead.why, dead.instead);
    }
  }
}

function neverMatches(path: string, why: string, instead: string | undefined): Hint {
  return {
    code: "SCOPE_NEVER_MATCHES",
    path,
    message: `this scope can never match: ${why}`,
    remedy: instead === undefined ? "name a host, a repository or a parent of it" : `write ${quote(instead)}`,
  };
}

function namedTwice(path: string, why: string, twin: string, isSame: boolean): Hint {
  return {
    code: "SCOPE_NAMED_TWICE",
    path,
    message: `this scope can never match: ${why}; ${quote(twin)}, which does, asks for ${isSame ? "the same" : "something else"}`,
    remedy: isSame ? "remove it" : `say in ${quote(twin)} what is meant, and remove this one`,
  };
}

interface NameInScope {
  readonly before: string;
  readonly text: string;
  readonly after: string;
}

/** The part of a scope that is compared with image names; undefined where a transport has none. */
function nameIn(transport: string, scope: string): NameInScope | undefined {
  switch (transport) {
    case "docker":
    case "docker-daemon":
    case "atomic":
      return { before: "", text: scope, after: "" };
    case "containers-storage": {
      const [, store = "", name = "", id = ""] = /^(\[[^\]]*\])([^@]*)(.*)$/s.exec(scope) ?? [];
      return name === "" ? undefined : { before: store, text: name, after: id };
    }
    default:
      return undefined;
  }
}

function deadNameIn(transport: string, name: string) {
  if (transport === "containers-storage" && name.startsWith("*.")) {
    return { why: "this transport knows no wildcards", instead: undefined };
  }
  return deadScope(name);
}
