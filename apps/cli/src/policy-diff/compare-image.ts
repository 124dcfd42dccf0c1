import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { TrustFiles, TrustRepositories } from "@countersign/engine/verify/ports";
import type { Namespace } from "@countersign/gateway/policy/namespace";
import type { ChosenPolicy } from "../policies-in-force.ts";
import { judgeUnder } from "../policy-test/judge-under.ts";
import type { EvidenceFor } from "../policy-test/row-evidence.ts";
import type { AskedImage } from "../policy-test/test-table.ts";
import { scopeText } from "../render/text.ts";
import type { Outcome } from "../report.ts";
import { type ComparedSide, type Comparison, compareSides } from "./comparison.ts";
import { otherKeys } from "./other-keys.ts";
import type { PolicyPair } from "./policy-pair.ts";

/** An image that is asked about under both policies. */
export interface ComparedImage extends Omit<AskedImage, "evidence"> {
  /** as it is written */
  readonly written: string;
  readonly namespace: Namespace | undefined;
  /** undefined: it is not judged, only what is asked of it is compared */
  readonly evidence: AskedImage["evidence"] | undefined;
  /** the key files of each side; the very same, unless the compared policies have keys of their own */
  readonly trustFiles: { readonly before: TrustFiles; readonly after: TrustFiles };
  readonly trustRepositories: TrustRepositories;
}

/**
 * What the change does to one image; undefined where neither side has a policy for it. Both answers come from the same
 * evidence, and are only looked for where the policies ask for different things.
 * @throws CountersignError as choosing or reading a policy does
 */
export async function compareImage(
  compared: ComparedImage,
  pair: PolicyPair,
  evidenceFor: EvidenceFor,
  signal: AbortSignal,
): Promise<Comparison | undefined> {
  const { image, namespace, platform, evidence, trustFiles, trustRepositories } = compared;
  const [old, now] = [await pair.before(namespace), await pair.after(namespace)];
  if (old === undefined && now === undefined) return undefined;
  const [before, after] = [old && sideOf(old, image), now && sideOf(now, image)];
  const sides = compareSides(before, after, await otherKeys(before, after, trustFiles, signal));
  const comparison: Comparison = {
    ...{ type: "image", subject: compared.written, namespace },
    ...sides,
    answers: undefined,
  };
  const isOpen = sides.requirements !== "same" && old !== undefined && now !== undefined;
  if (!isOpen || evidence === undefined) return comparison;
  const found = evidenceFor({ ...compared, evidence }, signal);
  const judge = async (chosen: ChosenPolicy, files: TrustFiles): Promise<Outcome> => {
    const policy = async () => chosen;
    const trust = { trustFiles: files, trustRepositories };
    const question = { image, platform, ...trust, policy, evidence: () => found };
    return (await judgeUnder(question, signal)).judged.outcome;
  };
  const answers = {
    before: await judge(old, trustFiles.before),
    after: await judge(now, trustFiles.after),
  };
  return { ...comparison, answers };
}

function sideOf({ file, because, policy }: ChosenPolicy, image: LocatedImage): ComparedSide {
  const selection = selectScope(policy, policySubject(image));
  return {
    file,
    applies: scopeText({ policy: { file, because, selection } }),
    requirements: selection.requirements,
  };
}
