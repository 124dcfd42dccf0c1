import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { unquoteGo } from "../../e2e/differential/go-text.ts";
import { inNewerSuite } from "../../e2e/peers/programs.ts";

/** Runs one skopeo command again and again, in a directory of its own. */
export interface SkopeoShell {
  /**
   * Writes the files, and runs it.
   * @returns its last word if it failed; undefined if it did not
   */
  run(files: Readonly<Record<string, Uint8Array>>): Promise<string | undefined>;
  /** all that the last run said */
  transcript(): Promise<string>;
  close(): Promise<void>;
}

/**
 * All runs from one shell: getting into the newer suite takes as long as skopeo does.
 * @param command skopeo's arguments, as a shell takes them
 * @throws Error with every run when skopeo is not installed
 */
export async function openSkopeoShell(command: string): Promise<SkopeoShell> {
  const directory = await mkdtemp(join(tmpdir(), "cs-fuzz-"));
  const within = (name: string) => join(directory, name);
  const script = `while read -r order; do timeout -k 1 ${patience} skopeo ${command} >said 2>&1 </dev/null; echo "$?"; done`;
  const shell = spawn(inNewerSuite, ["sh", "-c", script], {
    cwd: directory,
    env: { PATH: process.env["PATH"], HOME: directory, TZ: "UTC", LC_ALL: "C" },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const ended = once(shell, "exit");
  ended.catch(() => undefined);
  const answers = createInterface({ input: shell.stdout })[Symbol.asyncIterator]();
  return {
    async run(files) {
      for (const [name, content] of Object.entries(files)) await writeFile(within(name), content);
      shell.stdin.write("run\n");
      const { done, value } = await Promise.race([answers.next(), ended.then(gone)]);
      if (done) gone();
      if (value === "124" || value === "137") return "skopeo does not end";
      return value === "0" ? undefined : lastWord(await readFile(within("said"), "utf8"));
    },
    transcript: () => readFile(within("said"), "utf8"),
    async close() {
      shell.stdin.end();
      await ended;
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Seconds; gpg goes on for ever about some keys, and would outlive this program. */
const patience = 20;

function gone(): never {
  throw new Error("skopeo is needed, and does not run; npm run peers installs it");
}

/** logrus' fatal line. */
function lastWord(said: string): string {
  const start = said.indexOf(fatal);
  if (start === -1) throw new Error(`skopeo said what cannot be read: ${said}`);
  return unquoteGo(said.slice(start + fatal.length, said.indexOf("\n", start)));
}

const fatal = " level=fatal msg=";
