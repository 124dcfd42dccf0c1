/** What tells one version of a file from the next without reading it. Times in nanoseconds since the epoch. */
export interface FileIdentity {
  readonly device: bigint;
  readonly inode: bigint;
  readonly size: bigint;
  readonly modified: bigint;
  /** cannot be set back by `touch`, `cp -p` or an unpacked archive, as `modified` can */
  readonly changed: bigint;
}

/** One consistent version of a file. */
export interface FileVersion {
  readonly identity: FileIdentity;
  readonly bytes: Uint8Array;
}

export function sameIdentity(a: FileIdentity, b: FileIdentity): boolean {
  return (
    a.device === b.device &&
    a.inode === b.inode &&
    a.size === b.size &&
    a.modified === b.modified &&
    a.changed === b.changed
  );
}

/**
 * How old a file must have been when it was read for its identity to stand for its content: a later write within
 * the same tick of the file system's clock leaves every time stamp as it was ("racy git"). The coarsest in use
 * (FAT, some network file systems) tick every two seconds.
 */
const settledAfterMs = 2_500;

/** Whether the file was old enough when it was looked at, milliseconds since the epoch. */
export function isSettled({ modified, changed }: FileIdentity, readAt: number): boolean {
  const newest = modified > changed ? modified : changed;
  return BigInt(Math.floor(readAt)) - newest / 1_000_000n > BigInt(settledAfterMs);
}

/** How often a file that changes under our eyes is read anew before that is an error. */
const maxReads = 5;

/**
 * Reads a file that somebody may be writing to.
 * @returns undefined if it was another one after each reading than before
 */
export async function untornVersion(
  look: () => Promise<FileIdentity | undefined>,
  read: () => Promise<Uint8Array>,
): Promise<FileVersion | undefined> {
  for (let attempt = 0; attempt < maxReads; attempt++) {
    const before = await look();
    const bytes = await read();
    const after = await look();
    if (before !== undefined && after !== undefined && sameIdentity(before, after)) {
      return { identity: before, bytes };
    }
  }
  return undefined;
}
