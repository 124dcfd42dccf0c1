import {
  chmod,
  chown,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { dirname, join } from "node:path";
import { createDraw, type Draw } from "@countersign/testkit/random/draw";
import { noExcuses, registryAway } from "../questions/excuses.ts";
import type { World } from "../world/world.ts";
import type { Misfortune } from "./misfortune.ts";

const evidenceGone = { ...noExcuses, evidence: true };

/** No room for another byte: what is there can be read, nothing can be added, and nobody else is to notice. */
export const diskFull: Misfortune = {
  name: "disk-full",
  touches: ["evidence"],
  plan(draw) {
    return {
      what: "the evidence's disk is full",
      excuses: evidenceGone,
      lasts: draw.one([500, 1500]),
      async begin({ disk }) {
        await disk.fill();
        return () => disk.empty();
      },
    };
  },
};

type Spoil = (file: string, draw: Draw, others: readonly string[]) => Promise<void>;

const ways: Readonly<Record<string, Spoil>> = {
  "cut short": async (file, draw) => truncate(file, draw.below(2000)),
  "changed in a byte": async (file, draw) => {
    const bytes = await readFile(file);
    const at = draw.below(Math.max(1, bytes.length));
    bytes[at] = (bytes[at] ?? 0) ^ (1 << draw.below(8));
    await writeFile(file, bytes);
  },
  emptied: (file) => writeFile(file, ""),
  "filled with nonsense": (file) => writeFile(file, "{".repeat(10_000)),
  "swapped for another image's": (file, draw, others) =>
    copyFile(others[draw.below(others.length)] ?? file, file).catch(same),
  "left half-written beside": (file) => writeFile(`${file}.new`, "{"),
  "made a directory": async (file) => {
    await rm(file, { force: true });
    await mkdir(file);
  },
  "made a link to nowhere": async (file) => {
    await rm(file, { force: true, recursive: true });
    await symlink("/nowhere", file);
  },
  "made somebody else's": async (file) => {
    await chown(file, 65_534, 65_534);
    await chmod(file, 0o666);
  },
  "made unreadable": (file) => chmod(file, 0),
  "removed with its directory": (file) => removeWhileUsed(dirname(file)),
};

/** Files of evidence that are not what they were: nothing in them is believed, and what is of no use is fetched again. */
export const evidenceSpoilt: Misfortune = {
  name: "evidence-spoilt",
  touches: ["evidence"],
  plan(draw) {
    const seed = draw.below(2 ** 31);
    const names = Object.keys(ways);
    const how = names[draw.below(names.length)] ?? "emptied";
    return {
      what: `evidence is ${how}`,
      excuses: evidenceGone,
      lasts: draw.one([100, 600]),
      async begin(world) {
        const own = createDraw(seed);
        const files = await evidenceFiles(world);
        for (const file of files)
          if (own.chance(0.7)) await ways[how]?.(file, own, files).catch(goneMeanwhile);
        return async () => {};
      },
    };
  },
};

/** The whole directory goes away while the registry does not answer, and comes back empty. */
export const evidenceGoneOffline: Misfortune = {
  name: "evidence-gone",
  touches: ["evidence", "registry"],
  plan(draw) {
    return {
      what: "all evidence is removed while the registry is away",
      excuses: { ...registryAway, creations: registryAway.unknownCreations, evidence: true },
      lasts: draw.one([300, 1000]),
      async begin(world) {
        world.registry.fail(/^/, (_honest, response) => response.socket?.resetAndDestroy());
        for (const folder of await readdir(world.disk.path))
          await removeWhileUsed(join(world.disk.path, folder)).catch(goneMeanwhile);
        return async () => world.registry.heal();
      },
    };
  },
};

/** Somebody may just be writing into it: what comes after it was listed keeps a directory from going. */
function removeWhileUsed(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 5 });
}

async function evidenceFiles({ disk }: World): Promise<readonly string[]> {
  const folders = await readdir(disk.path, { withFileTypes: true });
  const files: string[] = [];
  for (const { name } of folders.filter((entry) => entry.isDirectory())) {
    const folder = join(disk.path, name);
    const entries = await readdir(folder, { withFileTypes: true }).catch(noEntries);
    for (const entry of entries)
      if (entry.isFile() && entry.name.endsWith(".json")) files.push(join(folder, entry.name));
  }
  return files.sort();
}

function noEntries(error: unknown): readonly [] {
  goneMeanwhile(error);
  return [];
}

/** The gateway tidies up and writes too. */
function goneMeanwhile(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (!["ENOENT", "EEXIST", "ENOTEMPTY", "EISDIR", "ENOSPC"].includes(String(code))) throw error;
}

/** It was drawn to be swapped for itself. */
function same(error: unknown): void {
  if (!(error instanceof Error && "code" in error && error.code === "ERR_FS_CP_EINVAL")) goneMeanwhile(error);
}
