import { join, posix } from "node:path";
import type { TrustFiles } from "@countersign/engine/verify/ports";

/**
 * Reads key and CA files from where a policy repository keeps them: a policy names the places that they have on a node.
 * Of nested directories the innermost counts; files below none are read where the policy says.
 * @param directories as a policy names them, absolute and without a slash at the end → as they are here
 */
export function keyDirectories(directories: ReadonlyMap<string, string>, files: TrustFiles): TrustFiles {
  const innermostFirst = [...directories].sort(([a], [b]) => b.length - a.length);
  return {
    read(path, signal) {
      const named = posix.resolve("/", path);
      for (const [there, here] of innermostFirst) {
        const below = there === "/" ? named : named.slice(there.length);
        const isBelow = named.startsWith(there) && below.startsWith("/");
        if (posix.isAbsolute(path) && isBelow) return files.read(join(here, below), signal);
      }
      return files.read(path, signal);
    },
  };
}
