import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { peersRoot } from "../e2e/peers/programs.ts";

const install = fileURLToPath(new URL("../e2e/peers/install.sh", import.meta.url));

/** Why rows with a real peer are not measured; undefined if `npm run peers` has been run and it can be used. */
export function peersMissing(): string | undefined {
  const check = spawnSync("bash", [install, "--check"], { encoding: "utf8" });
  if (check.status === 0) return undefined;
  const [fault] = /(?<=FAIL: ).*/.exec(check.stderr ?? "") ?? [];
  return `the peers cannot be used (npm run peers, as root on Debian 12): ${fault ?? "bash is missing"}`;
}

const loaders: Readonly<Record<string, readonly [loader: string, libraries: string]>> = {
  x64: ["usr/lib64/ld-linux-x86-64.so.2", "usr/lib/x86_64-linux-gnu"],
  arm64: ["usr/lib/ld-linux-aarch64.so.1", "usr/lib/aarch64-linux-gnu"],
};

/**
 * A program of the peers' suite by way of that suite's own loader: its usual starter makes a mount namespace first,
 * and those milliseconds are not the program's.
 */
export function peerCommand(name: "cosign" | "skopeo"): readonly [string, ...string[]] {
  const suite = join(peersRoot, "forky");
  const [loader, libraries] = loaders[process.arch] ?? [];
  if (loader === undefined || libraries === undefined) throw new Error(`no peers for ${process.arch}`);
  return [join(suite, loader), "--library-path", join(suite, libraries), join(suite, "usr/bin", name)];
}
