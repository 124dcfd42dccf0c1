import type { ScopeSelection } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { type DenialCode, denialCode } from "@countersign/engine/verify/denial-code";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import type { Clock, ImageSourceOpener } from "@countersign/engine/verify/ports";
import { explainRejection, verifyImage } from "@countersign/engine/verify/verify-image";
import { type Warning, warningsOf } from "@countersign/engine/verify/warnings";
import type { CallCredentials } from "@countersign/sources/credentials/call-credentials";
import { sealCredentials } from "@countersign/sources/credentials/seal-credentials";
import type { FairSlots } from "@countersign/sources/serving/fair-slots";
import { inFlight } from "@countersign/sources/serving/in-flight";
import type { Timing } from "@countersign/sources/timing";
import type { PolicyInForce } from "../policy/policy-store.ts";
import { configOf } from "./manifest-config.ts";
import type { VerifiedImage } from "./verified-image.ts";
import { warningDeadline } from "./warning-deadline.ts";

export interface PullQuestion {
  readonly image: ImageReference;
  readonly policy: PolicyInForce;
  readonly credentials: CallCredentials | undefined;
}

export type PullVerdict =
  | {
      readonly allowed: true;
      readonly scope: ScopeSelection;
      readonly image: VerifiedImage;
      readonly warnings: readonly Warning[];
    }
  | {
      readonly allowed: false;
      readonly scope: ScopeSelection;
      readonly digest: Digest;
      readonly code: DenialCode;
      /** containers/image's whole text */
      readonly text: string;
    };

/** Judges the image of a pull by what its registry has. Declared by the gate. */
export interface PullVerifier {
  /** @throws CountersignError when it cannot be decided */
  verify(question: PullQuestion, signal: AbortSignal): Promise<PullVerdict>;
}

export interface VerifierParts extends TrustPorts {
  imageSources(credentials: CallCredentials | undefined): ImageSourceOpener;
  readonly clock: Clock;
  readonly platform: Platform;
  /** one lane per registry */
  readonly slots: FairSlots;
  readonly timing: Pick<Timing, "after">;
  /** of one verification, its wait for a slot not counted; milliseconds */
  readonly patience: number;
}

/**
 * Equal questions asked at the same time are answered once. Credentials are part of what is equal: what one pod's
 * secret may see must not be told to another, and one pod's wrong secret must not fail another's pull.
 */
export function pullVerifier(parts: VerifierParts): PullVerifier {
  const running = inFlight<PullVerdict>();
  return {
    verify: (question, signal) =>
      running.join(keyOf(question), signal, async (shared) => {
        using _slot = await parts.slots.enter(question.image.domain, shared);
        return await withinPatience(question, parts, shared);
      }),
  };
}

function keyOf({ image, policy, credentials }: PullQuestion): string {
  const { digest } = policy.policy;
  return JSON.stringify([
    formatReference(image),
    digest,
    policy.origin,
    policy.file,
    sealCredentials(credentials),
  ]);
}

async function withinPatience(
  question: PullQuestion,
  parts: VerifierParts,
  signal: AbortSignal,
): Promise<PullVerdict> {
  const deadline = new AbortController();
  const late = new CountersignError(
    "DEADLINE_EXCEEDED",
    `verifying ${formatReference(question.image)} took longer than --pull-verify-timeout allows`,
  );
  const called = parts.timing.after(parts.patience, () => deadline.abort(late));
  using warning = warningDeadline(parts.timing, parts.patience, late);
  try {
    return await judge(question, parts, AbortSignal.any([signal, deadline.signal]), warning.signal);
  } catch (error) {
    throw deadline.signal.aborted ? late : error;
  } finally {
    called();
  }
}

async function judge(
  { image, policy, credentials }: PullQuestion,
  { imageSources, trustFiles, trustRepositories, clock, platform }: VerifierParts,
  signal: AbortSignal,
  warnBy: AbortSignal,
): Promise<PullVerdict> {
  const configs = new Map<Digest, Digest>();
  const sources = watched(imageSources(credentials), configs);
  const answer = await verifyImage(
    { image: dockerImage(image), policy: policy.policy, platform },
    { sources, trustFiles, trustRepositories, clock },
    signal,
    warnBy,
  );
  const { verdict, scope, digest } = answer;
  if (!verdict.allowed) {
    return { allowed: false, scope, digest, code: denialCode(verdict), text: explainRejection(answer) };
  }
  const instance = answer.instance ?? digest;
  return {
    allowed: true,
    scope,
    warnings: warningsOf(verdict.requirements),
    image: { reference: image, digest, instance, config: configs.get(instance) },
  };
}

/**
 * The sources as they are, except that it notes the config of each platform's manifest, by which a runtime shows which
 * one it unpacked, and tells signatures that are kept from us from an image that is.
 */
function watched(opener: ImageSourceOpener, configs: Map<Digest, Digest>): ImageSourceOpener {
  return {
    async open(image, openSignal) {
      const source = await opener.open(image, openSignal);
      return {
        physical: source.physical,
        manifest: source.manifest,
        signatures: (manifest, signal) => source.signatures(manifest, signal).catch(asUnreadable),
        attachments: (query, signal) => source.attachments(query, signal).catch(asUnreadable),
        async instanceManifest(digest, signal) {
          const manifest = await source.instanceManifest(digest, signal);
          const config = configOf(manifest.bytes);
          if (config !== undefined) configs.set(digest, config);
          return manifest;
        },
      };
    },
  };
}

/** The image is there and its signatures are not to be had: that is no matter of ErrImagePull. */
function asUnreadable(caught: unknown): never {
  const error = CountersignError.from(caught);
  if (error.code !== "REGISTRY_DENIED" && error.code !== "REGISTRY_NOT_FOUND") throw error;
  throw new CountersignError("SIGNATURE_UNREADABLE", error.message, { cause: error });
}
