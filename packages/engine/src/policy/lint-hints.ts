import { CountersignError } from "../values/error.ts";
import { formatReference, parseNamedReference } from "../values/image-reference.ts";
import type { Policy } from "./policy.ts";

/** Something that is valid and almost certainly not what its author meant. */
export interface PolicyHint {
  readonly path: string;
  readonly message: string;
}

const knownTransports: ReadonlySet<string> = new Set([
  "atomic",
  "containers-storage",
  "dir",
  "docker",
  "docker-archive",
  "docker-daemon",
  "oci",
  "oci-archive",
  "sif",
  "tarball",
]);

/**
 * Finds scopes that can never match. containers/image compares scopes as plain strings with candidates made
 * from the normalised reference (docker/policyconfiguration/naming.go) and never normalises the scope itself,
 * so a short or mistyped scope is silently dead and the default applies instead.
 */
export function lintHints(policy: Policy): readonly PolicyHint[] {
  const hints: PolicyHint[] = [];
  for (const [transport, scopes] of policy.transports) {
    if (!knownTransports.has(transport)) {
      const names = [...knownTransports].join(", ");
      hints.push({
        path: `transports[${JSON.stringify(transport)}]`,
        message: `no such transport, so nothing under it ever applies; the transports are ${names}`,
      });
    }
    if (transport !== "docker") continue;
    for (const scope of scopes.keys()) {
      const dead = whyDead(scope);
      if (dead !== undefined)
        hints.push({ path: `transports.docker[${JSON.stringify(scope)}]`, message: dead });
    }
  }
  return hints;
}

function whyDead(scope: string): string | undefined {
  if (scope === "") return undefined;
  if (scope.includes("*")) return whyWildcardDead(scope);
  if (/^[a-z-]+:\/\//.test(scope)) return never("scopes have no scheme", scope.replace(/^[a-z-]+:\/\//, ""));
  if (scope.endsWith("/")) return never("a scope ends without a slash", scope.replace(/\/+$/, ""));
  if (isHost(scope))
    return scope === "index.docker.io" ? never("it is written docker.io", "docker.io") : undefined;
  return whyNameDead(scope);
}

function whyWildcardDead(scope: string): string | undefined {
  if (!scope.startsWith("*."))
    return never("a wildcard stands only in front of a host name, as in *.example.com");
  if (scope.includes("/"))
    return never("a wildcard scope is a host name without a path", scope.slice(0, scope.indexOf("/")));
  if (scope.includes(":"))
    return never("wildcards are compared without the port", scope.slice(0, scope.indexOf(":")));
  if (scope.indexOf("*", 1) !== -1) return never("only one leading * is understood");
  return undefined;
}

function whyNameDead(scope: string): string | undefined {
  try {
    const name = parseNamedReference(scope);
    if (name.tag !== undefined && name.digest !== undefined) {
      return never("an image is asked for by tag or by digest, not both");
    }
    const normal = formatReference(name);
    if (normal === scope) return undefined;
    // A parent path such as docker.io/team is a scope although, as an image, it would mean docker.io/library/team.
    const written = scope.split("/");
    const isParent = name.tag === undefined && name.digest === undefined && written[0] === "docker.io";
    return isParent ? undefined : never("references are compared in their full form", normal);
  } catch (error) {
    return never(CountersignError.from(error).message);
  }
}

/** Whether the scope is a bare host, by the rule that tells hosts from Docker Hub names. */
function isHost(scope: string): boolean {
  if (scope.includes("/") || scope.includes("@")) return false;
  const [host = "", port, ...rest] = scope.split(":");
  if (rest.length > 0) return false;
  return (
    /^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$/.test(host) ||
    host === "localhost" ||
    (port !== undefined && /^\d+$/.test(port))
  );
}

function never(why: string, instead?: string): string {
  const remedy = instead === undefined ? "" : `; write ${JSON.stringify(instead)}`;
  return `this scope can never match: ${why}${remedy}`;
}
