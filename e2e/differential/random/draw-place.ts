import type { Draw } from "@countersign/testkit/random/draw";
import type { Site } from "../case.ts";

/** Where an image is, what it is called, and how the one leads to the other. */
export interface Place {
  /** the case's corner by the name that users and policies know */
  readonly named: Site;
  /** the corner that holds the image */
  readonly stored: Site;
  readonly registriesConf: string;
}

/** Mostly where its name says; else at a mirror, or below a name that is rewritten. */
export function drawPlace(draw: Draw, site: Site): Place {
  if (draw.chance(0.6)) return { named: site, stored: site, registriesConf: "" };
  return draw.one([drawMirror, drawMirror, drawRewritten])(draw, site);
}

function drawMirror(draw: Draw, site: Site): Place {
  const mirror = site.elsewhere();
  const use = draw.one(["", "", `pull-from-mirror = "${draw.one(["all", "digest-only", "tag-only"])}"`]);
  const more = draw.one(["", "", "mirror-by-digest-only = true", "blocked = true"]);
  const both = use !== "" && more.startsWith("mirror") && draw.chance(0.8);
  return {
    named: site,
    stored: draw.one([mirror, mirror, mirror, site]),
    registriesConf: lines(
      ...["[[registry]]", `location = "${site.name}"`, "insecure = true", both ? "" : more],
      ...["[[registry.mirror]]", `location = "${mirror.name}"`, "insecure = true", use],
    ),
  };
}

function drawRewritten(draw: Draw, site: Site): Place {
  const [host, repository] = draw.one([
    ["registry.example", "team/app"],
    ["registry.example:8443", "app"],
    ["a.b.registry.example", "team/app"],
    ["docker.io", "library/app"],
    ["docker.io", "team/app"],
  ]);
  const name = `${host}/${repository}`;
  const written = host.startsWith("a.b.") && draw.chance(0.8) ? "*.registry.example" : name;
  const location = written === name ? site.name : site.name.replace(`/${repository}`, "");
  return {
    named: { ...site, host, repository, name },
    stored: written === name ? site : { ...site, repository: `${site.repository}/${repository}` },
    registriesConf: lines(
      "[[registry]]",
      `prefix = "${written}"`,
      `location = "${location}"`,
      "insecure = true",
    ),
  };
}

function lines(...all: readonly string[]): string {
  return all.filter((line) => line !== "").join("\n");
}
