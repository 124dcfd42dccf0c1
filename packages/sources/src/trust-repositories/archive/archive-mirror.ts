import { setImmediate } from "node:timers/promises";
import { quote } from "@countersign/engine/values/go-format";
import { cancellation } from "../../cancellation.ts";
import { refused } from "../tuf-rules.ts";
import type { TufMirror } from "../update-metadata.ts";

/** The longest file that is looked at: to verify each signature of one, all of it is written out anew. */
const maxFile = 512 * 1024;
/** A repository that is told from an old root on would have each of its roots verified. */
const maxRoots = 64;
const targetsFolder = "targets";

/**
 * A mirror whose files lie in memory. Between files it lets others have their turn, so that metadata that was made to take
 * long to verify holds up nobody else, and ends when `signal` does.
 * @param targets - the folder in which targets are; where it has none that is asked for, they are looked for where
 * policy-controller of today looks
 */
export function archiveMirror(
  files: ReadonlyMap<string, Uint8Array>,
  targets: string,
  signal: AbortSignal,
): TufMirror {
  const folder = targets.replace(/^\/+|\/+$/g, "");
  let roots = 0;

  function find(path: string): Uint8Array | undefined {
    if (!path.startsWith(`${targetsFolder}/`)) return files.get(path);
    return files.get(`${folder}${path.slice(targetsFolder.length)}`) ?? files.get(path);
  }

  return {
    async fetch(path, limit) {
      await setImmediate();
      if (signal.aborted) throw cancellation(signal);
      const file = find(path);
      if (file === undefined) return undefined;
      if (path.endsWith(".root.json") && ++roots > maxRoots) {
        throw refused(
          `it has more than ${maxRoots} root.json after that of the TrustRoot; give a newer root`,
        );
      }
      const most = Math.min(limit, maxFile);
      if (file.length > most) throw refused(`${quote(path)} has ${file.length} bytes, not ${most} at most`);
      return file;
    },
  };
}
