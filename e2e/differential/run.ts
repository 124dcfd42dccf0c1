import type { Answer } from "./answer.ts";
import type { Case } from "./case.ts";
import { type Comparison, compare } from "./compare.ts";
import { askCountersign, askCountersignProcess } from "./countersign.ts";
import type { LocalRegistries } from "./registries.ts";
import { prepare } from "./site.ts";
import { askSkopeo } from "./skopeo.ts";

export interface CaseResult {
  readonly dimension: string;
  readonly name: string;
  readonly skopeo: Answer;
  readonly countersign: Answer;
  readonly comparison: Comparison;
}

/**
 * Puts each case to both programs, a few cases at once; results come in the order of the cases.
 * @throws Error that names the case when one of the programs gives no answer at all; no other case is begun then
 */
export async function runCases(
  cases: readonly Case[],
  registries: LocalRegistries,
  directory: string,
  lanes: number,
  signal: AbortSignal,
): Promise<readonly CaseResult[]> {
  const results: CaseResult[] = [];
  const waiting = cases.entries();
  const failed = new AbortController();
  const stopped = AbortSignal.any([signal, failed.signal]);
  const lane = async () => {
    for (const [number, one] of waiting) {
      if (stopped.aborted) return;
      try {
        results[number] = await runCase(one, number, registries, directory, stopped);
      } catch (error) {
        failed.abort(new Error(`${one.dimension}: ${one.name}: no answer`, { cause: error }));
        return;
      }
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  stopped.throwIfAborted();
  return results;
}

/** Starting a process costs thirty times what the question does; that it answers the same shows on a sample. */
const asProcessEvery = 100;

async function runCase(
  one: Case,
  number: number,
  registries: LocalRegistries,
  directory: string,
  signal: AbortSignal,
): Promise<CaseResult> {
  const { dimension, name } = one;
  const asked = prepare(one, number, registries, directory);
  const [skopeo, countersign] = await Promise.all([
    askSkopeo(asked, signal),
    number % asProcessEvery === 0 ? askCountersignProcess(asked, signal) : askCountersign(asked),
  ]);
  return { dimension, name, skopeo, countersign, comparison: compare(skopeo, countersign) };
}
