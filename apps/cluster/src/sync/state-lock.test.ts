import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rename, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import type { CountersignError } from "@countersign/engine/values/error";
import { holdDirectory, type StateLock } from "./state-lock.ts";

describe("holdDirectory", () => {
  let root: string;
  let directory: string;
  const children: ChildProcess[] = [];
  const locks: StateLock[] = [];
  const servers: Server[] = [];
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "countersign-lock-"));
    directory = join(root, "gateway");
  });
  afterEach(async () => {
    for (const lock of locks.splice(0)) await lock.release();
    for (const server of servers.splice(0)) server.close();
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await rm(root, { recursive: true });
  });

  async function hold(what = "one"): Promise<StateLock> {
    const lock = await holdDirectory(directory, what);
    locks.push(lock);
    return lock;
  }

  /** Another process that holds the directory. */
  async function another(): Promise<ChildProcess> {
    const module = JSON.stringify(join(import.meta.dirname, "state-lock.ts"));
    const program = `const { holdDirectory } = await import(${module});
      await holdDirectory(${JSON.stringify(directory)}, "another one");
      console.log("held");
      setInterval(() => {}, 60_000);`;
    const child = spawn(process.execPath, ["--input-type=module", "--eval", program]);
    children.push(child);
    await once(child.stdout, "data");
    return child;
  }

  it("holds it against everybody else, who is told by whom and what to do", async () => {
    await hold("countersign sync --target gateway");
    await assert.rejects(hold(), {
      code: "STATE_IN_USE",
      message: new RegExp(
        `^${directory} is in use by "process ${process.pid} on \\S+, countersign sync --target gateway": .*stop that one, .*--state-dir$`,
      ),
    });
  });

  it("lets go of it, and leaves nothing behind", async () => {
    const lock = await hold();
    await lock.requireHeld();
    await lock.release();
    assert.deepEqual(await readdir(directory), []);
    await (await hold()).requireHeld();
  });

  it("takes it from a process that was killed, and from none that lives", async () => {
    const child = await another();
    await assert.rejects(hold(), { message: new RegExp(`process ${child.pid} on \\S+, another one`) });
    child.kill("SIGKILL");
    await once(child, "exit");
    await (await hold()).requireHeld();
    assert.deepEqual(await readdir(directory), ["lock"]);
  });

  it("believes one alive that is stopped and says nothing", async () => {
    const child = await another();
    child.kill("SIGSTOP");
    await assert.rejects(hold(), { message: /in use by a process that does not say who it is/ });
  });

  it("holds a directory with a name as long as names may be", async () => {
    directory = join(root, "d".repeat(200), "e".repeat(200));
    await hold();
    await assert.rejects(hold(), { code: "STATE_IN_USE" });
  });

  it("says so where there can be no socket", async () => {
    await writeFile(join(root, "file"), "");
    directory = join(root, "file", "gateway");
    await assert.rejects(hold(), {
      code: "CONFIG_INVALID",
      message: /cannot be held by a socket in it: .*--state-dir/,
    });
  });

  const inItsPlace: readonly [string, string, (place: string) => Promise<unknown>][] = [
    ["a file", "a file", (place) => writeFile(place, "not a socket")],
    ["a directory", "a directory", (place) => mkdir(place)],
    ["a directory with a file", "a directory", (place) => mkdir(join(place, "more"), { recursive: true })],
    ["a link that leads nowhere", "a link", (place) => symlink("/nonexistent/lock", place)],
    ["a link to itself", "a link", (place) => symlink("lock", place)],
  ];
  for (const [what, called, make] of inItsPlace) {
    it(`leaves ${what} in the place of the socket where it is, and says what to do`, async () => {
      await mkdir(directory);
      await make(join(directory, "lock"));
      await assert.rejects(hold(), {
        code: "CONFIG_INVALID",
        message: new RegExp(`^${join(directory, "lock")} is ${called}, .*: remove it, or .* --state-dir$`),
      });
      assert.deepEqual(await readdir(directory), ["lock"]);
    });
  }

  /** Somebody else's program that listens in the socket's place. */
  async function listening(answer: (caller: Socket) => void): Promise<void> {
    await mkdir(directory);
    const server = createServer((caller) => answer(caller.on("error", () => {})));
    await once(server.listen(join(directory, "lock")), "listening");
    servers.push(server);
  }

  it("tells in quotation marks, and not at any length, who says it holds it", async () => {
    await listening((caller) => caller.end(`\u001b[31mnobody\u009b2J\nall is "well" ${"x".repeat(5_000)}`));
    await assert.rejects(hold(), (error: CountersignError) => {
      assert.equal(error.code, "STATE_IN_USE");
      assert.match(error.message, /in use by "\?\[31mnobody\?\?2J\?all is \\"well\\" x+": two syncs/);
      assert.match(error.message, /^[\x20-\x7e]*$/);
      assert.ok(error.message.length < 700);
      return true;
    });
  });

  it("waits no longer for one that says a little now and then", { timeout: 30_000 }, async () => {
    const most = 60;
    let pieces = 0;
    await listening((caller) => {
      const dripping = setInterval(() => {
        caller.write("x");
        if (++pieces === most) caller.end();
      }, 100);
      caller.on("close", () => clearInterval(dripping));
    });
    await assert.rejects(hold(), { code: "STATE_IN_USE", message: /in use by "x+"/ });
    assert.ok(pieces < most, "it waited for the end");
  });

  it("waits for no end of one that says too much", { timeout: 30_000 }, async () => {
    let isOpen = true;
    await listening((caller) => {
      caller.on("close", () => {
        isOpen = false;
      });
      const more = () => {
        while (isOpen && caller.write("x".repeat(10_000)));
      };
      caller.on("drain", more);
      more();
    });
    await assert.rejects(hold(), { code: "STATE_IN_USE", message: /in use by "x{300}"/ });
  });

  it("removes what starts left that were killed, and nothing else", async () => {
    const dead = join(directory, ".lock.0123abcd");
    const young = join(directory, ".lock.00000000");
    for (const left of [dead, young]) {
      const child = await another();
      await rename(join(directory, "lock"), left);
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    await utimes(dead, 0, 0);
    const live = join(directory, ".lock.ffffffff");
    const server = createServer((caller) => caller.end("here"));
    servers.push(server);
    await once(server.listen(live), "listening");
    await utimes(live, 0, 0);
    await writeFile(join(directory, ".lock.12345678"), "a file");
    await utimes(join(directory, ".lock.12345678"), 0, 0);
    await hold();
    assert.deepEqual((await readdir(directory)).sort(), [
      ".lock.00000000",
      ".lock.12345678",
      ".lock.ffffffff",
      "lock",
    ]);
  });

  it("is lost to whoever removed it and took it, and says so", async () => {
    const first = await hold();
    await rm(join(directory, "lock"));
    const second = await hold();
    await assert.rejects(first.requireHeld(), {
      code: "STATE_IN_USE",
      message: /was taken away: nothing is written any more/,
    });
    await first.release();
    await second.requireHeld();
  });

  it("goes to one of many who find it left by a dead one", async () => {
    for (let round = 0; round < 10; round++) {
      const child = await another();
      child.kill("SIGKILL");
      await once(child, "exit");
      const outcomes = await Promise.allSettled(
        Array.from({ length: 8 }, () => holdDirectory(directory, "x")),
      );
      const held: StateLock[] = [];
      for (const outcome of outcomes) {
        if (outcome.status === "rejected") {
          assert.equal((outcome.reason as CountersignError).code, "STATE_IN_USE");
          continue;
        }
        if (
          await outcome.value.requireHeld().then(
            () => true,
            () => false,
          )
        )
          held.push(outcome.value);
        else await outcome.value.release();
      }
      assert.equal(held.length, 1);
      await held[0]?.release();
    }
  });

  it("minds no caller who goes away before he is told", async () => {
    await hold();
    const callers = Array.from({ length: 20 }, () => connect(join(directory, "lock")));
    await Promise.all(callers.map((caller) => once(caller, "connect")));
    for (const caller of callers) caller.destroy();
    await assert.rejects(hold(), { message: /process \d+/ });
  });
});
