import { formatReference, type ImageReference, repositoryName } from "../values/image-reference.ts";
import type { Policy, Requirements } from "./policy.ts";

/** Which requirements of a policy apply to an image, and how they were found. */
export interface ScopeSelection {
  readonly requirements: Requirements;
  readonly transport: string;
  /** the scope that matched, `""` the transport's default; undefined: the policy's own default */
  readonly scope: string | undefined;
  /** the scopes that were looked for in vain, most specific first */
  readonly tried: readonly string[];
}

/**
 * Finds the requirements for an image in a registry: the transport's scopes from the most specific on, its default,
 * then the policy's. The first found applies alone; nothing is inherited.
 * Source: containers/image signature/policy_eval.go, requirementsForImageRef.
 */
export function selectScope(policy: Policy, image: ImageReference): ScopeSelection {
  return selectAmong(policy, "docker", dockerScopes(image));
}

/** As {@link selectScope}, for any transport, given an image's scopes there from the most specific on. */
export function selectAmong(policy: Policy, transport: string, scopes: readonly string[]): ScopeSelection {
  const section = policy.transports.get(transport);
  const tried: string[] = [];
  for (const scope of [...scopes, ""]) {
    const requirements = section?.get(scope);
    if (requirements !== undefined) return { requirements, transport, scope, tried };
    tried.push(scope);
  }
  return { requirements: policy.default, transport, scope: undefined, tried };
}

/**
 * `host:port/a/b:tag`, `host:port/a/b`, `host:port/a`, `host:port`, then `*.` and each parent domain of the host.
 * A wildcard has no port and never stands for the bare domain.
 * Source: containers/image docker/policyconfiguration/naming.go.
 */
export function dockerScopes(image: ImageReference): readonly string[] {
  const scopes = [formatReference(image)];
  const elements = repositoryName(image).split("/");
  for (let length = elements.length; length > 0; length--) scopes.push(elements.slice(0, length).join("/"));
  const labels = image.domain.replace(/:.*$/, "").split(".");
  for (let parent = 1; parent < labels.length; parent++) scopes.push(`*.${labels.slice(parent).join(".")}`);
  return scopes;
}
