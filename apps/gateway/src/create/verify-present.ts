import { policySubject } from "@countersign/engine/policy/policy-subject";
import { type ScopeSelection, selectScope } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { formatReference, type ImageReference } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { type DenialCode, denialCode } from "@countersign/engine/verify/denial-code";
import type { TrustPorts } from "@countersign/engine/verify/gather-trust";
import type { Clock, ImageSource } from "@countersign/engine/verify/ports";
import {
  type Answer,
  decideWithoutEvidence,
  explainRejection,
  isOnlyWarnedOf,
  verifyImage,
} from "@countersign/engine/verify/verify-image";
import { type Warning, warningsOf } from "@countersign/engine/verify/warnings";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import type { PolicyInForce } from "../policy/policy-store.ts";
import { configOf } from "../pull/manifest-config.ts";
import { candidateDigests, isJudged, requireName } from "./present-image.ts";

export interface PresentQuestion {
  /** the name a pod has for it */
  readonly asked: ImageReference;
  /** what the runtime has */
  readonly present: Image;
  readonly policy: PolicyInForce;
}

export type PresentVerdict =
  | {
      readonly allowed: true;
      readonly scope: ScopeSelection;
      /** undefined when the policy needs nothing but the name, or nothing could be found out of what it warns of */
      readonly digest: Digest | undefined;
      readonly warnings: readonly Warning[];
    }
  | {
      readonly allowed: false;
      readonly scope: ScopeSelection;
      readonly digest: Digest | undefined;
      readonly code: DenialCode;
      /** containers/image's whole text */
      readonly text: string;
    };

/** Judges an image that a runtime already has. Declared by the create gate. */
export interface PresentVerifier {
  /**
   * @param warnBy aborted when nothing more is to be waited for that only warnings need; default `signal`
   * @throws CountersignError when it cannot be decided
   */
  verify(question: PresentQuestion, signal: AbortSignal, warnBy?: AbortSignal): Promise<PresentVerdict>;
}

/** Where what can be known of an image is found: on this node, or in its registry. */
export interface PresentSources {
  /** what was kept of a manifest or index when it was verified; empty if nothing */
  kept(digest: Digest, signal: AbortSignal): Promise<readonly ImageSource[]>;
  /**
   * the image's registry, with the node's own credentials; what is read there is kept
   * @throws CountersignError MANIFEST_DIGEST_MISMATCH when it has something else by that digest, or a registry code
   */
  fetch(image: ImageReference, signal: AbortSignal): Promise<ImageSource>;
}

export interface PresentVerifierParts extends TrustPorts {
  readonly sources: PresentSources;
  readonly clock: Clock;
  readonly platform: Platform;
}

/**
 * Judges by what was kept when the image was verified, and asks the registry only when that does not allow it: nothing
 * was kept (it was preloaded, imported, or pulled for a namespace that asks for no signature), or it was signed since.
 * The image passes when any digest it may have come from is allowed and is shown to be this image. Where its name alone
 * is enough, the runtime has to know it by that name.
 */
export function presentVerifier({ sources, ...rest }: PresentVerifierParts): PresentVerifier {
  async function judge(
    { asked, policy }: PresentQuestion,
    source: ImageSource,
    signal: AbortSignal,
    warnBy: AbortSignal,
  ): Promise<Judged> {
    const configs = new Map<Digest, Digest | undefined>();
    const opener = { open: async () => watched(source, configs) };
    const question = { image: dockerImage(asked), policy: policy.policy, platform: rest.platform };
    const answer = await verifyImage(question, { ...rest, sources: opener }, signal, warnBy);
    const digest = answer.instance ?? answer.digest;
    const config = answer.instance === undefined ? configOf(source.manifest.bytes) : configs.get(digest);
    return { answer, judged: { digest, config } };
  }

  async function judgeAll(
    question: PresentQuestion,
    signal: AbortSignal,
    warnBy: AbortSignal,
  ): Promise<PresentVerdict> {
    const { asked, present } = question;
    const candidates = candidateDigests(present, asked);
    const outcomes = outcomeKeeper(question);
    for (const digest of candidates) {
      for (const source of await sources.kept(digest, signal)) {
        const verdict = await outcomes.of(() => judge(question, source, signal, warnBy), signal);
        if (verdict !== undefined && !isMissingSomething(verdict)) return verdict;
      }
    }
    for (const place of placesOf(asked, candidates)) {
      const verdict = await outcomes.of(
        async () => judge(question, await sources.fetch(place, signal), signal, warnBy),
        signal,
      );
      if (verdict !== undefined) return verdict;
    }
    return outcomes.last();
  }

  return {
    async verify(question, signal, warnBy = signal) {
      const { asked, present } = question;
      const { policy } = question.policy;
      const instant = decideWithoutEvidence(policy, dockerImage(asked));
      if (instant !== undefined) {
        if (instant.verdict.allowed)
          requireName(present, asked, instant.scope.scope === formatReference(asked));
        return atOnce(instant);
      }
      if (!isOnlyWarnedOf(policy, dockerImage(asked))) return await judgeAll(question, signal, warnBy);
      requireName(present, asked, false);
      return await warnedAtWorst(question, signal, () => judgeAll(question, warnBy, warnBy));
    },
  };
}

/** Whatever goes wrong is told, and keeps no image out. */
async function warnedAtWorst(
  { asked, policy }: PresentQuestion,
  signal: AbortSignal,
  judge: () => Promise<PresentVerdict>,
): Promise<PresentVerdict> {
  const scope = selectScope(policy.policy, policySubject(dockerImage(asked)));
  try {
    const verdict = await judge();
    if (verdict.allowed) return verdict;
    const { code, text, digest } = verdict;
    return { allowed: true, scope, digest, warnings: [{ code, reason: text }] };
  } catch (caught) {
    signal.throwIfAborted();
    const { code, message } = CountersignError.from(caught);
    return { allowed: true, scope, digest: undefined, warnings: [{ code, reason: message }] };
  }
}

/** Whether a warning says no more than that something was not kept: the registry may know. */
function isMissingSomething(verdict: PresentVerdict): boolean {
  return verdict.allowed && verdict.warnings.some(({ code }) => code === "EVIDENCE_UNUSABLE");
}

function atOnce(instant: NonNullable<ReturnType<typeof decideWithoutEvidence>>): PresentVerdict {
  const { verdict, scope } = instant;
  if (verdict.allowed) {
    return { allowed: true, scope, digest: undefined, warnings: warningsOf(verdict.requirements) };
  }
  const text = explainRejection(instant);
  return { allowed: false, scope, digest: undefined, code: denialCode(verdict), text };
}

interface Judged {
  readonly answer: Answer;
  readonly judged: { readonly digest: Digest; readonly config: Digest | undefined };
}

/** An image that came without any digest, from an archive, may still be what its tag means in the registry. */
function placesOf(asked: ImageReference, candidates: readonly Digest[]): readonly ImageReference[] {
  const { domain, path } = asked;
  if (candidates.length === 0) return [asked];
  return candidates.map((digest) => ({ domain, path, tag: undefined, digest }));
}

/** Notes what each manifest that is looked at says of its config. */
function watched(source: ImageSource, configs: Map<Digest, Digest | undefined>): ImageSource {
  return {
    physical: source.physical,
    manifest: source.manifest,
    signatures: (manifest, signal) => source.signatures(manifest, signal),
    attachments: (query, signal) => source.attachments(query, signal),
    async instanceManifest(digest, signal) {
      const manifest = await source.instanceManifest(digest, signal);
      configs.set(digest, configOf(manifest.bytes));
      return manifest;
    },
  };
}

/** Remembers why one candidate after the other was not allowed: the most certain reason is given, the last of its kind. */
function outcomeKeeper({ asked, present }: PresentQuestion) {
  let denial: (PresentVerdict & { readonly allowed: false }) | undefined;
  let mismatch: CountersignError | undefined;
  let undecided: CountersignError | undefined;
  let allowed: (PresentVerdict & { readonly allowed: true }) | undefined;
  return {
    /** the verdict if it settles the question */
    async of(ask: () => Promise<Judged>, signal: AbortSignal): Promise<PresentVerdict | undefined> {
      try {
        const { answer, judged } = await ask();
        const { verdict, scope, digest } = answer;
        if (!verdict.allowed) {
          denial = {
            allowed: false,
            scope,
            digest,
            code: denialCode(verdict),
            text: explainRejection(answer),
          };
        } else if (isJudged(present, judged)) {
          allowed = { allowed: true, scope, digest, warnings: warningsOf(verdict.requirements) };
          return allowed;
        } else {
          mismatch = otherImage(asked, present, judged.digest);
        }
      } catch (caught) {
        signal.throwIfAborted();
        undecided = CountersignError.from(caught);
      }
      return undefined;
    },
    /**
     * What is left when no place gave the last word. A denial is known for sure; that another place could not be asked
     * changes nothing about it.
     */
    last(): PresentVerdict {
      const known = allowed ?? denial;
      if (known !== undefined) return known;
      throw mismatch ?? undecided ?? new CountersignError("INTERNAL", "no candidate was judged");
    },
  };
}

function otherImage(asked: ImageReference, present: Image, judged: Digest): CountersignError {
  return new CountersignError(
    "RUNTIME_MISMATCH",
    `the runtime's image ${quote(present.id)} is not the verified ${judged} of ${formatReference(asked)}; ` +
      "remove it from the node and pull it again",
  );
}
