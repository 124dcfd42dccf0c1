import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { plantedFiles } from "../../testing/planted-files.ts";
import { plantedProcess } from "../../testing/planted-node.ts";
import { filesBelow } from "./files-below.ts";
import { isOfTheNode, processesNamed, readProcesses } from "./processes.ts";

describe("readProcesses", () => {
  it("finds this process, as it was started", async () => {
    const own = (await readProcesses(filesBelow("/"))).find(({ pid }) => pid === process.pid);
    assert.equal(own?.uid, process.geteuid?.());
    assert.equal(own?.argv.at(0), process.argv0);
    assert.ok(own?.gids.includes(process.getegid?.() ?? -1));
  });

  it("leaves out what ends while it looks, and what is no process", async () => {
    const files = plantedFiles({
      ...plantedProcess(1, "systemd", ["/sbin/init"]),
      "/proc/7/cmdline": "gone\0",
      "/proc/self/status": "Name:\tself\n",
      "/proc/2/status": "Name:\tkthreadd\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\n",
    });
    const found = await readProcesses(files);
    assert.deepEqual(
      found.map(({ pid, name, argv }) => [pid, name, argv]),
      [
        [1, "systemd", ["/sbin/init"]],
        [2, "kthreadd", []],
      ],
    );
  });

  it("finds none without /proc", async () => assert.deepEqual(await readProcesses(plantedFiles({})), []));
});

describe("the node's own processes", () => {
  it("are root's, and not a container's", async () => {
    const all = await readProcesses(
      plantedFiles({
        ...plantedProcess(1, "systemd", ["/sbin/init"]),
        ...plantedProcess(10, "kubelet", ["/usr/bin/kubelet"]),
        ...plantedProcess(11, "kubelet", ["/usr/bin/kubelet"], { uid: 1000 }),
        ...plantedProcess(12, "kubelet", ["/usr/bin/kubelet"], { mounts: "container" }),
        ...plantedProcess(13, "sh", ["sh", "/usr/bin/kubelet"]),
      }),
    );
    assert.deepEqual(
      processesNamed(all, "kubelet").map(({ pid }) => pid),
      [10],
    );
    assert.deepEqual(
      all.filter((one) => isOfTheNode(one, all)).map(({ pid }) => pid),
      [1, 10, 13],
    );
  });
});
