import { symlinkSync } from "node:fs";
import type { Site } from "../case.ts";
import { askedAs } from "../evidence/local-images.ts";
import { accept, demandEverywhere } from "../evidence/policies.ts";
import { type Rows, rowsOf } from "./table.ts";

const hex = "0123456789abcdef".repeat(4);
const sha256 = `sha256:${hex}`;

/** Names that no image is looked for by, whatever the transport. */
const broken: readonly string[] = [
  "docker://",
  "docker://a:b:c",
  "docker://A",
  `docker://h.example/a:b@${sha256}`,
  "atomic:h.example/a",
  "atomic:h.example/a:t",
  "atomic:h.example/a/b",
  "atomic:h.example/a/b/c:t",
  "atomic:h.example/A/b:t",
  `atomic:h.example/a/b@${sha256}`,
  "docker-daemon:",
  "docker-daemon:h.example/a",
  "docker-daemon:h.example/A:t",
  `docker-daemon:h.example/a:t@${sha256}`,
  "docker-daemon:sha256:abc",
  `docker-daemon:sha512:${hex}${hex}`,
  `docker-daemon:sha256:${hex.toUpperCase()}`,
  "docker-archive:",
  "docker-archive:/x:",
  "docker-archive:/x:A",
  "docker-archive:/x:@",
  "docker-archive:/x:@x",
  "docker-archive:/x:@-1",
  `docker-archive:/x:a@${sha256}`,
  `docker-archive:/x:a:t@${sha256}`,
  "containers-storage:[",
  "containers-storage:[]",
  "containers-storage:[]a",
  "containers-storage:[@]a",
  "containers-storage:[a@]b",
  "containers-storage:[@/a]b",
  "containers-storage:[a]b",
  "containers-storage:[vfs@a]b",
  "containers-storage:[vfs@/a+b]c",
  "oci-archive:/none/a:b c",
  "oci:/none/a:b",
  "oci:/none/a:@x",
  "dir:/none/a",
  "sif:/none/a.sif",
  "dir:/dev/null/a",
  "oci:/dev/null/a:v1",
  "oci-archive:/dev/null/a",
];

/** Paths where there is nothing, or not what is expected. */
const paths: Readonly<Record<string, (site: Site) => string>> = {
  "nothing in a directory": (site) => site.absent("none"),
  "nothing in no directory": (site) => site.absent("none/none"),
  "nothing with a slash": (site) => `${site.absent("none")}/`,
  "nothing with a point": (site) => `${site.absent("none")}/.`,
  "nothing and back": (site) => `${site.absent("none")}/..`,
  "something below a file": (site) => `${site.file("file", "")}/x`,
  "a file with a slash": (site) => `${site.file("file", "")}/`,
  "something below what is below a file": (site) => `${site.file("file", "")}/x/y`,
  "a name that is too long": (site) => site.absent("x".repeat(300)),
  "a link to itself": (site) => link(site, "loop", "loop"),
  "something below a link to itself": (site) => `${link(site, "loop", "loop")}/x`,
  "a link to nothing": (site) => link(site, "nowhere", "dangling"),
  "nothing below a link to nothing": (site) => `${link(site, "nowhere", "dangling")}/x`,
  "a link below a file": (site) => {
    site.file("file", "");
    return link(site, "file/x", "to-file");
  },
};

function link(site: Site, target: string, name: string): string {
  symlinkSync(target, site.absent(name));
  return site.absent(name);
}

export const transportNameRows: Rows = {
  ...rowsOf(
    broken.map((name) => [name, name] as const),
    (name) => () => askedAs(name, demandEverywhere(accept)),
  ),
  ...rowsOf(
    ["dir", "oci"].flatMap((transport) =>
      Object.entries(paths).map(([what, path]) => [`${transport}: ${what}`, { transport, path }] as const),
    ),
    ({ transport, path }) =>
      (site) => {
        site.file("here", "");
        return askedAs(`${transport}:${path(site)}`, demandEverywhere(accept));
      },
  ),
  "a broken policy is told before a broken name": () => askedAs("dir:/none/a", "{}"),
};
