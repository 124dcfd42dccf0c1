import type { Policy } from "@countersign/engine/policy/policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import { formatPlatform } from "@countersign/engine/values/platform";
import { denialCode } from "@countersign/engine/verify/denial-code";
import type { ImageSourceOpener } from "@countersign/engine/verify/ports";
import {
  type Answer,
  decideWithoutEvidence,
  explainRejection,
  isOnlyWarnedOf,
  type Ports,
  verifyImage,
} from "@countersign/engine/verify/verify-image";
import { warningsByRule } from "@countersign/engine/verify/warnings";
import type { CallCredentials } from "@countersign/sources/credentials/call-credentials";
import { sealCredentials } from "@countersign/sources/credentials/seal-credentials";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import type { FairSlots } from "@countersign/sources/serving/fair-slots";
import { inFlight } from "@countersign/sources/serving/in-flight";
import type { ImageJudgement } from "./image-judgement.ts";

/** Which image, under what policy, and with what it is fetched. */
export interface ImageQuestion {
  readonly reference: ImageReference;
  readonly policy: Policy;
  readonly platform: Platform;
  /** whether the digest is wanted also of an image that is allowed whatever it is */
  readonly resolves: boolean;
  /** asked only if the image has to be fetched */
  credentials(): Promise<CallCredentials | undefined>;
}

interface Fetching extends Omit<ImageQuestion, "credentials"> {
  readonly credentials: CallCredentials | undefined;
}

export interface JudgeParts {
  readonly ports: Omit<Ports, "sources">;
  imageSources(call?: CallCredentials): ImageSourceOpener;
  /** bounds what is asked of registries at once */
  readonly slots: FairSlots;
  readonly limits: VerdictLimits;
}

export interface VerdictLimits {
  /** how many verdicts are kept */
  readonly entries: number;
  /** milliseconds for which an image that was allowed stays so */
  readonly allowedForMs: number;
  /** the same of one that was not: whoever signs it now wants to see it admitted */
  readonly deniedForMs: number;
}

interface KeptVerdict {
  readonly judgement: ImageJudgement;
  readonly until: number;
}

/** Judges images by the same engine as `verify`: equal questions at one time once, and the same image once for some time. */
export class ImageJudge {
  readonly #parts: JudgeParts;
  readonly #flights = inFlight<ImageJudgement>();
  readonly #kept: BoundedCache<string, KeptVerdict>;

  constructor(parts: JudgeParts) {
    this.#parts = parts;
    this.#kept = new BoundedCache(parts.limits.entries);
  }

  /** @throws CountersignError when it cannot be decided, or `signal` ended the wait */
  async judge(question: ImageQuestion, signal: AbortSignal): Promise<ImageJudgement> {
    const image = dockerImage(question.reference);
    if (question.resolves || !isOnlyWarnedOf(question.policy, image))
      return await this.#judge(question, signal);
    return await this.#judge(question, signal).catch((caught): ImageJudgement => {
      // What only warns keeps nobody out, whatever keeps us from judging it: nodes would let the image in too.
      const { code, message: reason } = CountersignError.from(signal.aborted ? signal.reason : caught);
      const { rules: policies } = selectScope(question.policy, policySubject(image));
      const warnings = [{ code, reason, rule: undefined }];
      return { allowed: true, digest: question.reference.digest, policies, warnings };
    });
  }

  async #judge(question: ImageQuestion, signal: AbortSignal): Promise<ImageJudgement> {
    const { reference, policy, resolves } = question;
    const certain = decideWithoutEvidence(policy, dockerImage(reference));
    const isEnough = !resolves || reference.digest !== undefined || certain?.verdict.allowed === false;
    if (certain !== undefined && isEnough) {
      return judgementOf({ ...certain, digest: reference.digest, instance: undefined });
    }
    const fetching: Fetching = { ...question, credentials: await question.credentials() };
    const key = keyOf(fetching);
    const kept = reference.digest && this.#recall(key, reference.digest);
    if (kept !== undefined) return kept;
    return await this.#flights.join(key, signal, (within) => this.#verify(fetching, key, within));
  }

  async #verify(question: Fetching, key: string, signal: AbortSignal): Promise<ImageJudgement> {
    const { reference, policy, platform, credentials } = question;
    using _slot = await this.#parts.slots.enter(reference.domain, signal);
    const image = dockerImage(reference);
    const source = await this.#parts.imageSources(credentials).open(image, signal);
    // a tag says which manifest it leads to today; what that one is worth may be known
    const kept = this.#recall(key, await manifestDigest(source.manifest.bytes));
    if (kept !== undefined) return kept;
    const sources: ImageSourceOpener = { open: async () => source };
    const answer = await verifyImage({ image, policy, platform }, { ...this.#parts.ports, sources }, signal);
    const judgement = judgementOf(answer);
    this.#keep(key, answer.digest, judgement);
    return judgement;
  }

  #recall(key: string, digest: Digest): ImageJudgement | undefined {
    const kept = this.#kept.get(`${key} ${digest}`);
    return kept !== undefined && kept.until > this.#parts.ports.clock.now() ? kept.judgement : undefined;
  }

  #keep(key: string, digest: Digest, judgement: ImageJudgement): void {
    const { allowedForMs, deniedForMs } = this.#parts.limits;
    const until = this.#parts.ports.clock.now() + (judgement.allowed ? allowedForMs : deniedForMs);
    this.#kept.set(`${key} ${digest}`, { judgement, until });
  }
}

/** Nothing that the answer depends on may be missing here, the digest apart. */
function keyOf({ reference, policy, platform, credentials }: Fetching): string {
  return [
    policy.digest,
    formatReference(reference),
    formatPlatform(platform),
    sealCredentials(credentials),
  ].join(" ");
}

type Judged = Pick<Answer, "verdict" | "scope" | "instance"> & { readonly digest: Digest | undefined };

function judgementOf(answer: Judged): ImageJudgement {
  const { verdict, scope, digest } = answer;
  const policies = scope.rules;
  const warnings = warningsByRule(verdict.requirements, scope);
  if (verdict.allowed) return { allowed: true, digest, policies, warnings };
  const code = denialCode(verdict);
  return { allowed: false, digest, policies, warnings, code, message: explainRejection(answer) };
}
