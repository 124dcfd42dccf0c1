import { type Observation, ok, warning } from "../finding.ts";
import type { NodeFacts } from "../node-facts.ts";

/** They have a whole layer unpacked, which containerd has compared with its digest before. */
const whole: ReadonlySet<string> = new Set([
  "blockfile",
  "btrfs",
  "devmapper",
  "erofs",
  "fuse-overlayfs",
  "native",
  "overlayfs",
  "zfs",
]);

/**
 * What those that are known to fetch later compare that with.
 * Source: containerd/stargz-snapshotter docs/verification.md; awslabs/soci-snapshotter docs/soci-index-manifest-v2.md;
 * dragonflyoss/nydus docs/nydusd.md (digest_validate); containerd/overlaybd, whose blocks have checksums and no digests.
 */
const comparing: Readonly<Record<string, string>> = {
  stargz:
    "stargz compares it with a table of contents whose digest is in the manifest, unless it is told disable_verification or allow_no_verification.",
  soci: "soci compares it with an index; one of version 2 belongs to the image, one of version 1 is whoever's may push beside it.",
  nydus: "nydus compares it with the digests in the image only where its digest_validate is true.",
  overlaybd: "overlaybd compares it with no digest.",
};

/** Whether all that is in an image is there, and compared with its digest, before a container is made from it. */
export function checkSnapshotters({
  runtime,
  containerd: { snapshotters },
}: Pick<NodeFacts, "runtime" | "containerd">): readonly Observation[] {
  if (runtime !== "containerd") return [];
  const others = snapshotters.filter((name) => !whole.has(name));
  if (others.length === 0) {
    return [ok(`containerd has whole layers before it unpacks them, by ${snapshotters.join(", ")}.`)];
  }
  return others.map(fetchesLater);
}

function fetchesLater(name: string): Observation {
  const known = comparing[name];
  return warning(
    known === undefined
      ? `containerd unpacks images by ${name}, of which is not known here whether it fetches layers while containers run.`
      : `containerd unpacks images by ${name}, which fetches what is in their layers while containers run.`,
    `What is judged is the manifest, which names each layer by its digest; what comes later is compared by nobody but the snapshotter. ${known ?? ""}`.trim(),
    'have containerd say snapshotter = "overlayfs" in its CRI configuration and for every runtime, or see to it that the snapshotter verifies what it fetches',
  );
}
