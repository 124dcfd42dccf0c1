import { lstat, readFile, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { makeDirectory } from "@countersign/sources/files/make-directory";
import { writeAtomically } from "@countersign/sources/files/write-atomically";
import { severalAtOnce } from "../several-at-once.ts";
import { parseOwnership, printOwnership } from "./ownership.ts";

/** Files of a node that this program wrote, and no others. */
export interface OwnedFiles {
  /**
   * Makes the node have exactly these of them: writes what changed, and removes what is no longer among them.
   * @param wanted absolute path → content
   * @param last of them, written when all others are, and after what is no longer wanted is gone
   * @returns paths that were written or removed
   * @throws CountersignError CONFIG_INVALID for a file of somebody else; then nothing was changed
   */
  replace(wanted: ReadonlyMap<string, string>, last?: ReadonlySet<string>): Promise<readonly string[]>;
  /** Has the next {@link replace} read every file again, and mend what somebody else changed. */
  recheck(): void;
}

/**
 * Which files are whose is remembered beside the state, written before a file is: after a crash some of them may not be
 * there, but none is there that is not remembered.
 * @param adopts paths that are taken over if somebody else wrote them
 */
export function ownedFiles(stateDirectory: string, adopts: ReadonlySet<string>): OwnedFiles {
  const ledger = join(stateDirectory, "owned-files.json");
  /** what was written or seen last: ten thousand files are not read again for each change of one */
  const known = new Map<string, Digest>();

  async function remember(paths: Iterable<string>): Promise<void> {
    await makeDirectory(stateDirectory, 0o700);
    await writeAtomically(ledger, printOwnership(paths), 0o600);
  }

  async function write({ path, content }: Change): Promise<void> {
    known.delete(path);
    try {
      await writeAtomically(path, content, 0o644);
    } catch (error) {
      if (!isMissing(error)) throw error;
      await makeDirectory(dirname(path), 0o755);
      await writeAtomically(path, content, 0o644);
    }
    known.set(path, digestOf(Buffer.from(content)));
  }

  return {
    async replace(wanted, last = new Set()) {
      const owned = parseOwnership(await contentOf(ledger));
      const changed = await changedOf(wanted, known);
      const foreign = changed.find(({ path, isThere }) => isThere && !owned.has(path) && !adopts.has(path));
      if (foreign !== undefined) throw notOurs(foreign.path);
      const obsolete = [...owned].filter((path) => !wanted.has(path));
      if (changed.length === 0 && obsolete.length === 0) return [];
      if ([...wanted.keys()].some((path) => !owned.has(path))) await remember([...owned, ...wanted.keys()]);
      await severalAtOnce(
        changed.filter(({ path }) => !last.has(path)),
        write,
      );
      await severalAtOnce(obsolete, async (path) => {
        known.delete(path);
        await rm(path, { force: true });
      });
      await severalAtOnce(
        changed.filter(({ path }) => last.has(path)),
        write,
      );
      if (obsolete.length > 0) await remember(wanted.keys());
      return [...changed.map(({ path }) => path), ...obsolete];
    },
    recheck: () => known.clear(),
  };
}

interface Change {
  readonly path: string;
  readonly content: string;
  readonly isThere: boolean;
}

async function changedOf(
  wanted: ReadonlyMap<string, string>,
  known: Map<string, Digest>,
): Promise<readonly Change[]> {
  const changes: Change[] = [];
  for (const [path, content] of wanted) {
    const digest = digestOf(Buffer.from(content));
    const before = known.get(path);
    if (before === digest) continue;
    if (before !== undefined) {
      changes.push({ path, content, isThere: true });
      continue;
    }
    const there = await contentOf(path);
    if (there !== undefined && digestOf(there) === digest) known.set(path, digest);
    else changes.push({ path, content, isThere: there !== undefined || (await isLink(path)) });
  }
  return changes;
}

async function contentOf(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** A link that leads nowhere is somebody's as well: a program was to find something else there. */
async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function notOurs(path: string): CountersignError {
  return new CountersignError(
    "CONFIG_INVALID",
    `${path} was not written by countersign sync, and is left alone; remove it, or let it be taken over with --adopt ${path}`,
  );
}
