import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const module = fileURLToPath(new URL("./log-output.ts", import.meta.url));

/** Runs a process that logs to `stdout`; killed when it does not end by itself. */
function logging(stdout: string, program: string) {
  const descriptor = openSync(stdout, "w");
  const source = `import { logOutput } from ${JSON.stringify(module)};\nconst output = logOutput();\n${program}`;
  const ended = spawnSync(process.execPath, ["--input-type=module", "-e", source], {
    stdio: ["ignore", descriptor, "pipe"],
    encoding: "utf8",
    timeout: 20_000,
    killSignal: "SIGKILL",
  });
  closeSync(descriptor);
  return { status: ended.status, signal: ended.signal, said: ended.stderr };
}

describe("a log that cannot be written, because its disk is full,", () => {
  it("leaves the process at work, and lets it end", () => {
    const ended = logging(
      "/dev/full",
      'output.write("one\\n"); setTimeout(() => { output.write("two\\n"); process.stderr.write("at work"); }, 300);',
    );
    assert.deepEqual(ended, { status: 0, signal: null, said: "at work" });
  });

  it("lets a process end that fails for another reason", () => {
    const ended = logging("/dev/full", 'output.write("one\\n"); setTimeout(() => process.exit(7), 300);');
    assert.deepEqual(ended, { status: 7, signal: null, said: "" });
  });
});
