import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import { type Judged, judgeImage, judgeUnsigned, undecided } from "../judge-image.ts";
import type { ChosenPolicy } from "../policies-in-force.ts";
import type { PolicyInForce } from "../report.ts";
import type { RowEvidence } from "./row-evidence.ts";

/** What a policy says to an image, as far as it could be found out. */
export interface JudgedUnderPolicy {
  readonly policy: PolicyInForce | undefined;
  readonly judged: Judged;
}

/** An image, and what judges it. */
export interface PolicyQuestion extends TrustPorts {
  readonly image: LocatedImage;
  readonly platform: Platform;
  readonly policy: () => Promise<ChosenPolicy>;
  readonly evidence: (signal: AbortSignal) => Promise<RowEvidence>;
}

/** Never throws: what could not be decided is said so, with what the policy asks for. */
export async function judgeUnder(question: PolicyQuestion, signal: AbortSignal): Promise<JudgedUnderPolicy> {
  const { image, platform, trustFiles, trustRepositories } = question;
  let inForce: PolicyInForce | undefined;
  try {
    const { policy, file, because } = await question.policy();
    inForce = { file, because, selection: selectScope(policy, policySubject(image)) };
    const evidence = await question.evidence(signal);
    const judged =
      evidence.type === "unsigned"
        ? judgeUnsigned(policy, image)
        : await judgeImage(
            { image, policy, platform },
            { ...evidence, trustFiles, trustRepositories },
            signal,
          );
    return { policy: inForce, judged };
  } catch (caught) {
    return { policy: inForce, judged: undecided(caught, inForce?.selection?.requirements) };
  }
}
