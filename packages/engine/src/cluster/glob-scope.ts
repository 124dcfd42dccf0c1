import type { ScopePart } from "./policy-scope.ts";

/** Docker Hub is called otherwise by those who write globs and those who write scopes. */
function scopeHost(name: string): string {
  return name.replace(/^index\.docker\.io(?=\/|$)/, "docker.io");
}

const host = /^[a-zA-Z0-9.-]*[.:][a-zA-Z0-9.:-]*$|^localhost$/;

/**
 * A scope of containers-policy.json(5) and what of it a glob matches. A scope holds for the repository it names and for
 * those below it; `host/app@*` matches that repository alone, and `host/app/**` those below alone.
 */
export interface GlobScope {
  readonly scope: string;
  readonly matches: readonly ScopePart[];
}

/** Undefined where a glob matches some images of a scope's part, and some not. */
export function globScope(glob: string): GlobScope | undefined {
  if (glob === "**") return { scope: "", matches: ["below"] };
  const [, prefix = "", ending = ""] = /^([^*@]+?)(\/\*\*|@\*{1,2}|@sha256:\*{1,2})$/.exec(glob) ?? [];
  const [, repository = "", digest = ""] = /^([^*@]+)@(sha256:[0-9a-f]{64})$/.exec(glob) ?? [];
  const name = prefix || repository;
  const [first = "", ...path] = name.split("/");
  const isBelow = ending === "/**";
  if (!host.test(first) || (!isBelow && path.length === 0)) return undefined;
  return { scope: scopeHost(name) + (digest && `@${digest}`), matches: [isBelow ? "below" : "itself"] };
}

/** The narrowest scope that certainly holds whatever a glob may match: `""` if nothing narrower is certain. */
export function enclosingScope(glob: string): string {
  const [literal = ""] = glob.split(/[*@]/, 1);
  const whole = literal.slice(0, Math.max(literal.lastIndexOf("/"), 0));
  const [first = ""] = whole.split("/", 1);
  return host.test(first) ? scopeHost(whole) : "";
}
