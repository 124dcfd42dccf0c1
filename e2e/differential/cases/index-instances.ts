import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform } from "../case.ts";
import { demand, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, digestOf, mediaTypes, storeImage, storeIndex } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const amd64: Platform = { os: "linux", architecture: "amd64" };
const arm64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };

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
      return { image: `${site.name}:v1`, policy: demand(site, requireTrusted), platform };
    },
);

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
      return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
    },
);
