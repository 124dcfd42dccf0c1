import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform, Question, Site } from "../case.ts";
import { kit, trusted } from "../evidence/kit.ts";
import { demandOf, intoDirectory, intoLayout } from "../evidence/local-images.ts";
import { accept, inBase64, reject, sigstoreSigned } from "../evidence/policies.ts";
import { digestOf, mediaTypes, storeImage, storeIndex } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const name = "registry.example/app:v1";
const amd64: Platform = { os: "linux", architecture: "amd64" };
const arm64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };
const demanding = sigstoreSigned({
  keyData: inBase64(trusted.publicKeyPem),
  signedIdentity: { type: "exactReference", dockerReference: name },
});

interface Stored {
  readonly index: StoredManifest;
  readonly first: StoredManifest;
  readonly second: StoredManifest;
}

function store(site: Site, mediaType: string): Stored {
  const first = storeImage(site, "amd64", "amd64");
  const second = storeImage(site, "arm64", "arm64");
  const instances = [
    [arm64, second],
    [amd64, first],
  ] as const;
  return { index: storeIndex(site, instances, "v1", mediaType), first, second };
}

const platforms: Readonly<Record<string, Platform>> = {
  amd64,
  arm64: { os: "linux", architecture: "arm64" },
  "arm64/v8": arm64,
  s390x: { os: "linux", architecture: "s390x" },
};

/** Which of the manifests are signed, beside the manifests. */
const signed: Readonly<Record<string, (stored: Stored) => readonly StoredManifest[]>> = {
  nothing: () => [],
  "the index": ({ index }) => [index],
  "the instance": ({ first }) => [first],
  "the other instance": ({ second }) => [second],
  "all three": ({ index, first, second }) => [index, first, second],
};

/** A policy where a good signature of anything is one of everything that it lies beside. */
function ask(directory: string, platform: Platform, requirement: unknown): Question {
  return { image: { source: `dir:${directory}` }, policy: demandOf("dir", "", requirement), platform };
}

function directoryOf(site: Site, stored: Stored, subjects: readonly StoredManifest[]): string {
  const { index, first, second } = stored;
  const withSignatures = (image: StoredManifest) => ({
    image,
    signatures: subjects.includes(image)
      ? [kit.sign(trusted, { digest: image.digest, reference: name })]
      : [],
  });
  return intoDirectory(site, withSignatures(index), [first, second].map(withSignatures));
}

const hexOf = ({ digest }: StoredManifest): string => digest.slice(7);

/** What happens to the files of an index's first instance, which is asked for. */
const spoilt: Readonly<Record<string, (at: (file: string) => string, stored: Stored) => void>> = {
  "is missing": (at, { first }) => rmSync(at(`${hexOf(first)}.manifest.json`)),
  "is another": (at, { first, second }) => writeFileSync(at(`${hexOf(first)}.manifest.json`), second.bytes),
  "is an index": (at, { first, index }) => writeFileSync(at(`${hexOf(first)}.manifest.json`), index.bytes),
  "is empty": (at, { first }) => writeFileSync(at(`${hexOf(first)}.manifest.json`), ""),
  "has its signature where the image's would be": (at, { first }) =>
    writeFileSync(
      at("signature-1"),
      sigstoreBlob(kit.sign(trusted, { digest: first.digest, reference: name })),
    ),
};

const lists = [mediaTypes.index, mediaTypes.dockerList];
const called = (mediaType: string) => (mediaType === mediaTypes.index ? "index" : "Docker list");

export const localIndexRows: Rows = {
  ...rowsOf(
    lists.flatMap((mediaType) =>
      Object.entries(platforms).flatMap(([platformName, platform]) =>
        Object.entries(signed).map(
          ([what, subjects]) =>
            [
              `${called(mediaType)} in a directory, ${platformName} wanted, ${what} signed`,
              { mediaType, platform, subjects },
            ] as const,
        ),
      ),
    ),
    ({ mediaType, platform, subjects }) =>
      (site) => {
        const stored = store(site, mediaType);
        return ask(directoryOf(site, stored, subjects(stored)), platform, demanding);
      },
  ),
  ...rowsOf(
    Object.entries(spoilt).flatMap(([what, spoil]) =>
      [accept, reject, demanding].map(
        (requirement) => [`whose instance ${what}, ${requirement["type"]}`, { spoil, requirement }] as const,
      ),
    ),
    ({ spoil, requirement }) =>
      (site) => {
        const stored = store(site, mediaTypes.index);
        const directory = directoryOf(site, stored, []);
        spoil((file) => join(directory, file), stored);
        return ask(directory, amd64, requirement);
      },
  ),
  ...rowsOf(
    lists.flatMap((mediaType) =>
      Object.entries(platforms).flatMap(([platformName, platform]) =>
        [accept, reject].map(
          (requirement) =>
            [
              `${called(mediaType)} in a layout, ${platformName} wanted, ${requirement.type}`,
              { mediaType, platform, requirement },
            ] as const,
        ),
      ),
    ),
    ({ mediaType, platform, requirement }) =>
      (site) => {
        const { index, first, second } = store(site, mediaType);
        const directory = intoLayout(site, [["v1", index]], [first, second]);
        return {
          image: { source: `oci:${directory}:v1` },
          policy: demandOf("oci", "", requirement),
          platform,
        };
      },
  ),
  ...rowsOf(
    [
      ["is missing", (path: string) => rmSync(path)],
      ["is another", (path: string) => writeFileSync(path, "{}")],
    ] as const,
    (spoil) => (site) => {
      const { index, first, second } = store(site, mediaTypes.index);
      const directory = intoLayout(site, [["v1", index]], [first, second]);
      spoil(join(directory, "blobs/sha256", hexOf(first)));
      return {
        image: { source: `oci:${directory}:v1` },
        policy: demandOf("oci", "", accept),
        platform: amd64,
      };
    },
  ),
  "an instance that index.json calls an index": (site) => {
    const { index, first, second } = store(site, mediaTypes.index);
    const directory = intoLayout(site, [
      ["v1", index],
      ["amd64", { ...first, mediaType: mediaTypes.index }],
      ["arm64", second],
    ]);
    return { image: { source: `oci:${directory}:v1` }, policy: demandOf("oci", "", accept), platform: amd64 };
  },
  "an instance by sha512": (site) => {
    const image = storeImage(site);
    const other = { ...image, digest: digestOf(image.bytes, "sha512") as StoredManifest["digest"] };
    const directory = intoDirectory(site, { image: storeIndex(site, [[amd64, other]]) });
    for (const file of [other.digest.slice(7), `sha512-${other.digest.slice(7)}`]) {
      writeFileSync(join(directory, `${file}.manifest.json`), image.bytes);
    }
    return ask(directory, amd64, accept);
  },
};
