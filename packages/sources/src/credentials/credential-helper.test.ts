import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { after, before, describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { helperPrograms } from "./credential-helper.ts";

const { signal } = new AbortController();
const root = temporaryRoot();
const path = process.env["PATH"];
before(() => {
  process.env["PATH"] = `${root.path}/bin:${path}`;
});
after(() => {
  process.env["PATH"] = path;
  root[Symbol.dispose]();
});

function program(name: string, script: string): void {
  chmodSync(root.write(`bin/docker-credential-${name}`, `#!/bin/sh\n${script}\n`), 0o755);
}

describe("a credential helper", () => {
  it("gets the host on its standard input and answers with name and secret", async () => {
    program(
      "echo",
      `[ "$1" = get ] && read host; printf '{"ServerURL":"x","Username":"u","Secret":"for %s"}' "$host"`,
    );
    assert.deepEqual(await helperPrograms(manualTiming())("echo", "h:5000", signal), {
      type: "basic",
      username: "u",
      password: "for h:5000",
    });
  });
  it("gives a refresh token under the name <token>", async () => {
    program("token", `printf '{"Username":"<token>","Secret":"t"}'`);
    assert.deepEqual(await helperPrograms(manualTiming())("token", "h", signal), {
      type: "identityToken",
      token: "t",
    });
  });
  it("may know nothing of the host", async () => {
    program("empty", `echo 'credentials not found in native keychain'; exit 1`);
    assert.equal(await helperPrograms(manualTiming())("empty", "h", signal), undefined);
  });
  it("need not read what it is told", async () => {
    program("deaf", `exec 0<&-; printf '{"Username":"u","Secret":"p"}'`);
    const long = "h".repeat(200_000);
    assert.equal((await helperPrograms(manualTiming())("deaf", long, signal))?.type, "basic");
  });
  it("runs without a shell: the host is data", async () => {
    program("literal", `read host; printf '{"Username":"u","Secret":"%s"}' "$host"`);
    const found = await helperPrograms(manualTiming())("literal", "$(id);`id`", signal);
    assert.deepEqual(found, { type: "basic", username: "u", password: "$(id);`id`" });
  });
});

describe("a credential helper is an error when it", () => {
  const rows: readonly (readonly [why: string, script: string, message: RegExp])[] = [
    [
      "fails",
      "echo 'it is locked'; exit 3",
      /^error getting credentials - err: docker-credential-bad ended with 3, out: "it is locked"$/,
    ],
    [
      "fails and prints a secret all the same",
      `echo '{"Secret":"s3cret"}'; exit 3`,
      /ended with 3, out: \(withheld\)$/,
    ],
    ["is killed", "kill -9 $$", /ended with SIGKILL/],
    [
      "answers with text",
      "echo s3cret",
      /^docker-credential-bad did not answer with JSON: invalid character 's'/,
    ],
    ["answers with a list", "echo '[]'", /^docker-credential-bad did not answer with a JSON object$/],
    ["talks without end", "yes", /^docker-credential-bad wrote more than 65536 bytes$/],
  ];
  for (const [why, script, message] of rows) {
    it(why, async () => {
      program("bad", script);
      await assert.rejects(helperPrograms(manualTiming())("bad", "h", signal), {
        code: "CREDENTIALS_UNREADABLE",
        message,
      });
    });
  }

  it("is not installed", () =>
    assert.rejects(helperPrograms(manualTiming())("nosuch", "h", signal), {
      code: "CREDENTIALS_UNREADABLE",
      message:
        'error getting credentials - err: exec: "docker-credential-nosuch": executable file not found in $PATH, out: ``',
    }));

  for (const name of ["../../bin/x", "a/b", "", "a b", "a\0"]) {
    it(`is called ${JSON.stringify(name)}`, () =>
      assert.rejects(helperPrograms(manualTiming())(name, "h", signal), {
        code: "CREDENTIALS_UNREADABLE",
        message: /is not the name of a credential helper$/,
      }));
  }

  it("hangs, with all it started", async () => {
    program("hangs", "sleep 1000 & wait");
    const timing = manualTiming();
    const asked = helperPrograms(timing)("hangs", "h", signal);
    await timing.untilAwaited(30_000);
    timing.advance(30_000);
    await assert.rejects(asked, {
      code: "CREDENTIALS_UNREADABLE",
      message: "docker-credential-hangs gave no answer within 30s",
    });
  });
});

describe("asking a credential helper ends", () => {
  it("before it begins, when the caller is gone", () =>
    assert.rejects(helperPrograms(manualTiming())("echo", "h", AbortSignal.abort()), { code: "CANCELLED" }));
  it("when the caller goes", async () => {
    program("slow", "sleep 1000");
    const timing = manualTiming();
    const caller = new AbortController();
    const asked = helperPrograms(timing)("slow", "h", caller.signal);
    await timing.untilAwaited(30_000);
    caller.abort();
    await assert.rejects(asked, { code: "CANCELLED" });
  });
});
