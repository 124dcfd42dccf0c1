import { hasNothingAgainst, tellsOf, unitWith } from "../../testing/changed-node.ts";
import { containerdEndpoint, gatewayUnit, healthyNode, plantedProcess } from "../../testing/planted-node.ts";

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

const oneMore = (pid: number, ...flags: readonly string[]) => ({
  tree: plantedProcess(pid, "node", [
    ...["node", "/opt/countersign/countersign.mjs", "gateway", ...runtimeFlags, ...flags],
  ]),
});

tellsOf([
  [
    "a second gateway on a socket of its own",
    oneMore(800, "--listen", "unix:///run/trial/cri.sock"),
    "warning gateway-setup",
    /^Another gateway \(process 800\) serves unix:\/\/\/run\/trial\/cri\.sock/,
  ],
  [
    "a second gateway that was there before the unit's",
    oneMore(600, "--listen", "unix:///run/trial/cri.sock"),
    "warning gateway-setup",
    /^Another gateway \(process 600\) serves/,
  ],
  [
    "a second gateway whose flags make no sense",
    oneMore(800, "--listen", "here"),
    "warning gateway-setup",
    /^Another gateway \(process 800\) serves a socket that its flags do not tell/,
  ],
  [
    "a gateway that does not run",
    { tree: { "/proc/700": undefined } },
    "problem gateway-setup",
    /^No gateway runs, though unit .* would start one/,
  ],
  [
    "a unit that systemd would not start again",
    unitWith("Restart=always", "Restart=on-failure"),
    "problem gateway-unit",
    /has Restart=on-failure/,
  ],
  [
    "a unit without a word of that",
    unitWith("Restart=always\n", ""),
    "problem gateway-unit",
    /has Restart=no\./,
  ],
  [
    "a unit that systemd gives up",
    unitWith("StartLimitIntervalSec=0", "StartLimitIntervalSec=10s"),
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
  [
    "a unit that was edited since",
    unitWith("policies", "other"),
    "warning gateway-unit",
    /has other flags than/,
  ],
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
    "a unit whose flags nobody but systemd knows, while nothing runs",
    {
      tree: { ...unitWith("--registry-config-path", "$FLAGS").tree, "/proc/700": undefined },
    },
    "unknown gateway-setup",
    /stand in variables/,
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
]);

hasNothingAgainst([
  [
    "a successor on the same socket, as every upgrade has one",
    oneMore(800, "--signature-policy-dir", "/etc/countersign/policies"),
  ],
]);
