import type { Digest } from "@countersign/engine/values/digest";
import { wantedFiles } from "../sync/file-standing.ts";
import type { OwnedFiles } from "../sync/owned-files.ts";
import type { PartStore } from "../sync/part-store.ts";

/** What a node keeps, without a disk: five hundred nodes in one process would wait for each other's. */
export interface DiskInMemory {
  readonly store: PartStore;
  readonly files: OwnedFiles;
  /** path → content */
  readonly written: ReadonlyMap<string, string>;
}

export function diskInMemory(): DiskInMemory {
  const parts = new Map<Digest, string>();
  const written = new Map<string, string>();
  let index: string | undefined;

  function forgetOthers(used: ReadonlySet<Digest>): void {
    for (const digest of parts.keys()) if (!used.has(digest)) parts.delete(digest);
  }

  return {
    written,
    store: {
      index: async () => index,
      find: async (digest) => parts.get(digest),
      async keep(digest, text) {
        parts.set(digest, text);
      },
      async forgetOthers(used) {
        forgetOthers(used);
      },
      async settle(applied, used) {
        forgetOthers(used);
        index = applied;
      },
    },
    files: {
      async replace(files) {
        const all = [...wantedFiles(files).values()];
        const wanted = new Map(all.map(({ path, content }) => [path, content]));
        const changed = [...wanted].filter(([path, content]) => written.get(path) !== content);
        const obsolete = [...written.keys()].filter((path) => !wanted.has(path));
        for (const [path, content] of changed) written.set(path, content);
        for (const path of obsolete) written.delete(path);
        return { changed: [...changed.map(([path]) => path), ...obsolete], left: new Map() };
      },
      recheck() {},
    },
  };
}
