import type { Policy } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { type ScopeSelection, selectScope } from "../policy/select-scope.ts";
import type { Digest } from "../values/digest.ts";
import type { LocatedImage } from "../values/located-image.ts";
import { prefixing } from "../values/prefixing.ts";
import { gather, type InstanceChoice, type Ports, rejectionPrefix } from "./gather.ts";
import { judge } from "./judge.ts";
import { planEvidence } from "./plan.ts";
import type { Verdict } from "./verdict.ts";

export type { Ports } from "./gather.ts";
export { decideWithoutEvidence, isOnlyWarnedOf } from "./plan.ts";

/** May this image run here? */
export interface Question extends InstanceChoice {
  readonly image: LocatedImage;
  readonly policy: Policy;
}

export interface Answer {
  readonly verdict: Verdict;
  readonly scope: ScopeSelection;
  /** of the manifest that the name leads to: what a runtime must pull */
  readonly digest: Digest;
  /** the manifest that was judged, when it was chosen through an index */
  readonly instance: Digest | undefined;
}

/**
 * Plans, gathers, judges. The image is opened even if the policy needs nothing of it: as in containers/image, one that
 * cannot be read is an error, not a verdict.
 * @param warnBy aborted when nothing more is to be waited for that only warnings need
 * @throws CountersignError when it cannot be decided; the message is containers/image's whole text
 */
export async function verifyImage(
  question: Question,
  ports: Ports,
  signal: AbortSignal,
  warnBy: AbortSignal = signal,
): Promise<Answer> {
  const { image, policy } = question;
  const subject = policySubject(image);
  const scope = selectScope(policy, subject);
  const plan = planEvidence(scope.requirements);
  const { digest, instance, evidence } = await gather(image, question, plan, ports, signal, warnBy);
  const verdict = await prefixing(rejectionPrefix(instance), () =>
    judge(scope.requirements, subject, evidence),
  );
  return { verdict, scope, digest, instance };
}

/** What a denial is told by. */
export type Rejection = Pick<Answer, "verdict" | "scope"> & Partial<Pick<Answer, "instance">>;

/**
 * containers/image's whole text for a denial, `Source image rejected: …`, and where a rule of the extension's `images`
 * keeps the image out, its name: ` [ImagePolicy shop/reviewed]`. `""` if the image is allowed.
 */
export function explainRejection(rejection: Rejection): string {
  const { verdict, instance } = rejection;
  if (verdict.allowed) return "";
  const rule = denyingRule(rejection);
  return rejectionPrefix(instance) + verdict.reason + (rule === undefined ? "" : ` [${rule}]`);
}

/** The rule of `images` that keeps an image out; undefined if none does, or a scope does. */
export function denyingRule({ verdict, scope }: Rejection): string | undefined {
  if (verdict.allowed) return undefined;
  const at = verdict.requirements.findIndex(
    ({ requirement, outcome }) => requirement.type !== "warn" && outcome !== "satisfied",
  );
  return scope.demandedBy[at];
}
