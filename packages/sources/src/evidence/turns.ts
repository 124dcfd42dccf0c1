/** Runs what concerns one name one after the other, and what concerns different names at the same time. */
export function turns() {
  const last = new Map<string, Promise<void>>();
  return async (name: string, run: () => Promise<void>): Promise<void> => {
    const before = last.get(name);
    const mine = before === undefined ? run() : before.then(run, run);
    last.set(name, mine);
    try {
      await mine;
    } finally {
      if (last.get(name) === mine) last.delete(name);
    }
  };
}
