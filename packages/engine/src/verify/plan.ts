import { foregone, foregoneTogether, refusesNothing } from "../policy/foregone.ts";
import type { EnforcedRequirement, Policy, Requirement } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { type ScopeSelection, selectScope } from "../policy/select-scope.ts";
import type { LocatedImage } from "../values/located-image.ts";
import { noEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { isNothing, type Needs, noNeeds, together, without } from "./needs.ts";
import { signatureNeeds } from "./signature-needs.ts";
import type { Verdict } from "./verdict.ts";

/** What must be fetched before an image can be judged. */
export interface EvidencePlan {
  /** for the decision */
  readonly decisive: Needs;
  /** for warnings besides: whatever happens to it, nothing is refused for that */
  readonly warning: Needs;
}

/** Nothing that is only reached after a requirement that always fails, or an alternative that always holds, is needed. */
export function planEvidence(requirements: readonly Requirement[]): EvidencePlan {
  const decisive: Needs[] = [];
  const warning: Needs[] = [];
  for (const requirement of requirements) {
    if (requirement.type === "warn") {
      warning.push(needsOf(requirement.requirement));
    } else {
      decisive.push(needsOf(requirement));
      if (foregone(requirement) === "fails") break;
    }
  }
  const all = together(decisive);
  return { decisive: all, warning: without(together(warning), all) };
}

/** Every key and CA file that may be read. */
export function trustFilesOf({ decisive, warning }: EvidencePlan): ReadonlySet<string> {
  return new Set([...decisive.trustFiles, ...warning.trustFiles]);
}

/** What is trusted, without what is looked for: all files and trusted roots that may be read. */
export function trustNeedsOf({ decisive, warning }: EvidencePlan): Needs {
  return { ...together([decisive, warning]), signatures: false, attachments: new Map() };
}

/**
 * The verdict of a policy that needs nothing but the image's name: it accepts or rejects whatever is there. A caller
 * may then spare itself the network, except that the reference first notices an image that cannot be read at all.
 * @returns undefined if signatures have to be judged
 */
export function decideWithoutEvidence(
  policy: Policy,
  image: LocatedImage,
): { readonly verdict: Verdict; readonly scope: ScopeSelection } | undefined {
  const subject = policySubject(image);
  const scope = selectScope(policy, subject);
  const { decisive, warning } = planEvidence(scope.requirements);
  if (!isNothing(decisive)) return undefined;
  if (isNothing(warning)) return { verdict: judge(scope.requirements, subject, noEvidence), scope };
  // what is rejected whatever is found is not looked at for the sake of warnings
  const [first, ...others] = scope.requirements.filter(({ type }) => type !== "warn");
  const verdict = first && judge([first, ...others], subject, noEvidence);
  return verdict?.allowed === false ? { verdict, scope } : undefined;
}

/** Whether an image may run whatever is found: what is left to find out can but lead to warnings. */
export function isOnlyWarnedOf(policy: Policy, image: LocatedImage): boolean {
  return selectScope(policy, policySubject(image)).requirements.every(refusesNothing);
}

function needsOf(requirement: EnforcedRequirement): Needs {
  switch (requirement.type) {
    case "insecureAcceptAnything":
    case "reject":
    case "signedBaseLayer":
      return noNeeds;
    case "anyOf":
      return together(
        upTo(requirement.alternatives, (one) => foregoneTogether(one) === "holds").map((alternative) =>
          together(upTo(alternative, (one) => foregone(one) === "fails").map(needsOf)),
        ),
      );
    default:
      return signatureNeeds(requirement);
  }
}

/** The first items, up to and with the first that ends it. */
export function upTo<T>(items: readonly T[], ends: (item: T) => boolean): readonly T[] {
  const last = items.findIndex(ends);
  return last < 0 ? items : items.slice(0, last + 1);
}
