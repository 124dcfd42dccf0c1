import { compileImagePolicy } from "./compile-image-policy.ts";
import { compileOpenShiftPolicy } from "./compile-openshift-policy.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { Materials } from "./materials.ts";
import { overfullNamespaces, overfullRule } from "./namespace-budget.ts";
import type { OpenShiftPolicyResource } from "./openshift-policy.ts";
import type { ImagePolicyResource } from "./policy-resource.ts";
import type { PolicySet } from "./publication.ts";
import { resourceName } from "./resource-name.ts";

/** A policy as it is to be compiled. TrustRoots are materials. */
export type CompiledResource =
  | ({ readonly type: "imagePolicy" } & ImagePolicyResource)
  | ({ readonly type: "openShiftPolicy" } & OpenShiftPolicyResource);

/** What an image is asked for that no policy of the whole cluster matches. */
export type NoMatch = "deny" | "warn" | "allow";

export function compileResource(resource: CompiledResource, materials: Materials): CompiledRule {
  return resource.type === "imagePolicy"
    ? compileImagePolicy(resource, materials)
    : compileOpenShiftPolicy(resource);
}

/**
 * Puts compiled rules together as the cluster's policy: rules of the whole cluster hold everywhere, those of a namespace
 * only there, in addition; a namespace with more of them than are enforced is refused whole. The order is that of their
 * names, so that the same policies always give the same bytes.
 * @param namespaces every namespace that exists
 */
export function policySet(
  rules: Iterable<CompiledRule>,
  namespaces: Iterable<string>,
  noMatch: NoMatch,
): PolicySet {
  const ordered = [...rules].sort((a, b) => compareTexts(resourceName(a.identity), resourceName(b.identity)));
  const shared: string[] = [];
  const byNamespace = new Map<string, string[]>();
  for (const { identity, text } of ordered) {
    if (identity.namespace === undefined) shared.push(text);
    else listOf(byNamespace, identity.namespace).push(text);
  }
  const own = new Map<string, readonly string[]>();
  for (const name of namespaces) own.set(name, none);
  // a policy of a namespace that is not there yet holds once it is
  for (const [name, list] of byNamespace) if (own.has(name)) own.set(name, list);
  for (const namespace of overfullNamespaces(ordered).keys()) {
    if (own.has(namespace)) own.set(namespace, [overfullRule(namespace)]);
  }
  return { base: baseOf(noMatch), rules: shared, namespaces: own };
}

/** What ten thousand namespaces have need not be ten thousand lists. */
const none: readonly string[] = [];

function listOf(lists: Map<string, string[]>, name: string): string[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

function baseOf(noMatch: NoMatch): string {
  return JSON.stringify({ default: defaults[noMatch] });
}

const defaults: Readonly<Record<NoMatch, object>> = {
  deny: [{ type: "reject" }],
  warn: { mode: "warn", requirements: [{ type: "reject" }] },
  allow: [{ type: "insecureAcceptAnything" }],
};

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
