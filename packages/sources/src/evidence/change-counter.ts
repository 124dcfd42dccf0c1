/** Folders whose last change is remembered; forgetting one counts as a change of all. */
const maxRevisions = 4096;

/** Tells whether a folder changed since somebody looked, without keeping account of every folder for ever. */
export function changeCounter() {
  const last = new Map<string, number>();
  let count = 0;
  let forgotten = 0;
  return {
    changed(folder: string): void {
      last.set(folder, ++count);
      if (last.size <= maxRevisions) return;
      last.clear();
      forgotten = count;
    },
    of: (folder: string): number => last.get(folder) ?? forgotten,
  };
}
