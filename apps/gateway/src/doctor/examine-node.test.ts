import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Planted } from "../testing/planted-files.ts";
import {
  containerdEndpoint,
  gatewayEndpoint,
  gatewayUnit,
  healthyNode,
  type PlantedNode,
  plantedProcess,
  viewOf,
} from "../testing/planted-node.ts";
import { checks, examineNode } from "./examine-node.ts";
import type { Finding } from "./finding.ts";

type Change = Partial<Omit<PlantedNode, "tree">> & {
  readonly tree?: Readonly<Record<string, Planted | undefined>>;
};

/** The healthy node but for a change; undefined takes a file away, and what is below it. */
function changed({ tree = {}, ...rest }: Change): PlantedNode {
  const gone = Object.keys(tree).filter((path) => tree[path] === undefined);
  const kept = Object.entries({ ...healthyNode.tree, ...tree }).filter(
    (entry): entry is [string, Planted] =>
      entry[1] !== undefined && !gone.some((path) => entry[0].startsWith(`${path}/`)),
  );
  return { ...healthyNode, ...rest, tree: Object.fromEntries(kept) };
}

const complaints = (findings: readonly Finding[]) => findings.filter(({ status }) => status !== "ok");

describe("a healthy node", () => {
  it("gives nothing to complain of, by any check that applies to it", async () => {
    const findings = await examineNode(viewOf(healthyNode));
    assert.deepEqual(complaints(findings), []);
    const silent = Object.keys(checks).filter((name) => findings.every(({ check }) => check !== name));
    assert.deepEqual(silent, ["runtime-tcp", "runtime-configuration", "image-verifier", "crio-policy"]);
  });

  it("gives nothing to complain of as an image of its files, either", async () => {
    const { files, clock } = viewOf(healthyNode);
    assert.deepEqual(complaints(await examineNode({ files, clock, live: undefined })), []);
  });
});

type Row = readonly [what: string, change: Change, complaint: string, found: RegExp];

const config = "/var/lib/kubelet/config.yaml";
const kubelet = (...flags: readonly string[]) => ({
  tree: plantedProcess(900, "kubelet", ["/usr/bin/kubelet", `--config=${config}`, ...flags]),
});
const unit = (from: string | RegExp, to: string) => ({
  tree: { [gatewayUnit]: String(healthyNode.tree[gatewayUnit]).replace(from, to) },
});
const containerd = (...lines: readonly string[]) => ({
  tree: {
    "/etc/containerd/config.toml": `${healthyNode.tree["/etc/containerd/config.toml"]}${lines.join("\n")}\n`,
  },
});
const images = '[plugins."io.containerd.cri.v1.images"]';
const gatewayWith = (...flags: readonly string[]) => ({
  tree: {
    ...plantedProcess(700, "node", ["node", "/opt/countersign/countersign.mjs", "gateway", ...flags]),
    [gatewayUnit]: undefined,
  },
});
const runtimeFlags = [
  "--runtime-endpoint",
  containerdEndpoint,
  "--registry-config-path",
  "/etc/containerd/certs.d",
];
const verifiers = "/opt/containerd/image-verifier/bin";
const program = { text: "#!/bin/sh\n", mode: 0o755 };

/** Each breaks one thing, and one check says so. */
const rows: readonly Row[] = [
  // the gateway
  [
    "a gateway that does not run",
    { tree: { "/proc/700": undefined } },
    "problem gateway-setup",
    /^No gateway runs, though unit .* would start one/,
  ],
  [
    "a unit that systemd would not start again",
    unit("Restart=always", "Restart=on-failure"),
    "problem gateway-unit",
    /has Restart=on-failure/,
  ],
  ["a unit without a word of that", unit("Restart=always\n", ""), "problem gateway-unit", /has Restart=no\./],
  [
    "a unit that systemd gives up",
    unit("StartLimitIntervalSec=0", "StartLimitIntervalSec=10s"),
    "problem gateway-unit",
    /has StartLimitIntervalSec=10s/,
  ],
  [
    "a drop-in that takes the settings back",
    { tree: { [`${gatewayUnit}.d/a.conf`]: "[Service]\nRestart=\nRestart=no\n" } },
    "problem gateway-unit",
    /has Restart=no\./,
  ],
  [
    "a unit that nothing starts",
    { tree: { "/etc/systemd/system/kubelet.service.wants/countersign-gateway.service": undefined } },
    "warning gateway-unit",
    /is not enabled/,
  ],
  ["a unit that was edited since", unit("policies", "other"), "warning gateway-unit", /has other flags than/],
  [
    "a gateway that nothing looks after",
    gatewayWith(...runtimeFlags),
    "warning gateway-unit",
    /has no systemd unit/,
  ],
  [
    "a gateway whose flags make no sense",
    { tree: { ...gatewayWith("--listen", "here").tree } },
    "problem gateway-setup",
    /flags of the gateway \(process 700\) are not understood/,
  ],
  [
    "a gateway that does not answer",
    { runtimes: { "/run/containerd/containerd.sock": "containerd v2.1.9" } },
    "problem gateway-answers",
    /cri\.sock does not answer: connection refused/,
  ],
  [
    "somebody else on the gateway's socket",
    { runtimes: { ...healthyNode.runtimes, "/run/countersign/cri.sock": "cri-o 1.35.1" } },
    "problem gateway-answers",
    /answers as cri-o 1\.35\.1, and unix:\/\/\/run\/containerd/,
  ],
  [
    "a gateway with few files",
    { tree: { "/proc/700/limits": "Max open files            1024                 4096    files\n" } },
    "warning open-files",
    /only 1024 files/,
  ],
  [
    "a gateway's socket that is open to all",
    { tree: { "/run/countersign/cri.sock": { kind: "socket", mode: 0o666 } } },
    "problem gateway-socket",
    /^Everybody on the node can open/,
  ],
  // the kubelet
  [
    "a kubelet whose configuration names the runtime",
    { tree: { [config]: `containerRuntimeEndpoint: ${containerdEndpoint}\n` } },
    "problem kubelet-endpoint",
    /config\.yaml: the kubelet's runtime is unix:\/\/\/run\/containerd\/containerd\.sock\.$/,
  ],
  [
    "the same by the old name of its directory",
    {
      tree: {
        [config]: "containerRuntimeEndpoint: unix:///var/run/containerd/containerd.sock\n",
        "/var/run": { link: "/run" },
      },
    },
    "problem kubelet-endpoint",
    /var\/run\/containerd/,
  ],
  [
    "the same through a link that looks like something else",
    {
      tree: {
        [config]: "containerRuntimeEndpoint: unix:///run/countersign/safe.sock\n",
        "/run/countersign/safe.sock": { link: "../containerd/containerd.sock" },
      },
    },
    "problem kubelet-endpoint",
    /safe\.sock/,
  ],
  [
    "a kubelet that is told by JSON",
    { tree: { [config]: `{"containerRuntimeEndpoint": "${containerdEndpoint}"}` } },
    "problem kubelet-endpoint",
    /run\/containerd/,
  ],
  [
    "a flag that overrules the configuration",
    kubelet(`--container-runtime-endpoint=${containerdEndpoint}`),
    "problem kubelet-endpoint",
    /^process 900: the kubelet's runtime is/,
  ],
  [
    "a flag that is told in two words",
    kubelet("--container-runtime-endpoint", containerdEndpoint),
    "problem kubelet-endpoint",
    /^process 900/,
  ],
  [
    "images that are pulled past the gateway",
    kubelet("--image-service-endpoint", containerdEndpoint),
    "problem kubelet-endpoint",
    /kubelet's image service is/,
  ],
  [
    "a kubelet that is told nothing, and so takes containerd",
    { tree: { [config]: "kind: KubeletConfiguration\n" } },
    "problem kubelet-endpoint",
    /own default/,
  ],
  [
    "a drop-in that overrules the configuration",
    {
      tree: {
        ...kubelet("--config-dir=/etc/kubelet.d").tree,
        "/etc/kubelet.d/10-a.conf": `containerRuntimeEndpoint: ${gatewayEndpoint}\n`,
        "/etc/kubelet.d/20-b.conf": `containerRuntimeEndpoint: ${containerdEndpoint}\n`,
        "/etc/kubelet.d/30-c.conf.bak": `containerRuntimeEndpoint: ${gatewayEndpoint}\n`,
      },
    },
    "problem kubelet-endpoint",
    /20-b\.conf/,
  ],
  [
    "flags of kubeadm that count from the next start",
    {
      tree: {
        "/var/lib/kubelet/kubeadm-flags.env": `KUBELET_KUBEADM_ARGS="--container-runtime-endpoint=${containerdEndpoint} --x=y"\n`,
      },
    },
    "problem kubelet-endpoint",
    /kubeadm-flags\.env: .* at the next start\.$/,
  ],
  [
    "an instance configuration that kubeadm will put back",
    {
      tree: { "/var/lib/kubelet/instance-config.yaml": `containerRuntimeEndpoint: ${containerdEndpoint}\n` },
    },
    "warning kubelet-endpoint",
    /instance-config\.yaml: .* at the next kubeadm upgrade\.$/,
  ],
  [
    "a kubelet on a runtime that nobody knows",
    { tree: { [config]: "containerRuntimeEndpoint: unix:///run/other.sock\n" } },
    "warning kubelet-endpoint",
    /run\/other\.sock/,
  ],
  [
    "a kubelet's configuration that is no YAML",
    { tree: { [config]: "a: [\nsecret: hunter2" } },
    "unknown kubelet-endpoint",
    /config\.yaml: is not YAML that can be read here/,
  ],
  [
    "a kubelet's configuration that may not be read",
    { tree: { [config]: { barred: true } } },
    "unknown kubelet-endpoint",
    /config\.yaml: permission denied/,
  ],
  [
    "a kubelet's configuration larger than any",
    { tree: { [config]: "#".repeat(1024 * 1024 + 1) } },
    "unknown kubelet-endpoint",
    /maximum allowed size/,
  ],
  [
    "no kubelet at all",
    { tree: { "/proc/900": undefined, [config]: undefined } },
    "unknown kubelet-endpoint",
    /^No kubelet is seen/,
  ],
  [
    "a kubelet that does not name images",
    { kubeletVersion: "Kubernetes v1.27.16" },
    "problem kubelet-version",
    /v1\.27\.16/,
  ],
  [
    "a kubelet that cannot be asked",
    { kubeletVersion: undefined },
    "unknown kubelet-version",
    /is not known/,
  ],
  // around them
  [
    "crictl on the runtime",
    { tree: { "/etc/crictl.yaml": `runtime-endpoint: ${containerdEndpoint}\n` } },
    "warning crictl-endpoint",
    /names unix:\/\/\/run\/containerd/,
  ],
  [
    "crictl on whatever it finds",
    { tree: { "/etc/crictl.yaml": undefined } },
    "warning crictl-endpoint",
    /^There is no/,
  ],
  [
    "a runtime's socket that is open to all",
    {
      tree: {
        "/run/containerd": { kind: "directory", mode: 0o755 },
        "/run/containerd/containerd.sock": { kind: "socket", mode: 0o666 },
      },
    },
    "problem runtime-socket",
    /^Everybody on the node can open .* \(mode 0666\)/,
  ],
  [
    "a runtime's socket that is somebody's",
    { tree: { "/run/containerd/containerd.sock": { kind: "socket", mode: 0o600, uid: 1000 } } },
    "problem runtime-socket",
    /belongs to user 1000/,
  ],
  [
    "a runtime's socket for a group of people",
    {
      tree: {
        "/run/containerd": { kind: "directory", mode: 0o755 },
        "/run/containerd/containerd.sock": { kind: "socket", mode: 0o660, gid: 995 },
        "/etc/group": "root:x:0:\ncontainerd:x:995:alice,bob\n",
        "/etc/passwd": "root:x:0:0::/:/bin/sh\nagent:x:998:995::/:/bin/sh\n",
        ...plantedProcess(950, "agent", ["/usr/bin/agent"], { uid: 998, gids: [998, 995] }),
      },
    },
    "warning runtime-socket",
    /^Group 995 can open .*: alice, bob, agent, agent \(process 950\)\.$/,
  ],
  [
    "a runtime's socket that is not there",
    { tree: { "/run/containerd/containerd.sock": undefined } },
    "problem runtime-socket",
    /^There is no/,
  ],
  [
    "a container with the node's /run",
    {
      tree: {
        ...plantedProcess(960, "agent", ["/agent"], { mounts: "container" }),
        "/proc/960/mountinfo":
          "90 80 0:50 / / rw - overlay overlay rw\n91 90 0:24 / /host/run rw - tmpfs tmpfs rw\n",
      },
    },
    "warning socket-mounts",
    /agent \(process 960\) at \/host\/run/,
  ],
  [
    "a container with the socket alone",
    {
      tree: {
        ...plantedProcess(961, "agent", ["/agent"], { mounts: "container" }),
        "/proc/961/mountinfo":
          "90 80 0:50 / / rw - overlay overlay rw\n91 90 0:24 /containerd/containerd.sock /a\\040b rw - tmpfs tmpfs rw\n",
      },
    },
    "warning socket-mounts",
    /agent \(process 961\) at \/a b/,
  ],
  [
    "containerd on the network",
    containerd("[grpc]", 'tcp_address = "0.0.0.0:4444"'),
    "problem runtime-tcp",
    /on 0\.0\.0\.0:4444/,
  ],
  [
    "a pause image by its tag",
    {
      tree: {
        "/etc/containerd/config.toml": [
          '[plugins."io.containerd.grpc.v1.cri"]',
          'sandbox_image = "registry.k8s.io/pause:3.9"',
          '[plugins."io.containerd.grpc.v1.cri".registry]',
          'config_path = "/etc/containerd/certs.d"',
        ].join("\n"),
      },
    },
    "warning pause-image",
    /not fixed by a digest: registry\.k8s\.io\/pause:3\.9/,
  ],
  [
    "a file that containerd imports, and that takes the digest away",
    {
      tree: {
        "/etc/containerd/config.toml": `imports = ["conf.d/*.toml"]\n${healthyNode.tree["/etc/containerd/config.toml"]}`,
        "/etc/containerd/conf.d/pause.toml":
          '[plugins."io.containerd.cri.v1.images".pinned_images]\nsandbox = "registry.example/pause:1"\n',
      },
    },
    "warning pause-image",
    /registry\.example\/pause:1/,
  ],
  [
    "a configuration of containerd's that is no TOML",
    {
      tree: {
        "/etc/containerd/conf.d/x.toml":
          '[plugins."io.containerd.grpc.v1.cri".registry.configs."r".auth]\npassword = hunter2\n',
        "/etc/containerd/config.toml": `imports = ["/etc/containerd/conf.d/*.toml"]\n${healthyNode.tree["/etc/containerd/config.toml"]}`,
      },
    },
    "unknown runtime-configuration",
    /x\.toml: is not TOML that can be read here \(line 2, column \d+\)/,
  ],
  [
    "containerd's old way to say mirrors",
    containerd(
      '[plugins."io.containerd.grpc.v1.cri".registry.configs."registry.example".auth]',
      'username = "u"',
      'password = "hunter2"',
    ),
    "warning image-sources",
    /of the old kind: configs\.$/,
  ],
  [
    "mirrors that the gateway does not know of",
    {
      tree: {
        ...plantedProcess(700, "node", [
          ...[
            "node",
            "/opt/countersign/countersign.mjs",
            "gateway",
            "--runtime-endpoint",
            containerdEndpoint,
          ],
          ...["--signature-policy-dir", "/etc/countersign/policies"],
        ]),
        ...unit(/ \\\n\s+--registry-config-path \\\n\s+\S+/, "").tree,
      },
    },
    "warning image-sources",
    /where 1 registry is configured, and the gateway does not/,
  ],
  [
    "mirrors of another directory",
    {
      tree: {
        "/etc/containerd/config.toml": String(healthyNode.tree["/etc/containerd/config.toml"]).replace(
          'certs.d"',
          'other.d"',
        ),
      },
    },
    "warning image-sources",
    /^The gateway reads \/etc\/containerd\/certs\.d, and containerd \/etc\/containerd\/other\.d\.$/,
  ],
  // containerd's hook
  [
    "a verifier that containerd does not ask",
    {
      tree: {
        [`${verifiers}/countersign`]: program,
        ...containerd(images, "discard_unpacked_layers = true").tree,
      },
    },
    "problem image-verifier",
    /discard_unpacked_layers = true/,
  ],
  [
    "a verifier that an older containerd does not have",
    {
      tree: { [`${verifiers}/countersign`]: program },
      runtimes: {
        "/run/countersign/cri.sock": "containerd 1.7.24",
        "/run/containerd/containerd.sock": "containerd 1.7.24",
      },
    },
    "problem image-verifier",
    /older than 2\.1/,
  ],
  [
    "more verifiers than containerd asks",
    {
      tree: {
        [`${verifiers}/a`]: program,
        [`${verifiers}/countersign`]: program,
        ...containerd('[plugins."io.containerd.image-verifier.v1.bindir"]', "max_verifiers = 1").tree,
      },
    },
    "problem image-verifier",
    /has 2 verifiers, of which containerd asks 1/,
  ],
  [
    "a verifier that is no program",
    { tree: { [`${verifiers}/countersign`]: "#!/bin/sh\n" } },
    "problem image-verifier",
    /is not a program/,
  ],
  [
    "a verifier that others can change",
    { tree: { [`${verifiers}/countersign`]: { ...program, mode: 0o775 } } },
    "problem image-verifier",
    /can be changed by others/,
  ],
  // policies
  [
    "no policy",
    { tree: { "/etc/containers/policy.json": undefined } },
    "problem policies",
    /^There is no .*policy\.json/,
  ],
  [
    "a policy that does not parse",
    { tree: { "/etc/countersign/policies/shop.json": '{"default":[],"x":1}' } },
    "problem policies",
    /shop\.json is not a valid policy: .*and 1 more\.$/,
  ],
  [
    "a policy whose key is not there",
    {
      tree: {
        "/etc/containers/policy.json":
          '{"default":[{"type":"sigstoreSigned","keyPath":"/etc/keys/a.pub","signedIdentity":{"type":"matchRepository"}}]}',
      },
    },
    "problem policies",
    /policy\.json: open \/etc\/keys\/a\.pub: no such file or directory\.$/,
  ],
  [
    "a policy that anybody may write",
    { tree: { "/etc/containers/policy.json": { text: '{"default":[{"type":"reject"}]}', mode: 0o666 } } },
    "problem policies",
    /^Everybody on the node may write \/etc\/containers\/policy\.json/,
  ],
  [
    "a directory of policies that anybody may write",
    { tree: { "/etc/countersign/policies": { kind: "directory", mode: 0o777 } } },
    "problem policies",
    /may write \/etc\/countersign\/policies\.$/,
  ],
  [
    "a directory of policies that is away",
    { tree: { "/etc/countersign/policies": undefined } },
    "problem policies",
    /^There is no \/etc\/countersign\/policies/,
  ],
  [
    "a policy for no namespace",
    { tree: { "/etc/countersign/policies/Shop.json": '{"default":[{"type":"reject"}]}' } },
    "warning policies",
    /Shop\.json is never read/,
  ],
  [
    "a policy with something in it that is hardly meant",
    { tree: { "/etc/containers/policy.json": '{"default":[{"type":"insecureAcceptAnything"}]}' } },
    "warning policies",
    /hold 1 thing that/,
  ],
  // what is kept, and the time
  [
    "evidence that others can remove",
    { tree: { "/var/lib/countersign/evidence": { kind: "directory", mode: 0o777 } } },
    "warning evidence",
    /^Others than root can write/,
  ],
  [
    "evidence on a disk that is read-only",
    { readOnly: ["/var/lib/countersign/evidence"] },
    "problem evidence",
    /mounted read-only/,
  ],
  ["a clock that was never set", { now: 0 }, "problem clock", /^The clock says 1970-01-01 00:00 UTC/],
  ["a clock that nobody keeps", { tree: { "/proc/300": undefined } }, "warning clock", /^No program is seen/],
  [
    "a clock that timesyncd has not set yet",
    { tree: plantedProcess(300, "systemd-timesyncd", ["/lib/systemd/systemd-timesyncd"]) },
    "warning clock",
    /has not set the clock yet/,
  ],
];

describe("of a node with one thing wrong the doctor tells", () => {
  for (const [what, change, complaint, found] of rows) {
    it(what, async () => {
      const told = complaints(await examineNode(viewOf(changed(change))));
      const shown = told.map(({ status, check, found }) => `${status} ${check}: ${found}`).join("\n");
      const match = told.find((one) => `${one.status} ${one.check}` === complaint && found.test(one.found));
      assert.ok(match !== undefined && match.status !== "ok", shown);
      assert.ok(match.why !== "" && match.remedy !== "");
      assert.ok(!JSON.stringify(told).includes("hunter2"), "a secret");
    });
  }
});

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
    assert.deepEqual(complaints(await examineNode(viewOf(changed({ tree })))), []);
  });

  it("a service with a view of its own of the node's file system", async () => {
    const tree = {
      ...plantedProcess(610, "resolved", ["/usr/lib/systemd/systemd-resolved"], { mounts: "private" }),
      "/proc/610/mountinfo": healthyNode.tree["/proc/1/mountinfo"],
    };
    assert.deepEqual(complaints(await examineNode(viewOf(changed({ tree })))), []);
  });

  it("a node of which it may not see the processes", async () => {
    const tree = { "/proc": undefined };
    const told = complaints(await examineNode(viewOf(changed({ tree }))));
    assert.equal(told[0]?.status, "unknown");
    assert.equal(told[0]?.check, "gateway-setup");
  });
});

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
    assert.deepEqual(complaints(await examineNode(viewOf(node()))), []));

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
      { [config]: `containerRuntimeEndpoint: ${crio}\n` },
      "problem kubelet-endpoint",
      /crio\.sock/,
    ],
  ];
  for (const [what, tree, complaint, found] of told) {
    it(`tells ${what}`, async () => {
      const all = complaints(await examineNode(viewOf(node(tree))));
      assert.ok(
        all.some((one) => `${one.status} ${one.check}` === complaint && found.test(one.found)),
        JSON.stringify(all),
      );
    });
  }
});
