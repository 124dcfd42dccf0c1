import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { recordingTerminal } from "../terminal.ts";
import { imageVerifier } from "./image-verifier.ts";

const digest = digestOf(Buffer.from("manifest"));
const mediaType = "application/vnd.oci.descriptor.v1+json";
const descriptor = `{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"${digest}","size":8}\n`;
const question = ["-name", "registry.example/app:v1", "-digest", digest, "-stdin-media-type", mediaType];
/** Time counts from the start of the process, and a busy machine takes more than the usual eight seconds to load it. */
const asked = [...question, "--timeout", "3600"];

let root: TemporaryRoot;
const policy = (name: string) => ["--signature-policy", `${root.path}/${name}.json`];
before(() => {
  root = temporaryRoot();
  root.write("accept.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
  root.write("reject.json", '{"default":[{"type":"reject"}]}');
});
after(() => root[Symbol.dispose]());

async function* chunks(input: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(input);
}

async function run(argv: readonly string[], input = descriptor) {
  const io = recordingTerminal({ HOME: root.path });
  await imageVerifier(argv, io, chunks(input));
  return io.said;
}

describe("countersign image-verifier", () => {
  const rows: ReadonlyArray<readonly [what: string, argv: () => string[], exitCode: number, reason: RegExp]> =
    [
      ["allows with 0", () => [...policy("accept"), ...asked], 0, /^the signature policy allows it\n$/],
      [
        "denies with 1",
        () => [...policy("reject"), ...asked],
        1,
        /^Source image rejected: Running image .* is rejected by policy\.\n$/,
      ],
      ["refuses a wrong setup with 2", () => asked.slice(2), 2, /^-name is missing/],
      ["refuses without a policy with 2", () => [...policy("absent"), ...asked], 2, /no such file/],
      [
        "refuses with 3 what cannot be decided",
        () => [...policy("accept"), ...asked.with(1, `registry.example/app@${digestOf(Buffer.from("x"))}`)],
        3,
        /which is another digest\n$/,
      ],
    ];
  for (const [what, argv, exitCode, reason] of rows) {
    it(`${what}, and says why where containerd reads it`, async () => {
      const said = await run(argv());
      assert.match(said.out, reason);
      assert.equal(said.exitCode, exitCode);
    });
  }

  it("gives a reason of one line that fits into an event, whatever it speaks of", async () => {
    const { out } = await run([`--${"x\n\u001b[2J".repeat(1000)}`, ...asked]);
    assert.match(out, /^[^\p{Cc}]{1,2000}\n$/u);
  });

  it("has not allowed anything as long as it has not answered", async () => {
    const io = recordingTerminal();
    const waiting = imageVerifier([...policy("accept"), "--timeout", "0.001", ...question], io, {
      [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }),
    });
    assert.equal(io.said.exitCode, 3);
    await waiting;
    assert.equal(io.said.exitCode, 3);
    assert.match(io.said.out, /^not decided within /);
  });

  it("prints help", async () => {
    const said = await run(["--help"]);
    assert.match(said.out, /^Usage: countersign image-verifier /);
  });

  it("allows nothing by printing help, should a wrapper say so", async () => {
    const said = await run(["--help", ...asked]);
    assert.equal(said.exitCode, 2);
  });
});

/** Starts the program as containerd does. */
function start(...argv: readonly string[]) {
  const program = new URL("../../bin/countersign", import.meta.url).pathname;
  const child = spawn(program, ["image-verifier", ...argv], { stdio: "pipe", detached: true });
  child.stdin.on("error", () => {}); // it need not read what it does not need
  child.stdin.end(descriptor);
  return { child, ended: once(child, "exit") as Promise<[code: number | null, signal: string | null]> };
}

describe("countersign image-verifier as a process", () => {
  it("exits with 0 and the reason, and nothing on standard error", async () => {
    const { child, ended } = start(...policy("accept"), ...asked);
    assert.deepEqual(await Promise.all([text(child.stdout), text(child.stderr), ended]), [
      "the signature policy allows it\n",
      "",
      [0, null],
    ]);
  });

  it("exits with 1 though nobody listens any more", async () => {
    const { child, ended } = start(...policy("reject"), ...asked);
    child.stdout.destroy();
    child.stderr.destroy();
    assert.deepEqual(await ended, [1, null]);
  });

  it("does not wait for a descriptor that it does not know", async () => {
    const { child, ended } = start(...policy("reject"), ...asked.with(5, "application/unheard-of"));
    assert.match(await text(child.stdout), /^Source image rejected: /);
    assert.deepEqual(await ended, [1, null]);
  });
});
