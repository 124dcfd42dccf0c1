import { stat } from "node:fs/promises";
import { dirname } from "node:path";
import type { Hint } from "@countersign/engine/policy/lint/hint";

const othersWrite = 0o002;
const sticky = 0o1000;

/**
 * Who may write a policy or a key decides what runs. A file counts as theirs, too, if they may put another one in its
 * place.
 * @param path where the policy names the file; `""` for the policy itself
 */
export async function writableHints(file: string, path: string): Promise<readonly Hint[]> {
  const open = (await allowsWriting(file, 0)) ? file : undefined;
  const directory = dirname(file);
  const culprit = open ?? ((await allowsWriting(directory, sticky)) ? directory : undefined);
  if (culprit === undefined) return [];
  return [
    {
      code: "FILE_WRITABLE_BY_ALL",
      path,
      message: `everybody on this machine may write ${culprit}, and so decide what may run`,
      remedy: `chmod o-w ${culprit}`,
    },
  ];
}

/** @param unless a mode bit that makes writing harmless. What cannot be looked at is told elsewhere. */
async function allowsWriting(path: string, unless: number): Promise<boolean> {
  try {
    const { mode } = await stat(path);
    return (mode & othersWrite) !== 0 && (mode & unless) === 0;
  } catch {
    return false;
  }
}
