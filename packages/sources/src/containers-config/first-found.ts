import { CountersignError } from "@countersign/engine/values/error";

/**
 * Asks the registries that a short name may mean, one after the other, until one has the image: that one is meant, and
 * its answer is the answer. Podman and CRI-O go on after any failure, a refused signature too; whoever can spoil the
 * signatures of one registry, or keep it from answering, could so choose which other one an image comes from.
 * Source: docs/decisions/0005-short-names.md.
 * @param ask - throws REGISTRY_NOT_FOUND when there is no such image
 * @throws CountersignError REGISTRY_NOT_FOUND when nobody has it, with every registry's words; or what `ask` throws
 */
export async function firstFound<Candidate, Answer>(
  candidates: readonly [Candidate, ...Candidate[]],
  ask: (candidate: Candidate) => Promise<Answer>,
): Promise<Answer> {
  const missing: string[] = [];
  for (const candidate of candidates) {
    try {
      return await ask(candidate);
    } catch (caught) {
      if (!(caught instanceof CountersignError) || caught.code !== "REGISTRY_NOT_FOUND") throw caught;
      if (candidates.length === 1) throw caught;
      missing.push(caught.message);
    }
  }
  throw new CountersignError("REGISTRY_NOT_FOUND", describePullErrors(missing));
}

/** Source: containers/image pkg/shortnames FormatPullErrors. */
function describePullErrors(errors: readonly string[]): string {
  return `${errors.length} errors occurred while pulling:\n * ${errors.join("\n * ")}`;
}
