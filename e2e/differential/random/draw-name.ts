import type { Draw } from "@countersign/testkit/random/draw";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { otherDigest } from "../evidence/store.ts";

/** What a case's policy and signatures are about. */
export interface Subject {
  /** by the name that users and policies know */
  readonly site: Site;
  /** what is judged */
  readonly image: StoredManifest;
  /** what leads to it */
  readonly index: StoredManifest | undefined;
}

/** A name that an image might have, or be signed under: often the right one, sometimes close to it. */
export function drawName(draw: Draw, { site, image, index = image }: Subject): string {
  const tag = index === image || draw.chance(0.1) ? "v1" : "index";
  const { digest } = draw.one([index, index, image]);
  if (draw.chance(0.6))
    return draw.one([`${site.name}:${tag}`, `${site.name}:${tag}`, `${site.name}@${digest}`]);
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

/** A name that a policy may say: seldom one that is none. */
export function drawReference(draw: Draw, subject: Subject): string {
  if (draw.chance(0.1)) return drawName(draw, subject);
  const { name } = subject.site;
  return (
    draw.one([name, name, `${name}/more`, "ex.com/other/app"]) + draw.one([":v1", ":index", ":v1", ":v2"])
  );
}

/** The same without a tag. */
export function drawRepository(draw: Draw, subject: Subject): string {
  if (draw.chance(0.1)) return drawName(draw, subject);
  const { name } = subject.site;
  return draw.one([name, name, name, `${name}/more`, "ex.com/other/app"]);
}

/** A repository, a parent or a host, to remap identities by. */
export function drawPrefix(draw: Draw, subject: Subject): string {
  if (draw.chance(0.1)) return drawScope(draw, subject);
  const { name, host } = subject.site;
  return draw.one([name, name, name.slice(0, name.lastIndexOf("/")), host, "ex.com", "ex.com/other"]);
}

/** A repository, a namespace or a host: what identities are remapped by, and policies scoped by. */
export function drawScope(draw: Draw, subject: Subject): string {
  const { site } = subject;
  const namespace = site.name.slice(0, site.name.lastIndexOf("/"));
  return draw.one([
    ...([site.name, site.name, namespace, site.host] as const),
    ...[
      "",
      "*.0.0.1",
      "*.1",
      "*.registry.example",
      "ex.com",
      site.host.replace(/:.*/, ""),
      `${site.name}/`,
      site.name.slice(0, -1),
    ],
    drawName(draw, subject),
  ]);
}
