/** Of the images that a scope holds for: those in the repository of its name, or in repositories below. */
export type ScopePart = "itself" | "below";

/** The parts that a scope of containers-policy.json(5) has: all images are below the scope without a name, and below a host. */
export function scopeParts(scope: string): readonly ScopePart[] {
  if (!scope.includes("/")) return ["below"];
  return repositoryOf(scope) === scope ? ["itself", "below"] : ["itself"];
}

/** A scope that holds all images of another one, and the part of it that they are in. */
export type AroundScope = readonly [outer: string, part: ScopePart];

/**
 * All scopes around one, the most specific first: its repository, what that is below, domains, and everything. There are
 * as many as a name has parts, however many scopes a policy has.
 * Source: containers/image docker/policyconfiguration/naming.go.
 */
export function scopesAround(scope: string): readonly AroundScope[] {
  if (scope === "") return [];
  const repository = repositoryOf(scope);
  const around: AroundScope[] = repository === scope ? [] : [[repository, "itself"]];
  for (let end = scope.lastIndexOf("/"); end >= 0; end = end === 0 ? -1 : scope.lastIndexOf("/", end - 1)) {
    if (scope.slice(0, end) !== repository) around.push([scope.slice(0, end), "below"]);
  }
  around.sort(([a], [b]) => b.length - a.length);
  const [host = ""] = scope.replace(/(:[0-9]+)?(\/.*)?$/s, "").split("/", 1);
  for (let dot = host.indexOf("."); dot >= 0; dot = host.indexOf(".", dot + 1)) {
    if (`*${host.slice(dot)}` !== scope) around.push([`*${host.slice(dot)}`, "below"]);
  }
  around.push(["", "below"]);
  return around;
}

/** What the most specific of some scopes says that holds for all images of one; undefined if none does. */
export function nearest<T>(scopes: ReadonlyMap<string, T>, scope: string): T | undefined {
  const found = [scope, ...scopesAround(scope).map(([outer]) => outer)].find((one) => scopes.has(one));
  return found === undefined ? undefined : scopes.get(found);
}

/** A scope without its tag or digest. */
function repositoryOf(scope: string): string {
  return scope.includes("/") ? scope.replace(/(?::[^/:@]*)?(?:@.*)?$/, "") : scope;
}
