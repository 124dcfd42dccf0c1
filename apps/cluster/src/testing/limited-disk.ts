import { type DiskWrites, systemDisk } from "../sync/disk-writes.ts";

/** A disk with so many bytes for files, and nothing else on it: to write one takes room for what it was as well, as on a real one. */
export interface LimitedDisk extends DiskWrites {
  /** bytes of all files */
  readonly used: number;
  capacity: number;
}

export function limitedDisk(capacity: number): LimitedDisk {
  const sizes = new Map<string, number>();

  async function taking(path: string, content: string, write: () => Promise<void>): Promise<void> {
    const size = Buffer.byteLength(content);
    if (disk.used + size > disk.capacity) throw noSpace();
    await write();
    sizes.set(path, size);
  }

  const disk: LimitedDisk = {
    capacity,
    get used() {
      return [...sizes.values()].reduce((sum, size) => sum + size, 0);
    },
    write: (path, content, mode) => taking(path, content, () => systemDisk.write(path, content, mode)),
    writeDisposable: (path, content, mode) =>
      taking(path, content, () => systemDisk.writeDisposable(path, content, mode)),
    async shrink(path, content) {
      const isDone = await systemDisk.shrink(path, content);
      if (isDone) sizes.set(path, Buffer.byteLength(content));
      return isDone;
    },
    async remove(path) {
      await systemDisk.remove(path);
      sizes.delete(path);
    },
  };
  return disk;
}

function noSpace(): Error {
  return Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC", errno: -28 });
}
