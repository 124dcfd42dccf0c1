import assert from "node:assert/strict";
import { once } from "node:events";
import {
  chmod,
  lstat,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseEndpoint } from "../runtime/runtime-endpoint.ts";
import { listenOn, listenOnPassed, type OccupiedSocket } from "./listening-socket.ts";

describe("listenOn", () => {
  it("takes the runtime's mode", async () => {
    await using place = await somewhere();
    await place.listen("runtime.sock");
    await chmod(place.at("runtime.sock"), 0o604);
    await place.listen("cri.sock");
    assert.equal((await lstat(place.at("cri.sock"))).mode & 0o777, 0o604);
  });

  it("takes the runtime's owner", {
    skip: process.getuid?.() !== 0 && "only root gives sockets away",
  }, async () => {
    await using place = await somewhere();
    await place.listen("runtime.sock");
    const { chown } = await import("node:fs/promises");
    await chown(place.at("runtime.sock"), 1234, 4321);
    await place.listen("cri.sock");
    const { uid, gid } = await lstat(place.at("cri.sock"));
    assert.deepEqual([uid, gid], [1234, 4321]);
  });

  it("is closed to others while the runtime is not there", async () => {
    await using place = await somewhere();
    await place.listen("cri.sock");
    assert.equal((await lstat(place.at("cri.sock"))).mode & 0o777, 0o660);
  });

  it("leaves nothing else behind, and removes its socket", async () => {
    await using place = await somewhere();
    const socket = await place.listen("cri.sock");
    assert.deepEqual(await readdir(place.directory), ["cri.sock"]);
    await socket.close();
    assert.deepEqual(await readdir(place.directory), []);
  });

  it("replaces a socket that nobody listens on", async () => {
    await using place = await somewhere();
    await place.deadSocket("cri.sock");
    await place.listen("cri.sock", "hello");
    assert.equal(await place.hear("cri.sock"), "hello");
    assert.deepEqual(await readdir(place.directory), ["cri.sock"]);
  });

  it("does not remove a socket that has taken its place", async () => {
    await using place = await somewhere();
    const first = await place.listen("cri.sock");
    await rm(place.at("cri.sock"));
    await place.listen("cri.sock", "second");
    await first.close();
    assert.equal(await place.hear("cri.sock"), "second");
  });
});

describe("a socket that somebody removes", () => {
  it("is noticed, and that it is back", async () => {
    await using place = await somewhere();
    const first = await place.listen("cri.sock", "first");
    assert.equal(first.isGone, false);
    await rename(place.at("cri.sock"), place.at("aside.sock"));
    while (!first.isGone) await once(AbortSignal.timeout(50), "abort");
    await rename(place.at("aside.sock"), place.at("cri.sock"));
    while (first.isGone) await once(AbortSignal.timeout(50), "abort");
  });
});

describe("listenOn, told to take over,", () => {
  it("takes the place of one that listens, who is told and keeps its callers", async () => {
    await using place = await somewhere();
    const first = await place.listen("cri.sock", "first");
    const displaced = once(first.displaced, "abort");
    await place.listen("cri.sock", "second", "take-over");
    assert.equal(await place.hear("cri.sock"), "second");
    await displaced;
    await first.close();
    assert.equal(await place.hear("cri.sock"), "second");
    assert.deepEqual(await readdir(place.directory), ["cri.sock"]);
  });

  it("starts as ever where nobody listens", async () => {
    await using place = await somewhere();
    await place.deadSocket("dead.sock");
    await place.listen("dead.sock", "hello", "take-over");
    await place.listen("cri.sock", "hello", "take-over");
    assert.deepEqual([await place.hear("dead.sock"), await place.hear("cri.sock")], ["hello", "hello"]);
  });

  it("takes over no file and no symbolic link", async () => {
    await using place = await somewhere();
    await place.listen("elsewhere.sock", "undisturbed");
    await symlink(place.at("elsewhere.sock"), place.at("link.sock"));
    await writeFile(place.at("cri.sock"), "precious");
    for (const name of ["link.sock", "cri.sock"])
      await assert.rejects(place.listen(name, "", "take-over"), { code: "SOCKET_UNUSABLE" });
    assert.equal(await place.hear("elsewhere.sock"), "undisturbed");
    assert.equal(await readFile(place.at("cri.sock"), "utf8"), "precious");
  });
});

describe("listenOnPassed", () => {
  it("refuses a descriptor that is no socket, and says where it was to listen", async () => {
    await using place = await somewhere();
    await writeFile(place.at("file"), "");
    await using file = await open(place.at("file"));
    await assert.rejects(
      listenOnPassed(file.fd, parseEndpoint(place.at("cri.sock")), () => undefined),
      { code: "SOCKET_UNUSABLE", message: /^cannot listen on unix:\/\/.*cri\.sock: / },
    );
  });
});

describe("listenOn refuses", () => {
  it("a socket that somebody listens on, who goes on undisturbed", async () => {
    await using place = await somewhere();
    await place.listen("cri.sock", "first");
    await assert.rejects(place.listen("cri.sock"), {
      code: "SOCKET_IN_USE",
      message:
        /^cannot listen on unix:\/\/.*cri\.sock: another process is listening on it; stop that one first, or if it is a gateway take over from it with --occupied-socket take-over$/,
    });
    assert.equal(await place.hear("cri.sock"), "first");
    assert.deepEqual(await readdir(place.directory), ["cri.sock"]);
  });

  it("one of two that start at once on a dead socket; the other serves", async () => {
    await using place = await somewhere();
    await place.deadSocket("cri.sock");
    const outcomes = await Promise.allSettled(["a", "b"].map((says) => place.listen("cri.sock", says)));
    const failures = outcomes.filter(({ status }) => status === "rejected");
    assert.equal(failures.length, 1);
    assert.match(await place.hear("cri.sock"), /^[ab]$/);
    assert.deepEqual(await readdir(place.directory), ["cri.sock"]);
  });

  it("a file, and leaves it alone", async () => {
    await using place = await somewhere();
    await writeFile(place.at("cri.sock"), "precious");
    await assert.rejects(place.listen("cri.sock"), { code: "SOCKET_UNUSABLE", message: /not a socket/ });
    assert.equal(await readFile(place.at("cri.sock"), "utf8"), "precious");
  });

  it("a symbolic link, even to a dead socket", async () => {
    await using place = await somewhere();
    await place.deadSocket("elsewhere.sock");
    await symlink(place.at("elsewhere.sock"), place.at("cri.sock"));
    await assert.rejects(place.listen("cri.sock"), { code: "SOCKET_UNUSABLE", message: /not a socket/ });
  });

  it("a directory that does not exist, and says what to do", async () => {
    await using place = await somewhere();
    await assert.rejects(place.listen("missing/cri.sock"), {
      code: "SOCKET_UNUSABLE",
      message: /missing is not a directory; create it/,
    });
  });
});

async function somewhere() {
  await using built = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "socket-"));
  built.defer(() => rm(directory, { recursive: true }));
  const parts = built.move();
  const at = (name: string) => join(directory, name);
  return {
    directory,
    at,
    async listen(name: string, says = "", occupied: OccupiedSocket = "refuse") {
      const accept = (caller: Socket) => {
        caller.on("error", () => undefined);
        caller.end(says);
      };
      const runtime = parseEndpoint(at("runtime.sock"));
      const socket = await listenOn(parseEndpoint(at(name)), runtime, accept, occupied);
      parts.defer(() => socket.close());
      return socket;
    },
    /** as a process leaves it that was killed */
    async deadSocket(name: string) {
      const server = createServer();
      server.listen(at(`${name}.living`));
      await once(server, "listening");
      await rename(at(`${name}.living`), at(name));
      server.close();
      await once(server, "close");
    },
    async hear(name: string) {
      const chunks: Buffer[] = [];
      for await (const chunk of connect(at(name))) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
    [Symbol.asyncDispose]: () => parts.disposeAsync(),
  };
}

describe("a gateway that ends while another takes its place", () => {
  it("never removes the other's socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "cs-"));
    const at = parseEndpoint(join(directory, "cri.sock"));
    const runtime = parseEndpoint(join(directory, "runtime.sock"));
    const listen = () => listenOn(at, runtime, (caller) => caller.destroy(), "take-over");
    let serving = await listen();
    for (let round = 0; round < 100; round++) {
      const taking = listen();
      for (let turn = round % 14; turn > 0; turn--) await new Promise((resolve) => setImmediate(resolve));
      await serving.close();
      serving = await taking;
      assert.ok((await lstat(at.path)).isSocket(), `round ${round}`);
    }
    await serving.close();
    await rm(directory, { recursive: true });
  });
});
