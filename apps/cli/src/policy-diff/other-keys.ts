import { planEvidence, trustFilesOf } from "@countersign/engine/verify/plan";
import type { TrustFiles } from "@countersign/engine/verify/ports";
import type { ComparedSide } from "./comparison.ts";

/**
 * The key and CA files that both sides name and that are not the same: a key that was changed in its place changes what
 * is accepted as much as one with another name.
 */
export async function otherKeys(
  before: ComparedSide | undefined,
  after: ComparedSide | undefined,
  files: { readonly before: TrustFiles; readonly after: TrustFiles },
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (files.before === files.after || before === undefined || after === undefined) return [];
  const named = trustFilesOf(planEvidence(before.requirements));
  const both = [...trustFilesOf(planEvidence(after.requirements))].filter((path) => named.has(path));
  const isOther = await Promise.all(
    both.map(async (path) => {
      const [old, now] = [
        await contentOf(path, files.before, signal),
        await contentOf(path, files.after, signal),
      ];
      return old !== now;
    }),
  );
  return both.filter((_, at) => isOther[at]);
}

/** Of a file that cannot be read it only counts that it cannot: judging by it will tell why. */
async function contentOf(path: string, files: TrustFiles, signal: AbortSignal): Promise<string | undefined> {
  try {
    return Buffer.from(await files.read(path, signal)).toString("base64");
  } catch {
    return undefined;
  }
}
