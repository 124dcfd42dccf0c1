import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { connectCri } from "@countersign/testkit/cri-client/cri-client";
import { startRuntime } from "@countersign/testkit/runtime/runtime";
import { status } from "@grpc/grpc-js";

const program = fileURLToPath(new URL("./main.ts", import.meta.url));
let home: string;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-terminal-"));
  await writeFile(join(home, "broken.json"), "{");
});

after(() => rm(home, { recursive: true }));

async function statusOf(child: ChildProcess): Promise<unknown> {
  const [code, signal] = await once(child, "close");
  return code ?? signal;
}

describe("a command whose output", () => {
  it("nobody reads any more ends as it would have", async () => {
    const child = spawn(process.execPath, [program, "lint", join(home, "broken.json")]);
    child.stdout.destroy();
    const [status, complaints] = await Promise.all([statusOf(child), text(child.stderr)]);
    assert.deepEqual([status, complaints], [2, ""]);
  });

  it("cannot be written says so and exits 3, never 1, which would mean denied", async () => {
    await using full = await open("/dev/full", "w");
    const child = spawn(process.execPath, [program, "lint", join(home, "broken.json")], {
      stdio: ["ignore", full.fd, "pipe"],
    });
    const [status, complaints] = await Promise.all([statusOf(child), text(child.stderr as Readable)]);
    assert.equal(status, 3);
    assert.match(complaints, /^countersign: cannot write the output: .*\n$/);
  });
});

/** Reads a gateway's log until it says that it serves. */
async function serving(log: Readable): Promise<void> {
  for (let read = ""; !read.includes("serving CRI"); ) {
    const [chunk] = await once(log, "data");
    read += String(chunk);
  }
}

describe("a gateway whose log nobody reads any more", () => {
  it("goes on answering, and drains", async () => {
    const socket = join(home, "cri.sock");
    const child = spawn(process.execPath, [
      ...[program, "gateway", "--listen", `unix://${socket}`],
      ...["--runtime-endpoint", `unix://${join(home, "nobody.sock")}`],
      ...["--signature-policy", join(home, "broken.json")],
    ]);
    const ended = statusOf(child);
    try {
      await serving(child.stdout);
      child.stdout.destroy();
      for (let call = 0; call < 3; call++) {
        // Each connection is told, and the log, that there is no runtime.
        const client = connectCri(socket);
        await assert.rejects(client.version({}), /is unavailable/);
        client.close();
      }
      child.kill("SIGTERM");
      assert.equal(await ended, 0);
    } finally {
      child.kill("SIGKILL");
    }
  });
});

describe("a gateway whose log's reader stalls", () => {
  it("goes on answering, keeps a bounded part of it, and says how much was lost", async () => {
    await using runtime = await startRuntime({ socket: join(home, "runtime.sock") });
    const socket = join(home, "stalled.sock");
    const child = spawn(process.execPath, [
      ...[program, "gateway", "--listen", `unix://${socket}`],
      ...["--runtime-endpoint", `unix://${runtime.socket}`],
      ...["--signature-policy", join(home, "broken.json")],
    ]);
    try {
      await serving(child.stdout);
      child.stdout.pause();
      // Every refusal is a line of the log; together they overfill every buffer.
      using client = connectCri(socket);
      for (let batch = 0; batch < 50; batch++) {
        const pulls = Array.from({ length: 100 }, () =>
          client.pullImage({ image: { image: "registry.example/app:v1" } }, { timeout: 20_000 }),
        );
        const outcomes = await Promise.allSettled(pulls);
        assert.ok(
          outcomes.every((pull) => pull.status === "rejected" && pull.reason.code === status.UNKNOWN),
        );
      }
      const rest = text(child.stdout);
      child.kill("SIGTERM");
      assert.match(await rest, /"lost":[1-9][0-9]*,.*lines were lost/);
    } finally {
      child.kill("SIGKILL");
    }
  });
});
