import { briefAuthorities } from "@countersign/engine/cluster/certificate-times";
import type { CompiledResource } from "@countersign/engine/cluster/compile-cluster";
import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import type { ImagePolicyResource } from "@countersign/engine/cluster/policy-resource";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import { ruleEffect } from "@countersign/engine/cluster/rule-effect";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import type { Platform } from "@countersign/engine/values/manifest";
import type { Timing } from "@countersign/sources/timing";
import type { ClusterPolicies } from "../judge/cluster-policies.ts";
import type { ImageJudge } from "../judge/image-judge.ts";
import type { AdmissionRequest } from "../review/admission-request.ts";
import { member, objectMember, textMember } from "../review/json-members.ts";
import { allowed, invalid, type ReviewAnswer } from "../review/review-answer.ts";
import { findLockout } from "./find-lockout.ts";
import { readPolicyStrictly } from "./policy-faults.ts";
import { reviewTrustRoot } from "./review-trust-root.ts";

export interface PolicyReviewParts {
  readonly policies: ClusterPolicies;
  readonly judge: ImageJudge;
  readonly platform: Platform;
  readonly timing: Timing;
  /** what the cluster itself runs on, by namespace: `kube-system` */
  readonly systemNamespaces: readonly string[];
  imagesRunning(namespace: string, signal: AbortSignal): Promise<readonly string[]>;
  /** what becomes of a policy that would keep out what the cluster runs on */
  readonly lockout: "deny" | "warn";
  /** loaded with the first policy: they take longer to load than all else */
  languages(): Promise<PolicyLanguages>;
}

/** A policy is not to wait for registries longer than whoever applies it waits for an answer. */
const lookForMs = 4000;

/** Says at `kubectl apply` what would otherwise only show in the status: a policy that means nothing, or locks out too much. */
export function policyReviewer(parts: PolicyReviewParts) {
  return async (request: AdmissionRequest, signal: AbortSignal): Promise<ReviewAnswer> => {
    if (!isChange(request)) return allowed;
    const reading = readPolicyStrictly(request.object as Json, await parts.languages());
    if (reading.resource === undefined)
      return invalid(reading.faults.map(({ path, message }) => `${path}: ${message}`));
    if (reading.resource.type === "trustRoot") return await reviewTrustRoot(reading.resource, parts.timing);
    const { resource } = reading;
    const { rule, policy } = await parts.policies.preview(resource);
    // who applies many policies at once is told of all of them together
    const warn = (texts: readonly string[]): ReviewAnswer => ({
      allowed: true,
      warnings: texts.map((text) => `${resourceName(resource.identity)}: ${text}`),
    });
    const hollow = resource.type === "imagePolicy" ? hollowMatches(resource) : [];
    const brief = resource.type === "imagePolicy" ? briefAuthorities(resource) : [];
    const warnings = [
      ...rule.shortcomings.map((one) => shortcomingOf(one, rule)),
      ...hollow,
      ...brief.map(({ path, message }) => `${path}: ${message}`),
    ];
    if (!isEnforced(resource)) return warn(warnings);
    const { refused, unknown } = await lookForLockout(parts, resource, policy, signal);
    const told = refused.map(([namespace, image]) => `it would refuse what ${namespace} runs: ${image}`);
    if (told.length > 0 && parts.lockout === "deny") return invalid([...told.slice(0, 8), lockoutRemedy]);
    const open =
      unknown > 0
        ? [`whether it would refuse ${unknown} images of the cluster itself could not be found out`]
        : [];
    return warn([...told, ...open, ...warnings]);
  };
}

function shortcomingOf({ path, effect, message }: Shortcoming, rule: CompiledRule): string {
  return `${path} ${effect === "refuses" ? `${reach[ruleEffect(rule)]}:` : effects[effect]} ${message}`;
}

const effects = { stricter: "asks more than it says:", ignored: "has no effect:" };
/** One authority may be of no use, and another one still vouch. */
const reach = {
  warns: "accepts nothing, and is warned of",
  "refuses all": "accepts nothing, so that every image of the policy is refused",
  "asks for a signature": "accepts nothing, and the policy's other authorities still do",
};
const lockoutRemedy =
  "Narrow its globs, sign those images, or apply it with `mode: warn` first; --lockout warn lets such a policy in.";

/** Deleting is free, and so is what changes no spec, such as a status or a finalizer. */
function isChange({ operation, object, oldObject, subResource }: AdmissionRequest): boolean {
  if (operation === "DELETE" || operation === "CONNECT" || subResource === "status") return false;
  const metadata = objectMember(object, "metadata", "object");
  if (textMember(metadata, "deletionTimestamp", "object.metadata") !== "") return false;
  if (operation === "CREATE" || oldObject === undefined) return true;
  const [now, before] = [member(object, "spec", "object"), member(oldObject, "spec", "oldObject")];
  return JSON.stringify(now) !== JSON.stringify(before);
}

function isEnforced(resource: CompiledResource): boolean {
  return resource.type !== "imagePolicy" || resource.mode === "enforce";
}

/** Group, version and resource are compared as they stand, and what is left out equals nothing. */
function hollowMatches({ match }: ImagePolicyResource): readonly string[] {
  return match.flatMap(({ version, resource }, at) =>
    version === "" || resource === ""
      ? [
          `spec.match[${at}]: it describes no object: version and resource must both be there; version can be *`,
        ]
      : [],
  );
}

interface SystemLockout {
  readonly refused: ReadonlyArray<readonly [namespace: string, image: string]>;
  readonly unknown: number;
}

async function lookForLockout(
  parts: PolicyReviewParts,
  { identity }: CompiledResource,
  policy: Parameters<typeof findLockout>[1],
  signal: AbortSignal,
): Promise<SystemLockout> {
  const concerned = parts.systemNamespaces.filter(
    (one) => identity.namespace === undefined || identity.namespace === one,
  );
  const enough = new AbortController();
  const late = new CountersignError(
    "DEADLINE_EXCEEDED",
    "looking for images of the cluster itself took too long",
  );
  const cancel = parts.timing.after(lookForMs, () => enough.abort(late));
  const within = AbortSignal.any([signal, enough.signal]);
  try {
    const found = await Promise.all(
      concerned.map(async (namespace) => {
        const images = await parts.imagesRunning(namespace, within).catch(() => undefined);
        if (images === undefined) return { namespace, refused: [], unknown: 1 };
        return { namespace, ...(await findLockout(images, policy, parts.platform, parts.judge, within)) };
      }),
    );
    return {
      refused: found.flatMap(({ namespace, refused }) => refused.map((image) => [namespace, image] as const)),
      unknown: found.reduce((sum, { unknown }) => sum + unknown, 0),
    };
  } finally {
    cancel();
  }
}
