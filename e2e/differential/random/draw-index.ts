import type { Draw } from "@countersign/testkit/random/draw";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform, Site } from "../case.ts";
import { descriptorOf, type IndexType, storeIndexOf } from "../evidence/indexes.ts";
import { otherDigest, storeImage } from "../evidence/store.ts";

const platforms: readonly [Platform, ...Platform[]] = [
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "amd64" },
  { os: "linux", architecture: "arm64" },
  { os: "linux", architecture: "arm64", variant: "v8" },
  { os: "linux", architecture: "arm", variant: "v7" },
  { os: "linux", architecture: "arm", variant: "v6" },
];

/** What platform the image is asked for. */
export function drawPlatform(draw: Draw): Platform {
  return draw.one(platforms);
}

/** An index over the image and others: seldom one that leads nowhere, or to another index. */
export function drawIndex(draw: Draw, site: Site, image: StoredManifest, wanted: Platform): StoredManifest {
  const others = draw.several([0], 0, 2).map((_, at) => storeImage(site, `other${at}`, `other ${at}`));
  const mine = describe(draw, image, draw.chance(0.85) ? wanted : draw.one(platforms));
  const theirs = others.map((other) => describe(draw, other, draw.one(platforms)));
  const type = draw.one<IndexType>(["index", "index", "Docker list"]);
  const index = storeIndexOf(
    site,
    draw.chance(0.5) ? [mine, ...theirs] : [...theirs, mine],
    {},
    type,
    "index",
  );
  if (draw.chance(0.95)) return index;
  return storeIndexOf(site, [describe(draw, index, wanted)], {}, draw.one(["index", "Docker list"]), "index");
}

function describe(draw: Draw, manifest: StoredManifest, platform: Platform): object {
  const zstd = draw.chance(0.1) ? { annotations: { "io.github.containers.compression.zstd": "true" } } : {};
  const whole = { ...descriptorOf(manifest, platform), ...zstd };
  if (draw.chance(0.94)) return whole;
  return draw.one<object>([
    { ...whole, platform: undefined },
    { ...whole, digest: otherDigest },
    { ...whole, size: 1 },
    { ...whole, platform: { ...platform, "os.version": "10" } },
    { ...whole, mediaType: "application/vnd.docker.distribution.manifest.v2+json" },
  ]);
}
