import type { CompiledResource } from "@countersign/engine/cluster/compile-cluster";
import type { ResourceIdentity } from "@countersign/engine/cluster/policy-resource";
import { resourceName } from "@countersign/engine/cluster/resource-name";

/**
 * Finds policies of which one lets all images of a glob in and another one none: all that match must let an image in, so
 * that the first has no effect, which whoever wrote it may not have meant.
 */
export function contradictions(policies: readonly CompiledResource[]): readonly string[] {
  const stances = policies.flatMap((policy) => stanceOf(policy) ?? []);
  const open = stances.filter(({ lets }) => lets === "all");
  const closed = stances.filter(({ lets }) => lets === "none");
  return open.flatMap((one) =>
    closed
      .filter((other) => holdTogether(one.identity, other.identity))
      .flatMap((other) => {
        const shared = one.globs.filter((glob) => other.globs.includes(glob));
        return shared.map(
          (glob) =>
            `${resourceName(one.identity)} lets in every image of ${glob}, and ${resourceName(other.identity)} none: all policies that match must let an image in, so these are refused`,
        );
      }),
  );
}

interface Stance {
  readonly identity: ResourceIdentity;
  readonly globs: readonly string[];
  readonly lets: "all" | "none";
}

function stanceOf(policy: CompiledResource): Stance | undefined {
  if (policy.type !== "imagePolicy" || policy.mode === "warn" || policy.policy !== undefined)
    return undefined;
  const actions = policy.authorities.map((one) => (one.type === "static" ? one.action : "looks"));
  const { identity } = policy;
  const globs = policy.globs.map(({ source }) => source);
  if (actions.includes("pass")) return { identity, globs, lets: "all" };
  return actions.every((action) => action === "fail") ? { identity, globs, lets: "none" } : undefined;
}

function holdTogether(one: ResourceIdentity, other: ResourceIdentity): boolean {
  return one.namespace === undefined || other.namespace === undefined || one.namespace === other.namespace;
}
