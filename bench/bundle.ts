import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const root = new URL("../", import.meta.url);

let built: Promise<string> | undefined;

/** The command as it is released: bundled, and built from what lies here now. Built once a run. */
export function bundledCountersign(): Promise<string> {
  built ??= build();
  return built;
}

async function build(): Promise<string> {
  await promisify(execFile)(process.execPath, [fileURLToPath(new URL("tools/bundle.ts", root))]);
  return fileURLToPath(new URL("dist/countersign", root));
}
