import { answer } from "@countersign/testkit/registry/registry-answer";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform, Site } from "../case.ts";
import { trusted } from "../evidence/kit.ts";
import { accept, demand, inBase64, reject, sigstoreSigned } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, digestOf, mediaTypes, storeImage, storeIndex } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const amd64: Platform = { os: "linux", architecture: "amd64" };
const arm64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };
const trust = () => sigstoreSigned({ keyData: inBase64(trusted.publicKeyPem) });

interface Stored {
  readonly index: StoredManifest;
  readonly amd64: StoredManifest;
  readonly arm64: StoredManifest;
}

function store(site: Site, mediaType: string = mediaTypes.index): Stored {
  const first = storeImage(site, "amd64", "amd64");
  const second = storeImage(site, "arm64", "arm64");
  const index = storeIndex(
    site,
    [
      [arm64, second],
      [amd64, first],
    ],
    "v1",
    mediaType,
  );
  return { index, amd64: first, arm64: second };
}

type Signed = "the instance" | "the other instance" | "the index" | "index and instance" | "nothing";

function sign(site: Site, what: Signed, stored: Stored, name = `${site.name}:v1`): void {
  const subjects: Readonly<Record<Signed, readonly StoredManifest[]>> = {
    "the instance": [stored.amd64],
    "the other instance": [stored.arm64],
    "the index": [stored.index],
    "index and instance": [stored.index, stored.amd64],
    nothing: [],
  };
  for (const subject of subjects[what]) attach(site, subject, [signatureOf(subject, name)]);
}

const signedWhat: readonly Signed[] = [
  "the instance",
  "the other instance",
  "the index",
  "index and instance",
  "nothing",
];

/** Platforms that are asked for, and lists of what an index offers. */
const wanted: readonly Platform[] = [
  amd64,
  { ...amd64, variant: "v2" },
  { os: "linux", architecture: "arm64" },
  arm64,
  { os: "linux", architecture: "arm", variant: "v7" },
  { os: "linux", architecture: "arm", variant: "v6" },
  { os: "linux", architecture: "arm" },
  { os: "linux", architecture: "386" },
  { os: "linux", architecture: "s390x" },
  { os: "windows", architecture: "amd64" },
];

const offers: Readonly<Record<string, readonly (Platform | undefined)[]>> = {
  nothing: [],
  "amd64 and arm64/v8": [amd64, arm64],
  "arm64 without a variant": [{ os: "linux", architecture: "arm64" }],
  "arm v5, v6 and v7": ["v5", "v6", "v7"].map((variant) => ({ os: "linux", architecture: "arm", variant })),
  "arm v7 first": ["v7", "v6"].map((variant) => ({ os: "linux", architecture: "arm", variant })),
  "amd64 v2 and v3": ["v2", "v3"].map((variant) => ({ ...amd64, variant })),
  "no platform at all": [undefined],
  "no platform, then amd64": [undefined, amd64],
  "an empty platform": [{ os: "", architecture: "" }],
  "unknown/unknown": [{ os: "unknown", architecture: "unknown" }],
  "amd64 twice": [amd64, amd64],
  "Linux in capitals": [{ os: "Linux", architecture: "amd64" }],
  x86_64: [{ os: "linux", architecture: "x86_64" }],
};

const text = ({ os, architecture, variant }: Platform) =>
  [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");

export const choiceRows: Rows = rowsOf(
  [mediaTypes.index, mediaTypes.dockerList].flatMap((mediaType) =>
    Object.entries(offers).flatMap(([offer, platforms]) =>
      wanted.map(
        (platform) =>
          [
            `${mediaType === mediaTypes.index ? "index" : "Docker list"} of ${offer}, ${text(platform)} wanted`,
            { mediaType, platforms, platform },
          ] as const,
      ),
    ),
  ),
  ({ mediaType, platforms, platform }) =>
    (site) => {
      const images = platforms.map((_, position) => storeImage(site, `i${position}`, `image ${position}`));
      storeIndex(
        site,
        images.map((image, position) => [platforms[position], image]),
        "v1",
        mediaType,
      );
      // Signed under names that tell which instance was chosen.
      images.forEach((image, position) => {
        attach(site, image, [signatureOf(image, `ex.com/chosen:${position}`)]);
      });
      return { image: `${site.name}:v1`, policy: demand(site, trust()), platform };
    },
);

export const indexRows: Rows = {
  ...rowsOf(
    signedWhat.flatMap((what) =>
      (["tag", "index digest", "instance digest"] as const).map(
        (way) => [`${what} is signed, asked by ${way}`, { what, way }] as const,
      ),
    ),
    ({ what, way }) =>
      (site) => {
        const stored = store(site);
        sign(site, what, stored);
        const image = {
          tag: `${site.name}:v1`,
          "index digest": `${site.name}@${stored.index.digest}`,
          "instance digest": `${site.name}@${stored.amd64.digest}`,
        }[way];
        return { image, policy: demand(site, trust()) };
      },
  ),
  ...rowsOf(
    (["index", "instance"] as const).flatMap((named) =>
      ["matchExact", "matchRepository", "matchRepoDigestOrExact"].map(
        (type) =>
          [`asked by index digest, signed as the ${named}'s digest, ${type}`, { named, type }] as const,
      ),
    ),
    ({ named, type }) =>
      (site) => {
        const stored = store(site);
        const name = `${site.name}@${named === "index" ? stored.index.digest : stored.amd64.digest}`;
        sign(site, "the instance", stored, name);
        const requirement = sigstoreSigned({
          keyData: inBase64(trusted.publicKeyPem),
          signedIdentity: { type },
        });
        return { image: `${site.name}@${stored.index.digest}`, policy: demand(site, requirement) };
      },
  ),
  "scope of the index digest": (site) => {
    const { index } = store(site);
    return { image: `${site.name}@${index.digest}`, policy: scoped(`${site.name}@${index.digest}`) };
  },
  "scope of the instance digest": (site) => {
    const { index, amd64: instance } = store(site);
    return { image: `${site.name}@${index.digest}`, policy: scoped(`${site.name}@${instance.digest}`) };
  },
  "an index, accepted": (site) => {
    store(site);
    return { image: `${site.name}:v1`, policy: demand(site, accept) };
  },
  "an index, rejected": (site) => {
    store(site);
    return { image: `${site.name}:v1`, policy: demand(site, reject) };
  },
  "an index by digest, rejected": (site) => {
    const { index } = store(site);
    return { image: `${site.name}@${index.digest}`, policy: demand(site, reject) };
  },
  "a Docker list, signed": (site) => {
    sign(site, "the instance", store(site, mediaTypes.dockerList));
    return { image: `${site.name}:v1`, policy: demand(site, trust()) };
  },
  "no such platform, accepted": (site) => {
    store(site);
    return {
      image: `${site.name}:v1`,
      policy: demand(site, accept),
      platform: { os: "linux", architecture: "riscv64" },
    };
  },
  "no such platform, rejected": (site) => {
    store(site);
    return {
      image: `${site.name}:v1`,
      policy: demand(site, reject),
      platform: { os: "linux", architecture: "riscv64" },
    };
  },
  "no such platform by digest": (site) => {
    const { index } = store(site);
    return {
      image: `${site.name}@${index.digest}`,
      policy: demand(site, accept),
      platform: { os: "linux", architecture: "riscv64" },
    };
  },
  "an instance that is not there": (site) => {
    const { amd64: instance } = store(site);
    site.answer(`manifests/${instance.digest}`, answer(404));
    return { image: `${site.name}:v1`, policy: demand(site, accept) };
  },
  "an instance that is not there, rejected": (site) => {
    const { amd64: instance } = store(site);
    site.answer(`manifests/${instance.digest}`, answer(404));
    return { image: `${site.name}:v1`, policy: demand(site, reject) };
  },
  "an instance of other bytes": (site) => {
    const { amd64: instance } = store(site);
    site.answer(`manifests/${instance.digest}`, answer(200, { "content-type": mediaTypes.manifest }, "{}"));
    return { image: `${site.name}:v1`, policy: demand(site, accept) };
  },
  "an instance of other bytes, rejected": (site) => {
    const { amd64: instance } = store(site);
    site.answer(`manifests/${instance.digest}`, answer(200, { "content-type": mediaTypes.manifest }, "{}"));
    return { image: `${site.name}:v1`, policy: demand(site, reject) };
  },
  "an instance of other bytes, signature required": (site) => {
    const stored = store(site);
    sign(site, "the instance", stored);
    site.answer(
      `manifests/${stored.amd64.digest}`,
      answer(200, { "content-type": mediaTypes.manifest }, "{}"),
    );
    return { image: `${site.name}:v1`, policy: demand(site, trust()) };
  },
  "the index's digest is wrong": (site) => {
    const { index } = store(site);
    site.answer(`manifests/${index.digest}`, answer(200, { "content-type": mediaTypes.index }, "{}"));
    return { image: `${site.name}@${index.digest}`, policy: demand(site, accept) };
  },
  "an index in an index": (site) => {
    const { index } = store(site);
    storeIndex(site, [[amd64, index]], "v2");
    return { image: `${site.name}:v2`, policy: demand(site, accept) };
  },
  "an index in an index, rejected": (site) => {
    const { index } = store(site);
    storeIndex(site, [[amd64, index]], "v2");
    return { image: `${site.name}:v2`, policy: demand(site, reject) };
  },
};

/** What an index may say of the instance that is wanted. */
const descriptions: Readonly<Record<string, (good: Descriptor, instance: StoredManifest) => unknown>> = {
  "as it is": (good) => good,
  "without a digest": ({ digest: _, ...rest }) => rest,
  "with an empty digest": (good) => ({ ...good, digest: "" }),
  "with a null digest": (good) => ({ ...good, digest: null }),
  "with a broken digest": (good) => ({ ...good, digest: "sha256:x" }),
  "with an md5 digest": (good) => ({ ...good, digest: "md5:d41d8cd98f00b204e9800998ecf8427e" }),
  "with a digest in capitals": (good) => ({ ...good, digest: good.digest.toUpperCase() }),
  "with a path for a digest": (good) => ({ ...good, digest: "../v1" }),
  "with its sha512 digest": (good, { bytes }) => ({ ...good, digest: digestOf(bytes, "sha512") }),
  "with a wrong size": (good) => ({ ...good, size: 1 }),
  "without a size": ({ size: _, ...rest }) => rest,
  "with a string for a size": (good) => ({ ...good, size: "1" }),
  "with a null size": (good) => ({ ...good, size: null }),
  "with another media type": (good) => ({ ...good, mediaType: mediaTypes.index }),
  "without a media type": ({ mediaType: _, ...rest }) => rest,
  "with a number for a media type": (good) => ({ ...good, mediaType: 1 }),
  "with a string for a platform": (good) => ({ ...good, platform: "linux/amd64" }),
  "with a number for an operating system": (good) => ({
    ...good,
    platform: { os: 1, architecture: "amd64" },
  }),
  "with an operating system's version": (good) => ({ ...good, platform: { ...amd64, "os.version": "10" } }),
  "with a number for its version": (good) => ({ ...good, platform: { ...amd64, "os.version": 10 } }),
  "with features": (good) => ({ ...good, platform: { ...amd64, "os.features": ["x"], features: ["y"] } }),
  "with a string for its features": (good) => ({ ...good, platform: { ...amd64, "os.features": "x" } }),
  "with URLs": (good) => ({ ...good, urls: ["http://127.0.0.1:1/x"] }),
  "with a string for URLs": (good) => ({ ...good, urls: "x" }),
  "with annotations": (good) => ({ ...good, annotations: { a: "b" } }),
  "with a list for annotations": (good) => ({ ...good, annotations: [] }),
  "with data": (good) => ({ ...good, data: "eHl6" }),
  "with broken data": (good) => ({ ...good, data: "*" }),
  "with an unknown member": (good) => ({ ...good, x: 1 }),
  "with members in capitals": (good) =>
    Object.fromEntries(Object.entries(good).map(([name, value]) => [name.toUpperCase(), value])),
  null: () => null,
  "a string": () => "x",
};

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform: Platform;
}

export const descriptionRows: Rows = rowsOf(
  [mediaTypes.index, mediaTypes.dockerList].flatMap((mediaType) =>
    Object.entries(descriptions).map(
      ([name, describe]) =>
        [
          `${mediaType === mediaTypes.index ? "in an index" : "in a Docker list"}, ${name}`,
          { mediaType, describe },
        ] as const,
    ),
  ),
  ({ mediaType, describe }) =>
    (site) => {
      const instance = storeImage(site, "amd64");
      attach(site, instance, [signatureOf(instance, `${site.name}:v1`)]);
      const { bytes, digest, mediaType: type } = instance;
      const good = { mediaType: type, digest, size: bytes.length, platform: amd64 };
      const index = { schemaVersion: 2, mediaType, manifests: [describe(good, instance)] };
      site.store.putManifest(site.repository, Buffer.from(JSON.stringify(index)), mediaType, "v1");
      return { image: `${site.name}:v1`, policy: demand(site, trust()) };
    },
);

function scoped(scope: string): string {
  return JSON.stringify({ default: [reject], transports: { docker: { [scope]: [accept] } } });
}
