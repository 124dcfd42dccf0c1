import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  changed,
  complaintsOf,
  hasNothingAgainst,
  kubeletConfig,
  kubeletWith,
  unitWith,
} from "../testing/changed-node.ts";
import {
  containerdEndpoint,
  gatewayEndpoint,
  healthyNode,
  plantedProcess,
  viewOf,
} from "../testing/planted-node.ts";
import { checks, examineNode } from "./examine-node.ts";

describe("a healthy node", () => {
  it("gives nothing to complain of, by any check that applies to it", async () => {
    const findings = await examineNode(viewOf(healthyNode));
    assert.deepEqual(
      findings.filter(({ status }) => status !== "ok"),
      [],
    );
    const silent = Object.keys(checks).filter((name) => findings.every(({ check }) => check !== name));
    assert.deepEqual(silent, ["runtime-tcp", "runtime-configuration", "image-verifier", "crio-policy"]);
  });

  it("gives nothing to complain of as an image of its files, either", async () => {
    const { files, clock } = viewOf(healthyNode);
    assert.deepEqual(
      (await examineNode({ files, clock, live: undefined })).filter(({ status }) => status !== "ok"),
      [],
    );
  });
});

hasNothingAgainst([
  [
    "a unit whose flags nobody but systemd knows, while the gateway runs",
    unitWith("--registry-config-path", "$FLAGS"),
  ],
  [
    "a gateway that its socket starts",
    {
      tree: {
        "/etc/systemd/system/kubelet.service.wants/countersign-gateway.service": undefined,
        "/etc/systemd/system/sockets.target.wants/countersign-gateway.socket": "",
      },
    },
  ],
  [
    "a kubelet that is told by a bare path",
    { tree: { [kubeletConfig]: "containerRuntimeEndpoint: /run/countersign/cri.sock\n" } },
  ],
  [
    "flags that say the same as the configuration",
    kubeletWith(`--container-runtime-endpoint=${gatewayEndpoint}`),
  ],
  [
    "a gateway that was reached by the old name of its directory",
    {
      tree: {
        [kubeletConfig]: "containerRuntimeEndpoint: unix:///var/run/countersign/cri.sock\n",
        "/var/run": { link: "/run" },
      },
    },
  ],
  [
    "a runtime's socket for an empty group of root's",
    { tree: { "/run/containerd/containerd.sock": { kind: "socket", mode: 0o660, gid: 0 } } },
  ],
  [
    "a socket that is open to all in a directory that is not",
    { tree: { "/run/containerd/containerd.sock": { kind: "socket", mode: 0o666 } } },
  ],
]);

describe("the doctor is not taken in by", () => {
  it("a process that only calls itself the gateway, or the kubelet", async () => {
    const tree = {
      ...plantedProcess(
        600,
        "countersign",
        ["countersign", "gateway", "--runtime-endpoint", "/run/evil.sock"],
        { uid: 1000 },
      ),
      ...plantedProcess(
        601,
        "countersign",
        ["countersign", "gateway", "--runtime-endpoint", "/run/evil.sock"],
        {
          mounts: "container",
        },
      ),
      ...plantedProcess(602, "kubelet", ["kubelet", `--container-runtime-endpoint=${containerdEndpoint}`], {
        uid: 1000,
      }),
    };
    assert.deepEqual(await complaintsOf(changed({ tree })), []);
  });

  it("a service with a view of its own of the node's file system", async () => {
    const tree = {
      ...plantedProcess(610, "resolved", ["/usr/lib/systemd/systemd-resolved"], { mounts: "private" }),
      "/proc/610/mountinfo": healthyNode.tree["/proc/1/mountinfo"],
    };
    assert.deepEqual(await complaintsOf(changed({ tree })), []);
  });

  it("a node of which it may not see the processes", async () => {
    const tree = { "/proc": undefined };
    const told = await complaintsOf(changed({ tree }));
    assert.equal(told[0]?.status, "unknown");
    assert.equal(told[0]?.check, "gateway-setup");
  });
});
