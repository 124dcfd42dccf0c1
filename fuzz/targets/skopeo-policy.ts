import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { unquoteGo } from "../../e2e/differential/go-text.ts";
import { inNewerSuite } from "../../e2e/peers/programs.ts";

/** Lets skopeo load policies. */
export interface PolicyReader {
  /** what skopeo finds wrong with a policy; undefined when it takes it */
  fault(policy: Uint8Array): Promise<string | undefined>;
  close(): Promise<void>;
}

/**
 * One skopeo a policy, but all of them from one shell: getting into the newer suite takes as long as skopeo does. It is
 * asked for a copy from a source that does not exist, which it notices only once it has the policy.
 */
const script = `while read -r order; do skopeo --policy policy.json copy no-such-transport:x dir:y 2>said </dev/null; echo done; done`;

/** @throws Error when skopeo is not installed */
export async function openPolicyReader(): Promise<PolicyReader> {
  const directory = await mkdtemp(join(tmpdir(), "cs-fuzz-"));
  const within = (name: string) => join(directory, name);
  const environment = { PATH: process.env["PATH"], HOME: directory, TZ: "UTC", LC_ALL: "C" };
  const shell = spawn(inNewerSuite, ["sh", "-c", script], {
    cwd: directory,
    env: environment,
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(shell, "exit");
  ended.catch(() => undefined);
  const answers = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  const reader: PolicyReader = {
    async fault(policy) {
      await writeFile(within("policy.json"), policy);
      shell.stdin.write("load\n");
      const { done } = await Promise.race([answers.next(), ended.then(gone)]);
      if (done) gone();
      return faultIn(await readFile(within("said"), "utf8"));
    },
    async close() {
      shell.stdin.end();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
  const first = await reader.fault(Buffer.from('{"default":[{"type":"reject"}]}'));
  if (first !== undefined) throw new Error(`skopeo refuses every policy: ${first}`);
  return reader;
}

function gone(): never {
  throw new Error("skopeo is needed, and does not run; npm run peers installs it");
}

/** @throws Error when skopeo said neither that it has a policy nor what is wrong with it */
function faultIn(said: string): string | undefined {
  const start = said.indexOf(fatal);
  const message = unquoteGo(said.slice(start + fatal.length, said.indexOf("\n", start)));
  if (start !== -1 && message.startsWith("Invalid source name ")) return undefined;
  if (start === -1 || !message.startsWith(refusing))
    throw new Error(`skopeo said what cannot be read: ${said}`);
  return message.slice(refusing.length);
}

const fatal = " level=fatal msg=";
const refusing = 'Error loading trust policy: invalid policy in "policy.json": ';
