import type { OwnedFiles } from "./owned-files.ts";
import type { StateLock } from "./state-lock.ts";

/** Files that are touched as long as their list is held, and by nobody who only believes to hold it. */
export function fencedFiles(files: OwnedFiles, lock: StateLock): OwnedFiles {
  return {
    async replace(wanted) {
      await lock.requireHeld();
      return await files.replace(wanted);
    },
    recheck: files.recheck,
  };
}
