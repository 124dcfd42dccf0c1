import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Question, Site } from "../case.ts";
import { askedAs, demandOf, intoLayout } from "../evidence/local-images.ts";
import { accept, reject } from "../evidence/policies.ts";
import { mediaTypes, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

type Entry = readonly [name: string | undefined, image: StoredManifest];

/** What a layout holds. */
const contents: Readonly<Record<string, (one: StoredManifest, two: StoredManifest) => readonly Entry[]>> = {
  nothing: () => [],
  "one image without a name": (one) => [[undefined, one]],
  "one image": (one) => [["v1", one]],
  "two images": (one, two) => [
    ["v1", one],
    ["v2", two],
  ],
  "two images of one name": (one, two) => [
    ["v1", one],
    ["v1", two],
  ],
  "an image with a name like a registry's": (one) => [["ex.com:5000/a/b:v1", one]],
  "an image of no type": (one) => [["v1", { ...one, mediaType: "" }]],
  "an image of an unknown type": (one) => [["v1", { ...one, mediaType: "text/plain" }]],
  "two images, one of an unknown type": (one, two) => [
    ["v1", { ...one, mediaType: "text/plain" }],
    ["v1", two],
  ],
  "two images of unknown types": (one, two) => [
    ["v1", { ...one, mediaType: "text/plain" }],
    ["v1", { ...two, mediaType: `a"b` }],
  ],
  "an image that it calls an index": (one) => [["v1", { ...one, mediaType: mediaTypes.index }]],
  "an image with an empty name": (one) => [["", one]],
};

const copied: ReadonlySet<string> = new Set([mediaTypes.manifest, mediaTypes.index, ""]);

/** What is asked for after the path. */
const asked: readonly string[] = [
  "",
  ":",
  ":v1",
  ":v2",
  ":V1",
  ":v1 ",
  ":v1:v2",
  ":ex.com:5000/a/b:v1",
  ":@0",
  ":@1",
  ":@2",
  ":@00",
  ":@+1",
  ":@-0",
  ":@-1",
  ":@",
  ":@x",
  ":@1x",
  ":@0x1",
  ":@1_0",
  ":@99999999999999999999",
  ":v1@0",
  ":a--b",
  ":a---b",
  ":-a",
  ":a/",
  ":a//b",
  ":é",
];

/** What index.json says of one good image. */
const indexes: Readonly<Record<string, (good: Readonly<Record<string, unknown>>) => string>> = {
  nothing: () => "",
  "white space": () => " \n",
  "no JSON": () => "hello",
  "half of it": (good) => index([good]).slice(0, -3),
  null: () => "null",
  "a list": () => "[]",
  "an empty object": () => "{}",
  "a list for manifests": (good) => index([good]),
  "null for manifests": () => `{"schemaVersion":2,"manifests":null}`,
  "an object for manifests": () => `{"schemaVersion":2,"manifests":{}}`,
  "a null manifest": () => index([null]),
  "a manifest that is a string": () => index(["x"]),
  "members in capitals": (good) => index([good]).replace(`"manifests"`, `"MANIFESTS"`),
  "no version": (good) => JSON.stringify({ manifests: [good] }),
  "version 1": (good) => JSON.stringify({ schemaVersion: 1, manifests: [good] }),
  "a version in quotes": (good) => JSON.stringify({ schemaVersion: "2", manifests: [good] }),
  "another type": (good) => JSON.stringify({ mediaType: "text/plain", manifests: [good] }),
  "a type that is a number": (good) => JSON.stringify({ mediaType: 1, manifests: [good] }),
  "layers too": (good) => JSON.stringify({ schemaVersion: 2, layers: [], manifests: [good] }),
  "no digest": ({ digest: _, ...good }) => index([good]),
  "an empty digest": (good) => index([{ ...good, digest: "" }]),
  "a digest that is a number": (good) => index([{ ...good, digest: 1 }]),
  "a digest in capitals": (good) => index([{ ...good, digest: String(good["digest"]).toUpperCase() }]),
  "a short digest": (good) => index([{ ...good, digest: "sha256:abc" }]),
  "a digest of an unknown kind": (good) =>
    index([{ ...good, digest: "md5:d41d8cd98f00b204e9800998ecf8427e" }]),
  "a path for a digest": (good) => index([{ ...good, digest: "sha256:../../index.json" }]),
  "a digest of nothing": (good) => index([{ ...good, digest: `sha256:${"0".repeat(64)}` }]),
  "a wrong size": (good) => index([{ ...good, size: 1 }]),
  "a size in quotes": (good) => index([{ ...good, size: "1" }]),
  "another platform": (good) => index([{ ...good, platform: { os: "plan9", architecture: "mips" } }]),
  "a platform that is a string": (good) => index([{ ...good, platform: "linux" }]),
  "annotations that are a list": (good) => index([{ ...good, annotations: [] }]),
  "an annotation that is a number": (good) => index([{ ...good, annotations: { a: 1 } }]),
  "a name that is null": (good) => index([{ ...good, annotations: { [refName]: null } }]),
  "a name in capitals": (good) => index([{ ...good, annotations: { [refName.toUpperCase()]: "v1" } }]),
};

const refName = "org.opencontainers.image.ref.name";

function index(manifests: readonly unknown[]): string {
  return JSON.stringify({ schemaVersion: 2, manifests });
}

/** What happens to the files of a whole layout. */
const spoilt: Readonly<Record<string, (at: (file: string) => string, image: StoredManifest) => void>> = {
  "there is no oci-layout": (at) => rmSync(at("oci-layout")),
  "oci-layout is of another version": (at) =>
    writeFileSync(at("oci-layout"), `{"imageLayoutVersion":"9.0.0"}`),
  "oci-layout is no JSON": (at) => writeFileSync(at("oci-layout"), "hello"),
  "there is no index": (at) => rmSync(at("index.json")),
  "the index is a directory": (at) => {
    rmSync(at("index.json"));
    mkdirSync(at("index.json"));
  },
  "there are no blobs": (at) => rmSync(at("blobs"), { recursive: true }),
  "the manifest is missing": (at, image) => rmSync(at(blobOf(image))),
  "the manifest is a directory": (at, image) => {
    rmSync(at(blobOf(image)));
    mkdirSync(at(blobOf(image)));
  },
  "the manifest is not what its digest says": (at, image) =>
    writeFileSync(at(blobOf(image)), `${Buffer.from(image.bytes).toString()}\n`),
  "it is gone": (at) => rmSync(at("."), { recursive: true }),
  "it is a file": (at) => {
    rmSync(at("."), { recursive: true });
    writeFileSync(at("."), "");
  },
};

function blobOf({ digest }: StoredManifest): string {
  return `blobs/${digest.replace(":", "/")}`;
}

export const ociLayoutRows: Rows = {
  ...rowsOf(
    Object.entries(contents).flatMap(([what, content]) =>
      asked.map((name) => [`${what}, asked for ${JSON.stringify(name)}`, { content, name }] as const),
    ),
    ({ content, name }) =>
      (site) => {
        const entries = content(storeImage(site, "one", "one"), storeImage(site, "two", "two"));
        const directory = intoLayout(site, entries);
        // what it takes for an old schema skopeo cannot copy
        const canCopy = entries.every(([, { mediaType }]) => copied.has(mediaType));
        return askedAs(`oci:${directory}${name}`, demandOf("oci", "", canCopy ? accept : reject));
      },
  ),
  ...rowsOf(
    Object.entries(indexes).map(([what, write]) => [`index.json has ${what}`, write] as const),
    (write) => (site) => {
      const { bytes, mediaType, digest } = storeImage(site);
      const image = { bytes, mediaType, digest };
      const directory = intoLayout(site, [["v1", image]]);
      const good = { mediaType, digest, size: bytes.length, annotations: { [refName]: "v1" } };
      writeFileSync(join(directory, "index.json"), write(good));
      return askedAs(`oci:${directory}`, demandOf("oci", "", accept));
    },
  ),
  ...rowsOf(
    Object.entries(spoilt).flatMap(([what, spoil]) =>
      [accept, reject].map(
        (requirement) => [`${what}, ${requirement.type}`, { spoil, requirement }] as const,
      ),
    ),
    ({ spoil, requirement }) =>
      (site) =>
        spoiltLayout(site, spoil, requirement),
  ),
  "the manifest is no JSON, reject": (site) =>
    spoiltLayout(site, (at, image) => writeFileSync(at(blobOf(image)), "hello"), reject),
};

function spoiltLayout(
  site: Site,
  spoil: (at: (file: string) => string, image: StoredManifest) => void,
  requirement: unknown,
): Question {
  const image = storeImage(site);
  const directory = intoLayout(site, [["v1", image]]);
  spoil((file) => (file === "." ? directory : join(directory, file)), image);
  return askedAs(`oci:${directory}:v1`, demandOf("oci", "", requirement));
}
