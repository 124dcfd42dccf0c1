import { policySubject } from "@countersign/engine/policy/policy-subject";
import { type ScopeSelection, selectionName, selectScope } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import { denialCode } from "@countersign/engine/verify/denial-code";
import {
  decideWithoutEvidence,
  explainRejection,
  isOnlyWarnedOf,
} from "@countersign/engine/verify/verify-image";
import { type Warning, warningsOf } from "@countersign/engine/verify/warnings";
import { firstFound } from "@countersign/sources/containers-config/first-found";
import type { Timing } from "@countersign/sources/timing";
import type { ForwardEnd, Gate, GatedCall, RuntimeClient } from "../gate.ts";
import { parseNamespace } from "../policy/namespace.ts";
import type { PolicyInForce, PolicySource } from "../policy/policy-store.ts";
import type { Decision, DecisionRecorder } from "../record/decision.ts";
import { allowed, denied, failure, type Outcome } from "../record/outcome.ts";
import { denialStatus } from "../rpc-status.ts";
import type { ImageNames } from "./image-names.ts";
import type { ImagePinner, PinnedPull } from "./pin-image.ts";
import { pullCredentials } from "./pull-credentials.ts";
import { decodePullRequest, type PullRequest, pullByFullName, shortNameServer } from "./pull-request.ts";
import { pullToItsEnd, stoppingMs } from "./pull-to-its-end.ts";
import { pullImagePath, runtimeImages } from "./runtime-images.ts";
import type { TagMoves } from "./tag-moves.ts";
import type { PullVerifier } from "./verify-pull.ts";

export interface PullImageParts {
  readonly policies: PolicySource;
  readonly names: ImageNames;
  readonly verifier: PullVerifier;
  readonly pinner: ImagePinner;
  readonly tags: Pick<TagMoves, "move">;
  readonly timing: Pick<Timing, "after" | "sleep">;
  readonly runtime: RuntimeClient;
  readonly recorder: DecisionRecorder;
  /** milliseconds of a clock that is never set back */
  now(): number;
}

/** How often a tag is followed that means something else each time the runtime looks. */
const maxAttempts = 3;

/**
 * The gate itself: no image enters by PullImage unless the policy of the pod's namespace allows it, and what enters
 * is what was verified. Whatever keeps it from deciding refuses the pull.
 */
export function pullImageGate(parts: PullImageParts): Gate {
  return {
    paths: new Set([pullImagePath]),
    async ask(call) {
      const end = parts.recorder.begin("PullImage");
      const started = parts.now();
      const facts: Facts = { image: "", namespace: "" };
      const outcome = await decide(call, facts, parts).catch((caught) => failure(caught));
      end({ ...summary(facts), ...outcome.record, duration: parts.now() - started });
      return outcome.answer;
    },
  };
}

/** What is known of a pull so far; filled in while it is decided, so that a failure can be told with it. */
interface Facts {
  image: string;
  /** the full name for a short one */
  resolved?: string;
  namespace: string;
  policy?: PolicyInForce;
  scope?: ScopeSelection;
  digest?: Digest;
}

async function decide(call: GatedCall, facts: Facts, parts: PullImageParts): Promise<Outcome> {
  const request = decodePullRequest(call.message);
  facts.image = request.image;
  facts.namespace = request.namespace;
  const reading = await parts.names.read(request.image);
  const policy = await parts.policies.policyFor(parseNamespace(request.namespace));
  facts.policy = policy;
  const pull: Pull = { call, request, isShort: reading.isShort, policy, facts, parts };
  const [only, ...others] = reading.candidates;
  if (others.length === 0) return await pullOne(pull, only);
  return await firstFound(reading.candidates, (image) => pullVerified(pull, image));
}

/** One call on its way. */
interface Pull {
  readonly call: GatedCall;
  readonly request: PullRequest;
  readonly isShort: boolean;
  readonly policy: PolicyInForce;
  readonly facts: Facts;
  readonly parts: PullImageParts;
}

async function pullOne(pull: Pull, image: ImageReference): Promise<Outcome> {
  const { policy, facts } = pull;
  if (pull.isShort) facts.resolved = formatReference(image);
  const instant = decideWithoutEvidence(policy.policy, dockerImage(image));
  if (instant !== undefined) {
    facts.scope = instant.scope;
    const { verdict } = instant;
    if (!verdict.allowed) {
      return denied(denialCode(verdict), denialStatus(explainRejection(instant)));
    }
    return await passed(pull, image, warningsOf(verdict.requirements));
  }
  if (!isOnlyWarnedOf(policy.policy, dockerImage(image))) return await pullVerified(pull, image);
  return await passed(pull, image, await warningsAbout(pull, image));
}

/** The pull goes on as it came: whatever the image is, the policy lets it in. */
async function passed(pull: Pull, image: ImageReference, warnings: readonly Warning[]): Promise<Outcome> {
  pull.parts.pinner.passed(image);
  return pull.isShort ? await pullUnverified(pull, image, warnings) : await forwarded(pull, image, warnings);
}

/** What there is to say of an image that comes in anyway; whatever keeps us from judging it is said too. */
async function warningsAbout(
  { call, request, isShort, policy, facts, parts }: Pull,
  image: ImageReference,
): Promise<readonly Warning[]> {
  facts.scope = selectScope(policy.policy, policySubject(dockerImage(image)));
  try {
    const credentials = pullCredentials(request.message.auth, isShort ? shortNameServer : undefined);
    const verdict = await parts.verifier.verify({ image, policy, credentials }, call.signal);
    facts.digest = verdict.allowed ? verdict.image.digest : verdict.digest;
    return verdict.allowed ? verdict.warnings : [{ code: verdict.code, reason: verdict.text }];
  } catch (caught) {
    call.signal.throwIfAborted();
    const { code, message } = CountersignError.from(caught);
    return [{ code, reason: message }];
  }
}

/**
 * What this policy lets in unseen may move a tag that another namespace's container is just made from. Who is first in
 * the tag's line does not wait.
 */
async function forwarded(
  { call, parts }: Pull,
  image: ImageReference,
  warnings: readonly Warning[],
): Promise<Outcome> {
  if (image.tag === undefined) return allowed({ type: "forward" }, warnings);
  const moving = await parts.tags.move(formatReference(image), call.signal);
  const ended = (how: ForwardEnd) => {
    if (how === "answered") moving[Symbol.dispose]();
    else parts.timing.after(stoppingMs, () => moving[Symbol.dispose]());
  };
  return allowed({ type: "forward", ended }, warnings);
}

/** A runtime that takes the short name for another image would bring in one that nobody was asked about. */
async function pullUnverified(
  { call, request, parts }: Pull,
  image: ImageReference,
  warnings: readonly Warning[],
): Promise<Outcome> {
  const images = runtimeImages(parts.runtime, call.metadata);
  using _moving = await parts.tags.move(formatReference(image), call.signal);
  const { bytes } = pullByFullName(request, image);
  const { answer } = await pullToItsEnd(images, bytes, call.signal, parts.timing);
  return allowed({ type: "answer", message: answer, metadata: [] }, warnings);
}

async function pullVerified(
  { call, request, isShort, policy, facts, parts: { verifier, pinner, runtime } }: Pull,
  image: ImageReference,
): Promise<Outcome> {
  if (isShort) facts.resolved = formatReference(image);
  const credentials = pullCredentials(request.message.auth, isShort ? shortNameServer : undefined);
  const images = runtimeImages(runtime, call.metadata);
  const named = isShort ? pullByFullName(request, image) : request;
  let failed: Exclude<PinnedPull["type"], "pulled"> = "tagMoved";
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const verdict = await verifier.verify({ image, policy, credentials }, call.signal);
    facts.scope = verdict.scope;
    facts.digest = verdict.allowed ? verdict.image.digest : verdict.digest;
    if (!verdict.allowed) return denied(verdict.code, denialStatus(verdict.text));
    const pull = await pinner.pull(named, verdict.image, images, call.signal);
    if (pull.type === "pulled") {
      return allowed({ type: "answer", message: pull.answer, metadata: [] }, verdict.warnings);
    }
    failed = pull.type;
  }
  throw failed === "removed" ? alwaysRemoved(image) : alwaysMoved(image);
}

function alwaysMoved(image: ImageReference): CountersignError {
  return new CountersignError(
    "TAG_MOVED",
    `${formatReference(image)} meant another image each time the runtime pulled it than when it was verified; ` +
      "pull it by digest, or wait until the tag stays",
  );
}

function alwaysRemoved(image: ImageReference): CountersignError {
  return new CountersignError(
    "IMAGE_ABSENT",
    `the runtime pulled ${formatReference(image)} and then did not have it, ${maxAttempts} times; ` +
      "something removes images as they arrive, as a kubelet does whose disk is full",
  );
}

function summary({
  image,
  resolved,
  namespace,
  policy,
  scope,
  digest,
}: Facts): Pick<Decision, "call" | "image" | "resolved" | "namespace" | "digest" | "policy"> {
  return {
    call: "PullImage",
    image,
    resolved,
    namespace,
    digest,
    policy: policy && {
      file: policy.file,
      digest: policy.policy.digest,
      origin: policy.origin,
      scope: scope && selectionName(scope),
    },
  };
}
