import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, closeSync, createReadStream, openSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { descriptorNotifier, inTurn, programNotifier } from "./notifier.ts";

const state = "READY=1\nSTATUS=serving CRI on unix:///c.sock";

/** Both ways end in a pipe here; e2e/scenarios/handover.test.ts has systemd itself at the other end. */
describe("a notifier", () => {
  it("writes to the descriptor, one message at a time", async () => {
    using place = pipePlace();
    const descriptor = openSync(place.pipe, "r+");
    const notifier = descriptorNotifier(descriptor);
    const heard = place.hear();
    notifier.send(state);
    assert.equal(await heard, state);
    closeSync(descriptor);
  });

  it("hands the program an argument for each variable, and where to send them", async () => {
    using place = pipePlace();
    const notifier = programNotifier({ ...process.env, NOTIFY_SOCKET: place.pipe }, place.program);
    const heard = place.hear();
    notifier.send(state);
    assert.equal(await heard, state);
  });

  it("drops what is out of date while the one before is on its way, and keeps the latest", () => {
    const given: { readonly message: string; readonly sent: () => void }[] = [];
    const notifier = inTurn((message, sent) => given.push({ message, sent }));
    for (const message of ["READY=1", "WATCHDOG=1", "STOPPING=1"]) notifier.send(message);
    given[0]?.sent();
    given[1]?.sent();
    assert.deepEqual(
      given.map(({ message }) => message),
      ["READY=1", "STOPPING=1"],
    );
  });

  it("is not disturbed by a program that is not there", () => {
    programNotifier({}, "/nonexistent/systemd-notify").send(state);
  });
});

/** A pipe, and a program that writes its arguments there, a line each. */
function pipePlace() {
  const root = temporaryRoot();
  const pipe = join(root.path, "pipe");
  assert.equal(spawnSync("mkfifo", [pipe]).status, 0);
  const program = root.write("systemd-notify", '#!/bin/sh\nIFS=\'\n\'; printf %s "$*" >"$NOTIFY_SOCKET"\n');
  chmodSync(program, 0o755);
  return {
    ...{ pipe, program },
    async hear(): Promise<string> {
      const reader = createReadStream(pipe, { encoding: "utf8" });
      const [text] = await once(reader, "data");
      reader.destroy();
      return text;
    },
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}
