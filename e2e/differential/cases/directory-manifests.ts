import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Question, Site } from "../case.ts";
import { askedAs, demandOf, intoDirectory } from "../evidence/local-images.ts";
import { accept, reject } from "../evidence/policies.ts";
import { mediaTypes, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** What happens to the files of a whole image. */
const spoilt: Readonly<Record<string, (at: (file: string) => string, site: Site) => void>> = {
  nothing: () => {},
  "it is gone": (at) => rmSync(at("."), { recursive: true }),
  "it is a file": (at) => {
    rmSync(at("."), { recursive: true });
    writeFileSync(at("."), "");
  },
  "it is empty": (at) => {
    rmSync(at("."), { recursive: true });
    mkdirSync(at("."));
  },
  "it is a link to nothing": (at) => {
    rmSync(at("."), { recursive: true });
    symlinkSync("nowhere", at("."));
  },
  "it is a link to itself": (at) => {
    rmSync(at("."), { recursive: true });
    symlinkSync("image", at("."));
  },
  "there is no manifest": (at) => rmSync(at("manifest.json")),
  "the manifest is a directory": (at) => {
    rmSync(at("manifest.json"));
    mkdirSync(at("manifest.json"));
  },
  "the manifest is a link": (at) => {
    renameSync(at("manifest.json"), at("m"));
    symlinkSync("m", at("manifest.json"));
  },
  "the manifest is a link to nothing": (at) => {
    rmSync(at("manifest.json"));
    symlinkSync("nowhere", at("manifest.json"));
  },
  "there is no version": (at) => rmSync(at("version")),
};

/** What manifest.json says; a policy that rejects tells what is noticed before it. */
const bodies: Readonly<Record<string, string>> = {
  nothing: "",
  "no JSON": "hello",
  null: "null",
  "a list": "[]",
  "an empty object": "{}",
  "an image by its type": `{"mediaType":"${mediaTypes.manifest}"}`,
  "an index by its type": `{"mediaType":"${mediaTypes.index}","manifests":[]}`,
  "an index by its type in capitals": `{"MEDIATYPE":"${mediaTypes.index}","manifests":[]}`,
  "a Docker list by its type": `{"mediaType":"${mediaTypes.dockerList}","manifests":[]}`,
  "an index by its type, of a version with a point": `{"schemaVersion":2.0,"mediaType":"${mediaTypes.index}"}`,
  "an index by its type, of a version in quotes": `{"schemaVersion":"2","mediaType":"${mediaTypes.index}"}`,
  "an index by its type, with layers": `{"mediaType":"${mediaTypes.index}","manifests":[],"layers":[]}`,
  "an index by its content": `{"schemaVersion":2,"manifests":[{}]}`,
  "an index by its content, which is empty": `{"schemaVersion":2,"manifests":[]}`,
  "an index by its content, with a config": `{"schemaVersion":2,"manifests":[{}],"config":{}}`,
  "an index by its content, with an image's config": `{"schemaVersion":2,"manifests":[{}],"config":{"mediaType":"${mediaTypes.config}"}}`,
  "an index by its content, with a config of the index's type": `{"schemaVersion":2,"manifests":[{}],"config":{"mediaType":"${mediaTypes.index}"}}`,
  "an index by its content, with a digest that is a number": `{"schemaVersion":2,"manifests":[{"digest":1}]}`,
  "an index of an unknown type": `{"schemaVersion":2,"mediaType":"text/plain","manifests":[{}]}`,
  "an index of type null": `{"schemaVersion":2,"mediaType":null,"manifests":[{}]}`,
  "an index of a type that is a number": `{"schemaVersion":2,"mediaType":1,"manifests":[{}]}`,
  "an index of version 1": `{"schemaVersion":1,"manifests":[{}]}`,
  "an index of version 3": `{"schemaVersion":3,"manifests":[{}]}`,
  "an index of a version written long": `{"schemaVersion":2e0,"manifests":[{}]}`,
  "schema 1": `{"schemaVersion":1,"name":"x","tag":"y"}`,
  "schema 1 with signatures that are none": `{"schemaVersion":1,"signatures":null}`,
};

function ask(
  site: Site,
  requirement: unknown,
  spoil: (at: (file: string) => string, site: Site) => void,
): Question {
  const directory = intoDirectory(site, { image: storeImage(site) });
  spoil((file) => (file === "." ? directory : join(directory, file)), site);
  return askedAs(`dir:${directory}`, demandOf("dir", "", requirement));
}

export const directoryManifestRows: Rows = {
  ...rowsOf(
    Object.entries(spoilt).flatMap(([what, spoil]) =>
      [accept, reject].map(
        (requirement) => [`${what}, ${requirement.type}`, { spoil, requirement }] as const,
      ),
    ),
    ({ spoil, requirement }) =>
      (site) =>
        ask(site, requirement, spoil),
  ),
  ...rowsOf(
    Object.entries(bodies).map(([what, body]) => [`the manifest is ${what}`, body] as const),
    (body) => (site) => ask(site, reject, (at) => writeFileSync(at("manifest.json"), body)),
  ),
};
