import { type Change, containerdWith, hasNothingAgainst, tellsOf } from "../../testing/changed-node.ts";

/** containerd 1.x's configuration, as a node that streams its images has it. */
const oldContainerd = (...lines: readonly string[]): Change => ({
  tree: {
    "/etc/containerd/config.toml": [
      `version = 2\n[plugins."io.containerd.grpc.v1.cri"]`,
      `sandbox_image = "registry.k8s.io/pause@sha256:${"a".repeat(64)}"`,
      '[plugins."io.containerd.grpc.v1.cri".registry]\nconfig_path = "/etc/containerd/certs.d"',
      ...lines,
    ].join("\n"),
  },
});

const streaming = (name: string) =>
  oldContainerd(
    '[plugins."io.containerd.grpc.v1.cri".containerd]',
    `snapshotter = "${name}"`,
    "disable_snapshot_annotations = false",
  );

tellsOf([
  ...["stargz", "soci", "nydus", "overlaybd"].map(
    (name) =>
      [
        `${name}, which fetches layers later`,
        streaming(name),
        "warning snapshotters",
        new RegExp(`^containerd unpacks images by ${name}, which fetches`),
      ] as const,
  ),
  [
    "a snapshotter of which nothing is known",
    streaming("tardev"),
    "warning snapshotters",
    /^containerd unpacks images by tardev, of which is not known here/,
  ],
  [
    "one of containerd 2.x's own part for images",
    containerdWith('[plugins."io.containerd.cri.v1.images"]', 'snapshotter = "soci"'),
    "warning snapshotters",
    /by soci, which/,
  ],
  [
    "one of a runtime's platform in 2.x",
    containerdWith('[plugins."io.containerd.cri.v1.images".runtime_platforms.kata]', 'snapshotter = "nydus"'),
    "warning snapshotters",
    /by nydus, which/,
  ],
  [
    "one of a runtime in 2.x",
    containerdWith(
      '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]',
      'snapshotter = "nydus"',
    ),
    "warning snapshotters",
    /by nydus, which/,
  ],
  [
    "one of a runtime in 1.x, though the others have none of it",
    oldContainerd(
      '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.kata]',
      'snapshotter = "overlaybd"',
    ),
    "warning snapshotters",
    /by overlaybd, which/,
  ],
]);

hasNothingAgainst([
  ["snapshotters that have whole layers", streaming("zfs")],
  [
    "a runtime with such a one of its own",
    containerdWith(
      '[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.kata]',
      'snapshotter = "devmapper"',
    ),
  ],
]);
