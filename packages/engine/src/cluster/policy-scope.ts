/** Of the images that a scope holds for: those in the repository of its name, or in repositories below. */
export type ScopePart = "itself" | "below";

/** The parts that a scope of containers-policy.json(5) has: all images are below the scope without a name, and below a host. */
export function scopeParts(scope: string): readonly ScopePart[] {
  if (!scope.includes("/")) return ["below"];
  return repositoryOf(scope) === scope ? ["itself", "below"] : ["itself"];
}

/**
 * The part of a scope that all images of another one are in; undefined if they are not all in it, or are the same scope's.
 * Source: containers/image docker/policyconfiguration/naming.go.
 */
export function partAround(outer: string, inner: string): ScopePart | undefined {
  if (inner === outer) return undefined;
  if (repositoryOf(inner) === outer) return "itself";
  if (outer === "" || inner.startsWith(`${outer}/`)) return "below";
  const [host = ""] = inner.split("/", 1);
  const isOfDomain = outer.startsWith("*.") && host.replace(/:[0-9]+$/, "").endsWith(outer.slice(1));
  return isOfDomain ? "below" : undefined;
}

/** What the most specific of some scopes says that holds for all images of one; undefined if none does. */
export function nearest<T>(scopes: ReadonlyMap<string, T>, scope: string): T | undefined {
  const around = [...scopes.keys()].filter((one) => one === scope || partAround(one, scope) !== undefined);
  const [first = ""] = around.sort((a, b) => rank(b) - rank(a) || b.length - a.length);
  return scopes.get(first);
}

/** Names come before domains, domains before everything. */
function rank(scope: string): number {
  if (scope === "") return 0;
  return scope.startsWith("*.") ? 1 : 2;
}

/** A scope without its tag or digest. */
function repositoryOf(scope: string): string {
  return scope.includes("/") ? scope.replace(/(?::[^/:@]*)?(?:@.*)?$/, "") : scope;
}
