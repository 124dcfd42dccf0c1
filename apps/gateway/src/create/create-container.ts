import { acceptsAnyImage, refusesNoImage } from "@countersign/engine/policy/accepts-any-image";
import { selectionName } from "@countersign/engine/policy/select-scope";
import { CountersignError } from "@countersign/engine/values/error";
import type { Warning } from "@countersign/engine/verify/warnings";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import type { Timing } from "@countersign/sources/timing";
import type { Gate, GateAnswer, GatedCall, RpcStatus, RuntimeClient } from "../gate.ts";
import type { PolicyInForce, PolicySource } from "../policy/policy-store.ts";
import { stoppingMs } from "../pull/pull-to-its-end.ts";
import { type RuntimeImages, RuntimeRefusal, runtimeImages } from "../pull/runtime-images.ts";
import type { TagMoves } from "../pull/tag-moves.ts";
import type { Decision, DecisionRecorder } from "../record/decision.ts";
import { allowed, denied, failure, type Outcome } from "../record/outcome.ts";
import { denialStatus, errorStatus, volumeStatus } from "../rpc-status.ts";
import { type CreatedImage, type CreateRequest, createOf, decodeCreateRequest } from "./create-request.ts";
import { type CreationJudge, findPresent, isCheckpoint, judgeCreated } from "./judge-created.ts";
import type { PodNamespaces } from "./pod-namespaces.ts";
import type { CheckpointRule } from "./restore-pod.ts";
import type { PresentVerdict } from "./verify-present.ts";

export const createContainerPath = "/runtime.v1.RuntimeService/CreateContainer";

export interface CreateContainerParts extends CreationJudge {
  readonly policies: PolicySource;
  readonly namespaces: PodNamespaces;
  readonly tags: Pick<TagMoves, "watch">;
  readonly runtime: RuntimeClient;
  readonly recorder: DecisionRecorder;
  readonly checkpoints: CheckpointRule;
  readonly timing: Pick<Timing, "sleep">;
  /** milliseconds of a clock that is never set back */
  now(): number;
}

/**
 * The second gate: no container is made from an image that the policy of its pod's namespace does not allow, however
 * the image came to be on the node: the kubelet pulls nothing that is there, and what one namespace may have is there
 * for all.
 */
export function createContainerGate(parts: CreateContainerParts): Gate {
  const likely = new BoundedCache<string, true>(maxLikely);
  return {
    paths: new Set([createContainerPath]),
    async ask(call) {
      const end = parts.recorder.begin("CreateContainer");
      const started = parts.now();
      const facts: Facts = { image: undefined, namespace: "", policy: undefined, verdict: undefined };
      const { answer, record } = await decide(call, facts, likely, parts).catch((caught) =>
        failure(caught, (error) => statusFor(facts.image, errorStatus(error))),
      );
      end({ ...summary(facts), ...record, duration: parts.now() - started });
      return answer;
    },
  };
}

/** What is known so far; filled in while it is decided, so that a failure can be told with it. */
interface Facts {
  /** the one that is judged, or was last */
  image: CreatedImage | undefined;
  namespace: string;
  policy: PolicyInForce | undefined;
  verdict: PresentVerdict | undefined;
}

/** Namespaces whose policy asked for something the last time: there the runtime is asked while the policy is looked at. */
type LikelyJudged = BoundedCache<string, true>;
const maxLikely = 1024;

async function decide(
  call: GatedCall,
  facts: Facts,
  likely: LikelyJudged,
  parts: CreateContainerParts,
): Promise<Outcome> {
  const request = decodeCreateRequest(call.message);
  [facts.image] = request.images;
  const sandbox = await parts.namespaces.sandboxOf(request.sandboxId, call.metadata, call.signal);
  facts.namespace = sandbox.namespace ?? "";
  using watch = parts.tags.watch();
  const asked = request.images.filter((image) => !(parts.checkpoints === "allow" && isCheckpoint(image)));
  const find = () => findAll(asked, runtimeImages(parts.runtime, call.metadata), call.signal);
  const isLikely = likely.get(facts.namespace) === true;
  const finding = isLikely ? find() : undefined;
  facts.policy = await parts.policies.policyFor(sandbox.namespace);
  if (acceptsAnyImage(facts.policy.policy)) {
    likely.delete(facts.namespace);
    return allowed(await createAsWritten(request, sandbox.id, call, parts));
  }
  likely.set(facts.namespace, true);
  const judging = judgeFound(await (finding ?? find()), facts, facts.policy, parts, call.signal);
  const judged = await judging.catch((caught) => warningAtWorst(caught, facts.policy, call.signal));
  if ("answer" in judged) return judged;
  if ("code" in judged) return allowed(await createAsWritten(request, sandbox.id, call, parts), [judged]);
  const { present, warnings } = judged;
  [facts.image] = request.images;
  await watch.hold(tagsOf(present), call.signal, tagPatience);
  const ids = request.images.map((image) => present.get(image)?.id ?? image.spec.image);
  return allowed(await createNamed(createOf(request, sandbox.id, ids), call, parts), warnings);
}

/** What the runtime has of the images that may be used, and what there is to say of them. */
interface Admitted {
  readonly present: ReadonlyMap<CreatedImage, Image>;
  readonly warnings: readonly Warning[];
}

/** @returns the refusal, if one of them may not */
async function judgeFound(
  found: Found,
  facts: Facts,
  policy: PolicyInForce,
  parts: CreateContainerParts,
  signal: AbortSignal,
): Promise<Admitted | Outcome> {
  if (found.type === "failed") {
    facts.image = found.image;
    throw found.error;
  }
  const warnings: Warning[] = [];
  for (const [image, present] of found.present) {
    facts.image = image;
    facts.verdict = undefined;
    facts.verdict = await judgeCreated(image, present, policy, parts, signal);
    if (!facts.verdict.allowed) {
      return denied(facts.verdict.code, statusFor(image, denialStatus(facts.verdict.text)));
    }
    warnings.push(...facts.verdict.warnings);
  }
  return { present: found.present, warnings };
}

/** A policy that only warns keeps no container out, not even one of whose image nothing can be found out. */
function warningAtWorst(caught: unknown, policy: PolicyInForce | undefined, signal: AbortSignal): Warning {
  const isRefused = policy === undefined || !refusesNoImage(policy.policy);
  if (isRefused || caught instanceof RuntimeRefusal || signal.aborted) throw caught;
  const { code, message } = CountersignError.from(caught);
  return { code, reason: message };
}

type Found =
  | { readonly type: "found"; readonly present: ReadonlyMap<CreatedImage, Image> }
  | { readonly type: "failed"; readonly image: CreatedImage; readonly error: unknown };

/** What the runtime has of each image, or the first that it could not tell of. Never rejects: it may come to nothing. */
async function findAll(
  images: readonly CreatedImage[],
  runtime: RuntimeImages,
  signal: AbortSignal,
): Promise<Found> {
  const present = new Map<CreatedImage, Image>();
  for (const image of images) {
    try {
      present.set(image, await findPresent(image, runtime, signal));
    } catch (error) {
      return { type: "failed", image, error };
    }
  }
  return { type: "found", present };
}

/** Milliseconds that a creation waits while its image's tags move; most pulls are over by then, and a kubelet asks again. */
const tagPatience = 10_000;

/** By one of them the runtime looks up what an id means, so they are to stay while it does. */
function tagsOf(present: ReadonlyMap<CreatedImage, Image>): readonly string[] {
  return [...present.values()].flatMap(({ repoTags }) => repoTags);
}

/**
 * Lets the runtime find the images by the names they were given, but in the sandbox whose policy was asked: where its id was
 * only begun, the beginning could be a stricter namespace's by then.
 */
async function createAsWritten(
  request: CreateRequest,
  sandboxId: string,
  call: GatedCall,
  parts: CreateContainerParts,
): Promise<GateAnswer> {
  if (request.sandboxId === sandboxId) return { type: "forward" };
  const written = request.images.map(({ spec }) => spec.image);
  return createNamed(createOf(request, sandboxId, written), call, parts);
}

async function createNamed(
  message: Uint8Array,
  { path, metadata, signal }: GatedCall,
  { runtime, timing }: Pick<CreateContainerParts, "runtime" | "timing">,
): Promise<GateAnswer> {
  const answer = await runtime.unary(path, message, metadata, signal);
  // Its caller has left, and nobody says when the runtime has heard of it: it may still be looking.
  if (signal.aborted) await timing.sleep(stoppingMs, new AbortController().signal);
  if (answer.type === "status") throw new RuntimeRefusal(answer.status);
  return { type: "answer", message: answer.message, metadata: [] };
}

/** An image volume is refused in other words than the container's own image. */
function statusFor(image: CreatedImage | undefined, status: RpcStatus): RpcStatus {
  return image?.role === "volume" ? volumeStatus(status) : status;
}

function summary({
  image,
  namespace,
  policy,
  verdict,
}: Facts): Pick<Decision, "call" | "image" | "resolved" | "namespace" | "digest" | "policy"> {
  const spec = image?.spec;
  return {
    call: "CreateContainer",
    image: spec === undefined ? "" : spec.userSpecifiedImage || spec.image,
    resolved: undefined,
    namespace,
    digest: verdict?.digest,
    policy: policy && {
      file: policy.file,
      digest: policy.policy.digest,
      origin: policy.origin,
      scope: verdict && selectionName(verdict.scope),
    },
  };
}
