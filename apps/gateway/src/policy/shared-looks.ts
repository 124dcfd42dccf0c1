import type { FileIdentity } from "./file-version.ts";
import type { PolicyFiles } from "./policy-files.ts";

/**
 * Looks at a path once for all who ask before the look begins: a pod's containers, or a node's that boots, come as a burst in
 * one reading of the socket. It begins when everybody who asks in this turn of the event loop's microtasks has asked, so that
 * what each is told was seen after its question; a look that has begun is shared with nobody who comes later.
 */
export function sharedLooks(files: PolicyFiles): PolicyFiles {
  const awaited = new Map<string, Promise<FileIdentity | undefined>>();
  return {
    identify(path) {
      const shared = awaited.get(path);
      if (shared !== undefined) return shared;
      const look = Promise.resolve().then(() => {
        awaited.delete(path);
        return files.identify(path);
      });
      awaited.set(path, look);
      return look;
    },
    read: (path) => files.read(path),
  };
}
