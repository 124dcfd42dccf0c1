import { type CountersignError, CountersignError as Failure } from "@countersign/engine/values/error";
import {
  dropTagIfDigested,
  type ImageReference,
  parseNamedReference,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import type { Platform } from "@countersign/engine/values/manifest";
import type { ImageJudge } from "./judge/image-judge.ts";
import type { ImageJudgement } from "./judge/image-judgement.ts";
import type { PoliciesInForce } from "./judge/policy-question.ts";
import type { PodCredentials, PullCredentials } from "./judge/pull-secrets.ts";
import type { AdmissionRequest } from "./review/admission-request.ts";
import {
  explainProblems,
  type ImageProblem,
  statusOf,
  toldOnly,
  warningTexts,
} from "./review/explain-problems.ts";
import { type ImageUse, imageUses } from "./review/image-uses.ts";
import { invalid, objectMember, textMember, textsMember } from "./review/json-members.ts";
import { isMirrorPod } from "./review/mirror-pod.ts";
import { type PlacedPodSpec, podKinds, podSpecOf } from "./review/pod-spec.ts";
import { pullingOf } from "./review/pulling.ts";
import { allowed, type ReviewAnswer } from "./review/review-answer.ts";

export interface WorkloadParts {
  readonly policies: PoliciesInForce;
  readonly judge: ImageJudge;
  readonly pullCredentials: PullCredentials;
  /** the machines' for which no object says otherwise */
  readonly platform: Platform;
  /** whether what is refused is only warned of */
  readonly mode: "deny" | "warn";
}

/** More different images than any pod of use has. */
const maxImages = 256;

/** What is asked of an object whose images are to be judged. */
export interface ImagesInQuestion {
  readonly placed: PlacedPodSpec;
  /** those that the object did not have before */
  readonly uses: readonly ImageUse[];
}

/**
 * The images that an object would newly bring to nodes.
 * @returns undefined if there are none to look at: it is deleted, changes no image, or tells of a static pod
 * @throws CountersignError REVIEW_INVALID, TOO_LARGE
 */
export function imagesInQuestion(request: AdmissionRequest): ImagesInQuestion | undefined {
  const { operation, kind, object, oldObject } = request;
  if (operation === "DELETE" || operation === "CONNECT" || isMirrorPod(request)) return undefined;
  const metadata = objectMember(object, "metadata", "object");
  const isGoing = textMember(metadata, "deletionTimestamp", "object.metadata") !== "";
  // what is only being made cannot be on its way out, whatever its author writes there
  if (operation === "UPDATE" && isGoing) return undefined;
  const placed = podSpecOf(kind, object);
  if (placed === undefined) {
    throw invalid(
      "request.kind",
      `${kind.group}/${kind.kind} is none of ${[...podKinds].join(", ")}; take it out of the webhook's rules`,
    );
  }
  const before = operation === "UPDATE" ? podSpecOf(kind, oldObject) : undefined;
  const old = new Set(before === undefined ? [] : imageUses(before).map(({ image }) => image));
  const uses = imageUses(placed).filter(({ image }) => !old.has(image) && (image !== "" || placed.isPod));
  if (uses.length === 0) return undefined;
  const different = new Set(uses.map(({ image }) => image)).size;
  if (different <= maxImages) return { placed, uses };
  throw new Failure(
    "TOO_LARGE",
    `${different} different images are more than the ${maxImages} that are looked at`,
  );
}

/** Judges the images of a pod, or of what makes pods. */
export function workloadReviewer(parts: WorkloadParts) {
  /** @throws CountersignError when it is the request that cannot be answered */
  return async (request: AdmissionRequest, signal: AbortSignal): Promise<ReviewAnswer> => {
    const images = imagesInQuestion(request);
    if (images === undefined) return allowed;
    const judged = await judgeAll(request, images, parts, false, signal);
    const problems = judged.flatMap(({ problem }) => problem ?? []);
    const warnings = judged.flatMap(({ use, judgement }) => (judgement ? warningTexts(use, judgement) : []));
    if (problems.length === 0) return { allowed: true, warnings };
    if (parts.mode === "warn") return { allowed: true, warnings: [...problems.map(toldOnly), ...warnings] };
    return { allowed: false, status: statusOf(problems), message: explainProblems(problems) };
  };
}

export interface JudgedUse {
  readonly use: ImageUse;
  readonly judgement: ImageJudgement | undefined;
  readonly problem: ImageProblem | undefined;
}

/**
 * Asks about each image once, wherever it is used.
 * @param resolves whether the digest is wanted also of images that are allowed whatever they are
 */
export async function judgeAll(
  request: AdmissionRequest,
  { placed, uses }: ImagesInQuestion,
  { policies, judge, pullCredentials, platform }: WorkloadParts,
  resolves: boolean,
  signal: AbortSignal,
): Promise<readonly JudgedUse[]> {
  const { namespace } = request;
  if (namespace === undefined) throw invalid("request.namespace", "it is missing");
  const labels = textsMember(objectMember(request.object, "metadata", "object"), "labels", "object.metadata");
  const policy = await policies.policyFor({ namespace, resource: request.resource, labels });
  const pulling = pullingOf(placed, platform);
  let found: Promise<PodCredentials> | undefined;
  const credentialsFor = async (reference: ImageReference) => {
    found ??= pullCredentials.find(namespace, pulling, signal);
    return (await found).forImage(reference);
  };
  const ask = async (image: string): Promise<ImageJudgement> => {
    const reference = toImageReference(dropTagIfDigested(parseNamedReference(image)));
    const credentials = () => credentialsFor(reference);
    return await judge.judge(
      { reference, policy, platform: pulling.platform, resolves, credentials },
      signal,
    );
  };
  const asked = new Map<string, Promise<ImageJudgement | CountersignError>>();
  for (const { image } of uses) {
    if (!asked.has(image))
      asked.set(
        image,
        ask(image).catch((caught) => failureOf(caught, signal)),
      );
  }
  return await Promise.all(
    uses.map(async (use): Promise<JudgedUse> => {
      const judgement = await (asked.get(use.image) as Promise<ImageJudgement | CountersignError>);
      if (judgement instanceof Failure) {
        return { use, judgement: undefined, problem: { type: "undecided", use, error: judgement } };
      }
      const problem = judgement.allowed ? undefined : ({ type: "denied", use, denial: judgement } as const);
      return { use, judgement, problem };
    }),
  );
}

/** Whatever ends a wait that the deadline ended is the deadline. */
function failureOf(caught: unknown, signal: AbortSignal): CountersignError {
  return Failure.from(signal.aborted && signal.reason instanceof Failure ? signal.reason : caught);
}
