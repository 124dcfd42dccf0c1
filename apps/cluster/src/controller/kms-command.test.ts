import assert from "node:assert/strict";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setImmediate } from "node:timers/promises";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { kmsCommand } from "./kms-command.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const { signal: unending } = new AbortController();
const uri = "gcpkms://projects/shop/keys/release";
const patienceMs = 30_000;

let count = 0;
function program(script: string): string {
  const path = root.write(`kms${++count}`, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

const ask = (script: string, key = uri, signal = unending, timing: ManualTiming = manualTiming()) =>
  kmsCommand(program(script), timing)(key, signal);
const failing = (message: RegExp) => ({ code: "CONFIG_INVALID", message });

async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const seen = look();
    if (seen !== undefined) return seen;
    await setImmediate();
  }
}

/** A program that nothing but SIGKILL ends, and that started another one; `pid` is there once it runs. */
function hanging(): { readonly script: string; readonly pid: () => Promise<number> } {
  const path = join(root.path, `pid${++count}`);
  const script = `trap '' TERM INT HUP\necho $$ > ${path}.new\nmv ${path}.new ${path}\nsleep 1000 &\nwhile :; do wait; done`;
  return {
    script,
    pid: () => until(() => (existsSync(path) ? Number(readFileSync(path, "utf8")) : undefined)),
  };
}

const untilGone = (pid: number) =>
  until(() => {
    try {
      process.kill(pid, 0);
      return undefined;
    } catch (error) {
      return error;
    }
  });

describe("kmsCommand", () => {
  it("gives what the program prints", async () => {
    assert.equal(await ask("echo a key; echo a remark >&2"), "a key\n");
  });

  for (const key of [
    uri,
    "awskms:///arn:aws:kms:eu-central-1:1:key/a",
    "hashivault://$(touch$IFS.x);`id`|cat&>'\"*?~\\",
  ]) {
    it(`hands over ${key} as the only argument, and no shell sees it`, async () => {
      assert.equal(await ask('printf "%s|%s" "$#" "$1"', key), `1|${key}`);
    });
  }

  for (const key of [
    "--config=/etc/passwd",
    "-v",
    "",
    "release",
    "a b://c",
    "kms://a b",
    "kms://a\nb",
    "kms://a\0b",
    "kms://",
  ]) {
    it(`runs nothing for ${JSON.stringify(key)}`, async () => {
      const ran = join(root.path, `ran${++count}`);
      await assert.rejects(ask(`touch ${ran}`, key), failing(/is no URI of a key; write e\.g\. awskms/));
      assert.equal(existsSync(ran), false);
    });
  }

  it("says that a program is not there", async () => {
    const asked = kmsCommand(join(root.path, "absent"), manualTiming())(uri, unending);
    await assert.rejects(asked, failing(/absent": executable file not found/));
  });

  it("says that a program may not be run", async () => {
    const asked = kmsCommand(root.write("plain", "no program"), manualTiming())(uri, unending);
    await assert.rejects(asked, failing(/plain": EACCES/));
  });

  const ended: ReadonlyArray<readonly [what: string, script: string, message: RegExp]> = [
    ["its last words", "echo first >&2; echo 'no such key' >&2; exit 3", /keys\/release: no such key$/],
    ["how it ended, if it said nothing", "echo half a key; exit 3", /keys\/release: it ended with 3$/],
    ["by which signal, if it said nothing", "kill -9 $$", /keys\/release: it ended with SIGKILL$/],
    ["no more than three hundred characters", "printf '%0999d' 0 >&2; exit 1", /release: 0{300}$/],
    [
      "its last words, however much it said before",
      "head -c 3000000 /dev/zero | tr '\\0' x >&2; printf '\\nlast' >&2; exit 1",
      /release: last$/,
    ],
  ];
  for (const [what, script, message] of ended) {
    it(`tells of a program that fails ${what}`, async () => {
      await assert.rejects(ask(script), failing(message));
    });
  }

  it("ends a program that prints without end", async () => {
    await assert.rejects(
      ask("trap '' TERM PIPE; while :; do echo xxxxxxxxxxxxxxxxxx; done"),
      failing(/wrote more than 65536 bytes/),
    );
  });

  it("takes as much as is allowed", async () => {
    assert.equal((await ask("head -c 65536 /dev/zero")).length, 65536);
  });

  it("ends a program that hangs, though it does not want to end", async () => {
    const timing = manualTiming();
    const { script, pid } = hanging();
    const asked = ask(script, uri, unending, timing);
    const rejected = assert.rejects(asked, failing(/keys\/release gave no answer within 30s/));
    const running = await pid();
    timing.advance(patienceMs - 1);
    process.kill(running, 0);
    timing.advance(1);
    await rejected;
    await untilGone(running);
    assert.equal(timing.awaited, 0);
  });

  it("ends the program when nobody waits for it any more", async () => {
    const stop = new AbortController();
    const timing = manualTiming();
    const { script, pid } = hanging();
    const rejected = assert.rejects(ask(script, uri, stop.signal, timing), { code: "CANCELLED" });
    const running = await pid();
    stop.abort();
    await rejected;
    await untilGone(running);
    assert.equal(timing.awaited, 0);
  });

  it("starts no program when nobody waits from the first", async () => {
    const ran = join(root.path, `ran${++count}`);
    await assert.rejects(ask(`touch ${ran}`, uri, AbortSignal.abort()), { code: "CANCELLED" });
    assert.equal(existsSync(ran), false);
  });
});
