import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { changed, complaintsOf, kubeletConfig } from "../../testing/changed-node.ts";
import type { Planted } from "../../testing/planted-files.ts";
import { gatewayUnit, plantedProcess } from "../../testing/planted-node.ts";

describe("on a node with CRI-O the doctor", () => {
  const crio = "unix:///run/crio/crio.sock";
  const flags = [
    "--runtime-endpoint",
    crio,
    "--short-names",
    "registries.conf",
    "--signature-policy-dir",
    "/etc/crio/policies",
  ];
  const node = (tree: Readonly<Record<string, Planted | undefined>> = {}) =>
    changed({
      tree: {
        "/proc/500": undefined,
        "/run/containerd": undefined,
        ...plantedProcess(501, "crio", ["/usr/bin/crio"]),
        ...plantedProcess(700, "node", ["node", "/opt/countersign/countersign.mjs", "gateway", ...flags]),
        [gatewayUnit]: `[Unit]\nStartLimitIntervalSec=0\n[Service]\nRestart=always\nExecStart=/usr/local/bin/countersign gateway ${flags.join(" ")}\n`,
        "/run/crio/crio.sock": { kind: "socket", mode: 0o660 },
        "/etc/crio/policies": { kind: "directory", mode: 0o755 },
        "/etc/crio/crio.conf.d/10-pause.conf": `[crio.image]\npause_image = "registry.k8s.io/pause@sha256:${"b".repeat(64)}"\n`,
        ...tree,
      },
      runtimes: { "/run/countersign/cri.sock": "cri-o 1.35.1", "/run/crio/crio.sock": "cri-o 1.35.1" },
    });

  it("has nothing to complain of when it is healthy", async () =>
    assert.deepEqual(await complaintsOf(node()), []));

  const told: ReadonlyArray<
    readonly [what: string, tree: Readonly<Record<string, Planted>>, complaint: string, found: RegExp]
  > = [
    [
      "another policy in CRI-O than in the gateway",
      { "/etc/crio/crio.conf": '[crio.image]\nsignature_policy = "/etc/crio/policy.json"\n' },
      "warning crio-policy",
      /^CRI-O judges by \/etc\/crio\/policy\.json, and the gateway by/,
    ],
    [
      "another directory of policies",
      { "/etc/crio/crio.conf.d/20.conf": '[crio.image]\nsignature_policy_dir = "/etc/other"\n' },
      "warning crio-policy",
      /in \/etc\/other, and the gateway in \/etc\/crio\/policies/,
    ],
    [
      "the pause image by its tag",
      { "/etc/crio/crio.conf.d/20.conf": '[crio.image]\npause_image = "registry.k8s.io/pause:3.10"\n' },
      "warning pause-image",
      /pause:3\.10/,
    ],
    [
      "a kubelet on CRI-O itself",
      { [kubeletConfig]: `containerRuntimeEndpoint: ${crio}\n` },
      "problem kubelet-endpoint",
      /crio\.sock/,
    ],
  ];
  for (const [what, tree, complaint, found] of told) {
    it(`tells ${what}`, async () => {
      const all = await complaintsOf(node(tree));
      assert.ok(
        all.some((one) => `${one.status} ${one.check}` === complaint && found.test(one.found)),
        JSON.stringify(all),
      );
    });
  }
});
