import { readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { startContainerd } from "../e2e/peers/containerd.ts";
import { peersMissing } from "./peers.ts";
import { residentMegabytes } from "./process.ts";

/** Resident memory of a containerd 2.1 that has just become ready; undefined if there is none. */
export async function containerdMegabytes(): Promise<number | undefined> {
  if (peersMissing() !== undefined) return undefined;
  const containerd = await startContainerd("2.1", "127.0.0.1:5000/pause:bench");
  try {
    const configuration = join(dirname(containerd.socket), "config.toml");
    return await residentMegabytes(await processWith("containerd", configuration));
  } finally {
    await containerd.close();
  }
}

/** It runs in a process namespace of its own, so whoever started it knows it by another id. */
async function processWith(program: string, argument: string): Promise<number> {
  for (const entry of await readdir("/proc")) {
    const line = /^\d+$/.test(entry) ? await readFile(`/proc/${entry}/cmdline`, "utf8").catch(() => "") : "";
    const [name, ...args] = line.split("\0");
    if (name === program && args.includes(argument)) return Number(entry);
  }
  throw new Error(`no ${program} runs with ${argument}`);
}
