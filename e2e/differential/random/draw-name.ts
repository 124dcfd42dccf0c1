import type { Draw } from "@countersign/testkit/random/draw";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { otherDigest } from "../evidence/store.ts";

/** A name that an image might have, or be signed under: often the right one, sometimes close to it. */
export function drawName(draw: Draw, site: Site, { digest }: StoredManifest): string {
  if (draw.chance(0.5)) return draw.one([`${site.name}:v1`, `${site.name}@${digest}`]);
  const host = draw.one([site.host, site.host, "ex.com", site.host.replace(/:.*/, ""), "localhost:5000", ""]);
  const path = draw.one([site.repository, site.repository, "other/app", "app", "library/app", "App", ""]);
  const suffix = draw.one([
    "",
    ":v1",
    ":v2",
    ":latest",
    `@${digest}`,
    `@${otherDigest}`,
    `:v1@${digest}`,
    ":",
    "@x",
  ]);
  return `${host}${host === "" ? "" : "/"}${path}${suffix}`;
}

/** A repository, a namespace or a host: what identities are remapped by, and policies scoped by. */
export function drawScope(draw: Draw, site: Site, image: StoredManifest): string {
  const namespace = site.name.slice(0, site.name.lastIndexOf("/"));
  return draw.one([
    ...([site.name, site.name, namespace, site.host] as const),
    ...[
      "",
      "*.0.0.1",
      "*.1",
      "ex.com",
      site.host.replace(/:.*/, ""),
      `${site.name}/`,
      site.name.slice(0, -1),
    ],
    drawName(draw, site, image),
  ]);
}
