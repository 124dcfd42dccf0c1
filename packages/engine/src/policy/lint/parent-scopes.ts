import { quote } from "../../values/go-format.ts";
import type { Policy, Requirements } from "../policy.ts";

/** Requirements that hold where nothing more specific does. */
export interface InheritedRequirements {
  /** for messages: `"registry.example"`, `the policy's default` */
  readonly name: string;
  readonly requirements: Requirements;
}

/**
 * The scopes that are asked after this one, of Docker-like names, without the transport's default: parents of its path,
 * the host, then wildcards.
 * Source: containers/image docker/policyconfiguration/naming.go.
 */
export function parentScopes(scope: string): readonly string[] {
  if (scope.startsWith("*.")) return wildcardsAbove(scope.slice(2));
  const name = withoutTag(scope);
  const elements = name.split("/");
  const parents = elements.map((_, cut) => elements.slice(0, elements.length - cut).join("/"));
  const host = (elements[0] ?? "").replace(/:.*$/, "");
  return [...parents.filter((parent) => parent !== scope), ...wildcardsAbove(host)];
}

/** What would hold for a scope's images if the policy did not have it. */
export function inheritedBy(policy: Policy, transport: string, scope: string): InheritedRequirements {
  return requirementsOf(policy, transport, parentScopes(scope));
}

/** What holds for images whose most specific scope this is. */
export function holdingFor(policy: Policy, transport: string, scope: string): InheritedRequirements {
  return requirementsOf(policy, transport, [scope, ...parentScopes(scope)]);
}

function requirementsOf(
  policy: Policy,
  transport: string,
  candidates: readonly string[],
): InheritedRequirements {
  const scopes = policy.transports.get(transport);
  for (const scope of candidates) {
    const requirements = scopes?.get(scope);
    if (requirements !== undefined) return { name: quote(scope), requirements };
  }
  const ofTransport = scopes?.get("");
  return ofTransport === undefined
    ? { name: "the policy's default", requirements: policy.default }
    : { name: `the default of ${transport}`, requirements: ofTransport };
}

function wildcardsAbove(host: string): readonly string[] {
  const labels = host.split(".");
  return labels.slice(1).map((_, dropped) => `*.${labels.slice(dropped + 1).join(".")}`);
}

/** The repository of a scope that has a tag or digest. */
export function withoutTag(scope: string): string {
  const [name = ""] = scope.split("@", 1);
  return name.replace(/(?<=\/[^/]*):[^/:]*$/, "");
}
