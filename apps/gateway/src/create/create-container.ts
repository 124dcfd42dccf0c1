import { acceptsAnyImage } from "@countersign/engine/policy/accepts-any-image";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { Gate, GateAnswer, GatedCall, RpcStatus, RuntimeClient } from "../gate.ts";
import type { PolicyInForce, PolicySource } from "../policy/policy-store.ts";
import { RuntimeRefusal, runtimeImages } from "../pull/runtime-images.ts";
import type { TagMoves } from "../pull/tag-moves.ts";
import type { Decision, DecisionRecorder } from "../record/decision.ts";
import { allowed, denied, failure, type Outcome } from "../record/outcome.ts";
import { denialStatus, errorStatus, volumeStatus } from "../rpc-status.ts";
import { type CreatedImage, type CreateRequest, createOf, decodeCreateRequest } from "./create-request.ts";
import { type CreationJudge, findPresent, isPath, judgeCreated } from "./judge-created.ts";
import type { PodNamespaces } from "./pod-namespaces.ts";
import type { CheckpointRule } from "./restore-pod.ts";
import type { PresentVerdict } from "./verify-present.ts";

export const createContainerPath = "/runtime.v1.RuntimeService/CreateContainer";

export interface CreateContainerParts extends CreationJudge {
  readonly policies: PolicySource;
  readonly namespaces: PodNamespaces;
  readonly tags: TagMoves;
  readonly runtime: RuntimeClient;
  readonly recorder: DecisionRecorder;
  readonly checkpoints: CheckpointRule;
  /** milliseconds of a clock that is never set back */
  now(): number;
}

/**
 * The second gate: no container is made from an image that the policy of its pod's namespace does not allow, however
 * the image came to be on the node: the kubelet pulls nothing that is there, and what one namespace may have is there
 * for all.
 */
export function createContainerGate(parts: CreateContainerParts): Gate {
  return {
    paths: new Set([createContainerPath]),
    async ask(call) {
      const end = parts.recorder.begin("CreateContainer");
      const started = parts.now();
      const facts: Facts = { image: undefined, namespace: "", policy: undefined, verdict: undefined };
      const { answer, record } = await decide(call, facts, parts).catch((caught) =>
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

async function decide(call: GatedCall, facts: Facts, parts: CreateContainerParts): Promise<Outcome> {
  const request = decodeCreateRequest(call.message);
  [facts.image] = request.images;
  const namespace = await parts.namespaces.namespaceOf(request.sandboxId, call.metadata, call.signal);
  facts.namespace = namespace ?? "";
  facts.policy = await parts.policies.policyFor(namespace);
  if (acceptsAnyImage(facts.policy.policy)) return allowed({ type: "forward" });

  const judged = request.images.filter(({ spec }) => !(parts.checkpoints === "allow" && isPath(spec.image)));
  const images = runtimeImages(parts.runtime, call.metadata);
  const present = new Map<CreatedImage, Image>();
  for (const image of judged) {
    facts.image = image;
    present.set(image, await findPresent(image, images, call.signal));
  }
  using _still = await parts.tags.hold(
    [...present.values()].flatMap(({ repoTags }) => repoTags),
    call.signal,
  );
  for (const [image, found] of present) {
    facts.image = image;
    facts.verdict = undefined;
    facts.verdict = await judgeCreated(image, found, facts.policy, parts, call.signal);
    if (!facts.verdict.allowed) {
      return denied(facts.verdict.code, statusFor(image, denialStatus(facts.verdict.text)));
    }
  }
  [facts.image] = request.images;
  return allowed(await createJudged(request, present, call, parts.runtime));
}

/** While the tags are held: the runtime looks the id up by one of them. */
async function createJudged(
  request: CreateRequest,
  present: ReadonlyMap<CreatedImage, Image>,
  { path, metadata, signal }: GatedCall,
  runtime: RuntimeClient,
): Promise<GateAnswer> {
  const ids = request.images.map((image) => present.get(image)?.id ?? image.spec.image);
  const answer = await runtime.unary(path, createOf(request, ids), metadata, signal);
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
      scope: verdict && (verdict.scope.scope ?? "default"),
    },
  };
}
