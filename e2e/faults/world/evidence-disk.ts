import { execFile } from "node:child_process";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

/** Where the gateway keeps its evidence. */
export interface EvidenceDisk {
  readonly path: string;
  /** a file system of its own, small enough to be filled */
  readonly canBeFull: boolean;
  /** Leaves no room for another byte. */
  fill(): Promise<void>;
  empty(): Promise<void>;
  close(): Promise<void>;
}

/** @param isMounted whether to mount a small file system there, for which one must be root in a mount namespace of one's own */
export async function openEvidenceDisk(path: string, isMounted: boolean): Promise<EvidenceDisk> {
  const run = promisify(execFile);
  await mkdir(path, { recursive: true });
  if (isMounted) await run("mount", ["-t", "tmpfs", "-o", "size=4m,mode=0700", "countersign-evidence", path]);
  const ballast = join(path, "ballast");
  return {
    path,
    canBeFull: isMounted,
    async fill() {
      if (!isMounted) throw new Error(`${path} has all of the machine's room`);
      const file = await open(ballast, "a");
      const piece = Buffer.alloc(4096);
      try {
        for (;;) await file.write(piece);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
      } finally {
        await file.close();
      }
    },
    empty: () => rm(ballast, { force: true }),
    async close() {
      if (isMounted) await run("umount", ["--lazy", path]);
    },
  };
}
