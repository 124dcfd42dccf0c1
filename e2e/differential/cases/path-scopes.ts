import { mkdirSync, symlinkSync } from "node:fs";
import { relative } from "node:path";
import type { Question, Site } from "../case.ts";
import { askedAs, demandOf, intoDirectory, intoLayout } from "../evidence/local-images.ts";
import { accept, reject } from "../evidence/policies.ts";
import { storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

type Transport = "dir" | "oci";

/** An image two directories below the case's own, `up/down`, and links to both. */
function place(site: Site, transport: Transport): string {
  const image = storeImage(site);
  mkdirSync(site.absent("up"));
  const path =
    transport === "dir"
      ? intoDirectory(site, { image }, [], "up/down")
      : intoLayout(site, [["v1", image]], [], "up/down");
  symlinkSync("up/down", site.absent("link"));
  symlinkSync(site.absent("up"), site.absent("link-up"));
  symlinkSync("link-up/../link", site.absent("link-link"));
  symlinkSync("down", site.absent("up/beside"));
  return path;
}

/** Ways to write the path of the image. */
const ways: Readonly<Record<string, (path: string, site: Site) => string>> = {
  plainly: (path) => path,
  "with a slash at the end": (path) => `${path}/`,
  "with two slashes": (path) => path.replace("/down", "//down"),
  "with points": (path) => `${path}/./../down/.`,
  "over a directory that is not there": (path) => path.replace("/up/", "/none/../up/"),
  "relative to the working directory": (path) => relative(process.cwd(), path),
  "by a link": (_, site) => site.absent("link"),
  "by a link, with a slash at the end": (_, site) => `${site.absent("link")}/`,
  "by a link above it": (_, site) => site.absent("link-up/down"),
  "by a link to a link": (_, site) => site.absent("link-link"),
  "by a link beside it": (_, site) => site.absent("up/beside"),
  "past a link and back": (_, site) => site.absent("link/../up/down"),
  "from the root": (path) => `/../..${path}`,
};

/** Scopes for it. */
const scopes: Readonly<Record<string, (path: string, site: Site) => string>> = {
  "the directory": (path) => path,
  "the one above": (_, site) => site.absent("up"),
  "the one above that": (_, site) => site.absent(".").replace(/\/\.?$/, ""),
  "the first of all": (path) => `/${path.split("/")[1]}`,
  everything: () => "",
  "the link": (_, site) => site.absent("link"),
  "the link above": (_, site) => site.absent("link-up"),
  "half a name": (path) => path.slice(0, -1),
  "a directory below": (path) => `${path}/more`,
  "the directory with the image's name": (path) => `${path}:v1`,
};

const transports: readonly Transport[] = ["dir", "oci"];

function named(transport: Transport, path: string): string {
  return transport === "dir" ? `dir:${path}` : `oci:${path}:v1`;
}

type Tree = (path: string, site: Site) => Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Lookups among several scopes. */
const trees: Readonly<Record<string, (transport: Transport) => Tree>> = {
  "nearer before farther": (transport) => (path, site) => ({
    [transport]: { [path]: [accept], [site.absent("up")]: [reject] },
  }),
  "farther before everything": (transport) => (_, site) => ({
    [transport]: { [site.absent("up")]: [accept], "": [reject] },
  }),
  "everything before default": (transport) => () => ({ [transport]: { "": [accept] } }),
  "no inheritance": (transport) => (path) => ({ [transport]: { [path]: [reject], "": [accept] } }),
  "the other transports": (transport) => (path) =>
    Object.fromEntries(
      ["dir", "oci", "oci-archive", "sif"]
        .filter((other) => other !== transport)
        .map((other) => [other, { [path]: [accept], "": [accept] }]),
    ),
  "the path as a scope of docker": () => (path) => ({ docker: { [path]: [accept], "": [accept] } }),
};

export const pathScopeRows: Rows = {
  ...rowsOf(
    transports.flatMap((transport) =>
      Object.entries(ways).flatMap(([way, write]) =>
        Object.entries(scopes).map(
          ([name, scope]) => [`${transport}, written ${way}: ${name}`, { transport, write, scope }] as const,
        ),
      ),
    ),
    ({ transport, write, scope }) =>
      (site): Question => {
        const path = place(site, transport);
        const source = named(transport, write(path, site));
        return askedAs(source, demandOf(transport, scope(path, site), accept));
      },
  ),
  ...rowsOf(
    transports.flatMap((transport) =>
      Object.entries(trees).map(([name, tree]) => [`${transport}, ${name}`, { transport, tree }] as const),
    ),
    ({ transport, tree }) =>
      (site): Question => {
        const path = place(site, transport);
        return askedAs(
          named(transport, path),
          JSON.stringify({ default: [reject], transports: tree(transport)(path, site) }),
        );
      },
  ),
};
