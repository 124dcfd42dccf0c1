import type { Policy } from "@countersign/engine/policy/policy";
import { CountersignError } from "@countersign/engine/values/error";
import {
  dropTagIfDigested,
  parseNamedReference,
  toImageReference,
} from "@countersign/engine/values/image-reference";
import type { Platform } from "@countersign/engine/values/manifest";
import type { ImageJudge } from "../judge/image-judge.ts";

export interface Lockout {
  /** images that a policy would refuse, each with why */
  readonly refused: readonly string[];
  /** how many of which that could not be found out */
  readonly unknown: number;
}

/** Which of these images a policy alone would refuse. */
export async function findLockout(
  images: readonly string[],
  policy: Policy,
  platform: Platform,
  judge: ImageJudge,
  signal: AbortSignal,
): Promise<Lockout> {
  const outcomes = await Promise.all(
    images.map(async (image): Promise<"allowed" | { readonly refused: string } | "unknown"> => {
      try {
        const reference = toImageReference(dropTagIfDigested(parseNamedReference(image)));
        const question = { reference, policy, platform, resolves: false, credentials: async () => undefined };
        const judgement = await judge.judge(question, signal);
        return judgement.allowed ? "allowed" : { refused: `${image} (${judgement.code})` };
      } catch (caught) {
        if (caught instanceof CountersignError) return "unknown";
        throw caught;
      }
    }),
  );
  return {
    refused: outcomes.flatMap((outcome) => (typeof outcome === "object" ? outcome.refused : [])),
    unknown: outcomes.filter((outcome) => outcome === "unknown").length,
  };
}
