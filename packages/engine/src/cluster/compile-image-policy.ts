import { whyNothingMatches } from "../policy/image-glob.ts";
import { compileAuthority } from "./compile-authority.ts";
import type { JsonObject } from "./compile-demands.ts";
import type { CompiledRule, Shortcoming } from "./compiled-rule.ts";
import type { Materials } from "./materials.ts";
import { namespaceMaterials } from "./namespace-materials.ts";
import type { ImagePolicyResource, ObjectMatch } from "./policy-resource.ts";
import { resourceName } from "./resource-name.ts";

/**
 * Compiles a ClusterImagePolicy or an ImagePolicy to a rule for nodes. Where a node cannot know what the policy asks for,
 * the rule refuses or asks more, and says so.
 */
export function compileImagePolicy(resource: ImagePolicyResource, materials: Materials): CompiledRule {
  const { identity, globs, mode } = resource;
  const within = identity.namespace === undefined ? materials : namespaceMaterials(materials);
  const { authorities, shortcomings } = compileAuthorities(resource, within);
  const isLimited = resource.match.some((match) => !isEveryPod(match));
  const limits: readonly Shortcoming[] = isLimited ? [byObject] : [];
  const idle = globs.flatMap(({ source }, at) => idleGlob(source, `spec.images[${at}].glob`));
  const rule = {
    name: resourceName(identity),
    globs: globs.map(({ source }) => source),
    // a policy for some objects, or of one namespace, must not replace what holds for all
    ...((isLimited || identity.namespace !== undefined) && { tightens: true }),
    requirements: [
      {
        type: "sigstore",
        authorities,
        signedIdentity: { type: "digestOnly" },
        acceptIndexSignatures: true,
        ...(mode === "warn" && { mode }),
      },
    ],
  };
  return { identity, text: JSON.stringify(rule), shortcomings: [...shortcomings, ...limits, ...idle] };
}

const byObject: Shortcoming = {
  path: "spec.match",
  effect: "stricter",
  message:
    "a node does not know from what object a container comes: the policy holds for every pod there, besides whatever else does",
};

function idleGlob(glob: string, path: string): readonly Shortcoming[] {
  const why = whyNothingMatches(glob);
  return why === undefined ? [] : [{ path, effect: "ignored", message: `${glob} matches no image: ${why}` }];
}

interface CompiledAuthorities {
  readonly authorities: readonly JsonObject[];
  readonly shortcomings: readonly Shortcoming[];
}

function compileAuthorities(
  { authorities, policy }: ImagePolicyResource,
  materials: Materials,
): CompiledAuthorities {
  if (policy !== undefined) {
    const message =
      "a policy over what the authorities found is evaluated in no language here, CEL included, so that no image is accepted; ask it of an attestation instead, in CEL: spec.authorities[].attestations[].policy, type cel";
    return {
      authorities: [{ name: "spec.policy", static: { action: "fail", message } }],
      shortcomings: [{ path: "spec.policy", effect: "refuses", message }],
    };
  }
  const compiled = authorities.map((one, at) => compileAuthority(one, `spec.authorities[${at}]`, materials));
  return {
    authorities: compiled.map(({ json }) => json),
    shortcomings: compiled.flatMap(({ shortcomings }) => shortcomings),
  };
}

/** Whatever runs on a node is a pod. An entry without a version describes nothing, and must not let anything in. */
function isEveryPod({ group, version, resource, selector }: ObjectMatch): boolean {
  const isAnyVersion = version === "*" || version === "v1";
  return group === "" && isAnyVersion && resource === "pods" && selector === undefined;
}
