import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Mount, parseMounts, wayTo } from "./socket-mounts.ts";

const socket = "/run/containerd/containerd.sock";
const mount = (device: string, root: string, mountPoint: string): Mount => ({ device, root, mountPoint });

/** A node's: a disk, and /run in memory. */
const host = [mount("8:1", "/", "/"), mount("0:24", "/", "/run"), mount("0:30", "/", "/run/lock")];
const ownRoot = mount("0:50", "/", "/");

describe("a container reaches the runtime's socket by a mount of", () => {
  const rows: ReadonlyArray<readonly [what: string, mounts: readonly Mount[], way: string]> = [
    ["the whole file system", [mount("0:24", "/", "/host/run")], "/host/run"],
    ["its directory", [mount("0:24", "/containerd", "/run/containerd")], "/run/containerd"],
    ["the socket alone", [mount("0:24", "/containerd/containerd.sock", "/s")], "/s"],
  ];
  for (const [what, mounts, way] of rows)
    it(what, () => assert.equal(wayTo(socket, host, [ownRoot, ...mounts]), way));

  it("the node's root, when the socket is on its disk", () =>
    assert.equal(wayTo(socket, [mount("8:1", "/", "/")], [ownRoot, mount("8:1", "/", "/host")]), "/host"));

  it("a directory of the node's disk that is itself a mount there", () => {
    const bound = [mount("8:1", "/", "/"), mount("8:1", "/data/run", "/run")];
    const way = wayTo(socket, bound, [ownRoot, mount("8:1", "/data/run/containerd", "/c")]);
    assert.equal(way, "/c");
  });
});

describe("a container does not reach it by a mount of", () => {
  const rows: ReadonlyArray<readonly [what: string, mounts: readonly Mount[]]> = [
    ["nothing", []],
    ["another file system", [mount("0:30", "/", "/run/lock")]],
    ["a directory beside it", [mount("0:24", "/crio", "/run/crio")]],
    ["a directory whose name only begins like its own", [mount("0:24", "/cont", "/run/cont")]],
  ];
  for (const [what, mounts] of rows) {
    it(what, () => assert.equal(wayTo(socket, host, [ownRoot, ...mounts]), undefined));
  }
});

it("a process with the node's own root is no container", () =>
  assert.equal(wayTo(socket, host, [...host, mount("0:60", "/", "/tmp")]), undefined));

describe("parseMounts", () => {
  it("reads what the kernel prints", () =>
    assert.deepEqual(parseMounts("36 35 98:0 /mnt1 /a\\040b rw,noatime master:1 - ext3 /dev/root rw\n"), [
      mount("98:0", "/mnt1", "/a b"),
    ]));

  it("leaves out what it cannot read", () =>
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        parseMounts(text).every(({ device, root, mountPoint }) => [device, root, mountPoint].every(isText)),
      ),
    ));
});

function isText(value: unknown): boolean {
  return typeof value === "string";
}
