import { execFile } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { makeScratch } from "./scratch.ts";

const bundler = fileURLToPath(new URL("../../tools/bundle.ts", import.meta.url));

let built: Promise<string> | undefined;

/** The command as it is released: bundled, from what lies here now, with a Node beside it. Built once a run. */
export function bundledCountersign(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  const { path } = await makeScratch("bundle");
  process.once("exit", () => rmSync(path, { recursive: true, force: true }));
  await promisify(execFile)(process.execPath, [bundler, path]);
  symlinkSync(process.execPath, join(path, "node"));
  return join(path, "countersign");
}
