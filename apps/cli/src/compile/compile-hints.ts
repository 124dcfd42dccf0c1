import { briefAuthorities } from "@countersign/engine/cluster/certificate-times";
import type { CompiledResource, NoMatch } from "@countersign/engine/cluster/compile-cluster";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import { contradictions } from "./contradictions.ts";

/** What policies say, and hardly mean. They are enforced as they are. */
export function compileHints(policies: readonly CompiledResource[], noMatch: NoMatch): readonly string[] {
  return [
    ...contradictions(policies),
    ...policies.flatMap(briefly),
    ...policies.flatMap(oddGlobs),
    ...withoutCluster(policies, noMatch),
  ];
}

function briefly(policy: CompiledResource): readonly string[] {
  if (policy.type !== "imagePolicy") return [];
  return briefAuthorities(policy).map(
    ({ path, message }) => `${resourceName(policy.identity)} ${path}: ${message}`,
  );
}

/** Globs that match images, and other ones than it seems. */
function oddGlobs(policy: CompiledResource): readonly string[] {
  if (policy.type !== "imagePolicy") return [];
  return policy.globs.flatMap(({ source }, at) => {
    const why = oddity(source);
    return why === undefined ? [] : [`${resourceName(policy.identity)} spec.images[${at}].glob: ${why}`];
  });
}

function oddity(glob: string): string | undefined {
  const [, host = "", rest = ""] = /^([^/]*)(\/.*)?$/s.exec(glob) ?? [];
  if (rest !== "" && /[A-Z]/.test(host))
    return `${glob} matches images that are asked for with just these capitals: write ${host.toLowerCase()}${rest}`;
  const [, registry] = /^([^/*]*\.[^/*]*)\*$/.exec(glob) ?? [];
  if (registry !== undefined)
    return `${glob} matches images of Docker Hub's whose names begin so, for * stands for no /: write ${registry}/** for a registry's`;
  return undefined;
}

/** A namespace's policy lets in nothing that the cluster does not, and somebody who tries it alone sees all refused. */
function withoutCluster(policies: readonly CompiledResource[], noMatch: NoMatch): readonly string[] {
  if (noMatch !== "deny" || policies.some(({ identity }) => identity.namespace === undefined)) return [];
  return policies.map(
    ({ identity }) =>
      `${resourceName(identity)} asks besides what the cluster's policies do, none of which is among these: --unmatched deny refuses all its images; give the cluster's along, or --unmatched allow`,
  );
}
