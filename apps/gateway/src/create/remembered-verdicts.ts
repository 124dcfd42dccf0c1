import { formatReference } from "@countersign/engine/values/image-reference";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import { inFlight } from "@countersign/sources/serving/in-flight";
import type { PresentQuestion, PresentVerdict, PresentVerifier } from "./verify-present.ts";

/** What a verdict rests on besides its question: the files that hold trusted keys, and what is kept of the image. */
export interface Foundations {
  /**
   * A name for the content that a judgement of this question would read from this node now; undefined while that
   * cannot be told, because a file is just being written.
   */
  stamp(question: PresentQuestion): Promise<string | undefined>;
}

/** A verifier with a memory. */
export interface RememberedVerdicts extends PresentVerifier {
  /** verdicts in it, those that are out of date included */
  readonly remembered: number;
}

export interface RememberedParts {
  readonly verifier: PresentVerifier;
  readonly foundations: Foundations;
  /** milliseconds of a clock that is never set back */
  now(): number;
}

/**
 * How long a verdict stands although nothing it rests on changed: certificates expire meanwhile. A denial or a warning
 * stands shorter: the image may be signed any moment, and the kubelet asks again and again.
 */
const lifetimeMs = { allowed: 60_000, denied: 10_000 };

/** Images and namespaces of a node, several times over. */
const maxVerdicts = 4096;

/**
 * Verdicts out of date that one new one clears away. What was last asked for more than a lifetime ago is of no use, and without
 * this every change of a policy would leave its verdicts behind until there are too many: a megabyte for a thousand or so.
 */
const swept = 2;

/**
 * Answers equal questions once: the many containers of one image cost one judgement. Equal means the policy's content,
 * the name, the runtime's image with all its names, and everything the judgement read; never the name alone. What could
 * not be decided is asked anew.
 */
export function rememberedVerdicts({ verifier, foundations, now }: RememberedParts): RememberedVerdicts {
  const known = new BoundedCache<string, { readonly verdict: PresentVerdict; readonly until: number }>(
    maxVerdicts,
  );
  const running = inFlight<PresentVerdict>();
  return {
    get remembered() {
      return known.size;
    },
    async verify(question, signal) {
      const stamp = await foundations.stamp(question);
      if (stamp === undefined) return await verifier.verify(question, signal);
      const key = keyOf(question, stamp);
      const remembered = known.get(key);
      if (remembered !== undefined && now() < remembered.until) return remembered.verdict;
      return await running.join(key, signal, async (shared) => {
        const verdict = await verifier.verify(question, shared);
        // Judged by what was there before or after a change? Only an unchanged ground says.
        if ((await foundations.stamp(question)) === stamp) {
          known.sweep(({ until }) => until <= now(), swept);
          known.set(key, { verdict, until: now() + lifetimeOf(verdict) });
        }
        return verdict;
      });
    },
  };
}

function lifetimeOf(verdict: PresentVerdict): number {
  return lifetimeMs[verdict.allowed && verdict.warnings.length === 0 ? "allowed" : "denied"];
}

function keyOf({ asked, present, policy }: PresentQuestion, stamp: string): string {
  return JSON.stringify([
    policy.policy.digest,
    formatReference(asked),
    present.id,
    present.repoTags,
    present.repoDigests,
    stamp,
  ]);
}
