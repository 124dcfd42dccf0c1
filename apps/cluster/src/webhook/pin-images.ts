import { CountersignError } from "@countersign/engine/values/error";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import type { AdmissionRequest } from "./review/admission-request.ts";
import { explainProblems, statusOf } from "./review/explain-problems.ts";
import { allowed, type PatchOperation, type ReviewAnswer } from "./review/review-answer.ts";
import { imagesInQuestion, judgeAll, type WorkloadParts } from "./review-workload.ts";

/**
 * Writes into pods which manifest their images' tags lead to, keeping the tag: `app:v1@sha256:…`. Only into pods, which
 * nobody's repository has: what makes pods stays as it was written. An image with a digest is left alone, so that asking
 * twice changes nothing more.
 */
export function imagePinner(parts: WorkloadParts) {
  return async (request: AdmissionRequest, signal: AbortSignal): Promise<ReviewAnswer> => {
    const images = imagesInQuestion(request);
    if (images === undefined || !images.placed.isPod) return allowed;
    const unpinned = images.uses.filter(({ image }) => image !== "" && !isPinned(image));
    if (unpinned.length === 0) return allowed;
    const judged = await judgeAll(request, { ...images, uses: unpinned }, parts, true, signal);
    // what is refused is refused by the question that follows this one, in its own words
    const undecided = judged.flatMap(({ problem }) => (problem?.type === "undecided" ? [problem] : []));
    if (undecided.length > 0 && parts.mode === "deny") {
      const message = explainProblems(undecided);
      return { allowed: false, status: statusOf(undecided), message };
    }
    const patch = judged.flatMap(({ use, judgement }): readonly PatchOperation[] => {
      const digest = judgement?.digest;
      if (digest === undefined) return [];
      return [{ op: "replace", path: use.pointer, value: `${use.image}@${digest}` }];
    });
    return { allowed: true, warnings: [], patch };
  };
}

/** A name that cannot be read is refused by who judges it. */
function isPinned(image: string): boolean {
  try {
    return parseNamedReference(image).digest !== undefined;
  } catch (error) {
    if (error instanceof CountersignError) return true;
    throw error;
  }
}
