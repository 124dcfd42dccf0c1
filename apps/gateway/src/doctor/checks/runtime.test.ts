import { containerdWith, tellsOf, unitWith } from "../../testing/changed-node.ts";
import { containerdEndpoint, healthyNode, plantedProcess } from "../../testing/planted-node.ts";

tellsOf([
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
    containerdWith("[grpc]", 'tcp_address = "0.0.0.0:4444"'),
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
    containerdWith(
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
        ...unitWith(/ \\\n\s+--registry-config-path \\\n\s+\S+/, "").tree,
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
]);
