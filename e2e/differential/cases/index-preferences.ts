import type { Platform } from "../case.ts";
import { amd64, arm64, descriptorOf, type IndexType, indexTypes, storeIndexOf } from "../evidence/indexes.ts";
import { demand, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, storeImage } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

/** What an index says of one of its instances besides its digest. */
type Offer = Readonly<Record<string, unknown>>;

const zstd = { annotations: { "io.github.containers.compression.zstd": "true" } };
const attestation = {
  platform: { os: "unknown", architecture: "unknown" },
  annotations: { "vnd.docker.reference.type": "attestation-manifest" },
};
const onAmd64: Offer = { platform: amd64 };
const arm = (variant?: string): Platform => ({
  os: "linux",
  architecture: "arm",
  ...(variant === undefined ? {} : { variant }),
});
const marked = (value: unknown): Offer => ({
  platform: amd64,
  annotations: { "io.github.containers.compression.zstd": value },
});

const offers: Readonly<Record<string, readonly Offer[]>> = {
  "gzip before zstd": [onAmd64, { ...onAmd64, ...zstd }],
  "zstd before gzip": [{ ...onAmd64, ...zstd }, onAmd64],
  "zstd twice": [
    { ...onAmd64, ...zstd },
    { ...onAmd64, ...zstd },
  ],
  "zstd in capitals": [onAmd64, marked("TRUE")],
  "zstd that is false": [onAmd64, marked("false")],
  "zstd that is 1": [onAmd64, marked("1")],
  "zstd that is empty": [onAmd64, marked("")],
  "zstd that is null": [onAmd64, marked(null)],
  "zstd in a name of capitals": [
    onAmd64,
    { ...onAmd64, annotations: { "IO.GITHUB.CONTAINERS.COMPRESSION.ZSTD": "true" } },
  ],
  "zstd for a lesser variant": [{ platform: arm("v7") }, { platform: arm("v6"), ...zstd }],
  "zstd for a better variant": [{ platform: arm("v6") }, { platform: arm("v7"), ...zstd }],
  "zstd for another platform": [onAmd64, { platform: arm64, ...zstd }],
  "zstd without a platform": [onAmd64, zstd],
  "zstd without a platform, alone": [{}, zstd],
  "an attestation first": [attestation, onAmd64],
  "an attestation last": [onAmd64, attestation],
  "attestations alone": [attestation, attestation],
  "an artifact of the platform first": [{ ...onAmd64, artifactType: "application/x" }, onAmd64],
  "an artifact without a platform first": [{ artifactType: "application/x" }, onAmd64],
  "an artifact alone": [{ artifactType: "application/x" }],
  "several versions of the system": [
    { platform: { ...amd64, "os.version": "10.0.1" } },
    { platform: { ...amd64, "os.version": "10.0.2" } },
    onAmd64,
  ],
  "features before none": [{ platform: { ...amd64, "os.features": ["win32k"] } }, onAmd64],
  "CPU features before none": [{ platform: { ...amd64, features: ["sse4"] } }, onAmd64],
  "an empty variant": [{ platform: { ...amd64, variant: "" } }],
  "a null variant": [{ platform: { ...amd64, variant: null } }],
  "a null platform": [{ platform: null }],
  "a null platform, then amd64": [{ platform: null }, onAmd64],
  "an empty platform": [{ platform: {} }],
  "an empty platform, then amd64": [{ platform: {} }, onAmd64],
  "a platform in capitals": [{ PLATFORM: amd64 }],
  "a platform with members in capitals": [{ platform: { OS: "linux", ARCHITECTURE: "amd64" } }],
  "all variants of arm": ["v8", "v7", "v6", "v5"].map((variant) => ({ platform: arm(variant) })),
  "all variants of arm, the least first": ["v5", "v6", "v7", "v8"].map((variant) => ({
    platform: arm(variant),
  })),
  "arm without a variant, then v7": [{ platform: arm() }, { platform: arm("v7") }],
  "arm v7, then without a variant": [{ platform: arm("v7") }, { platform: arm() }],
  "arm of unknown variants": [{ platform: arm("v9") }, { platform: arm("7") }, { platform: arm("V7") }],
  "arm64 without a variant, then v8": [
    { platform: { os: "linux", architecture: "arm64" } },
    { platform: arm64 },
  ],
  "arm64 v9, then v8": [{ platform: { ...arm64, variant: "v9" } }, { platform: arm64 }],
  "amd64 v3, then without a variant": [{ platform: { ...amd64, variant: "v3" } }, onAmd64],
  "amd64 v1": [{ platform: { ...amd64, variant: "v1" } }],
};

/** What a list knows besides, an index knows as well: it need not be asked so often. */
const wanted: Readonly<Record<IndexType, readonly Platform[]>> = {
  index: [
    amd64,
    { ...amd64, variant: "v3" },
    { os: "linux", architecture: "arm64" },
    arm64,
    { ...arm64, variant: "v9" },
    ...[undefined, "v6", "v7", "v9"].map(arm),
    { os: "unknown", architecture: "unknown" },
  ],
  "Docker list": [amd64, arm64, arm("v7")],
};

const spelled = ({ os, architecture, variant }: Platform) =>
  [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");

/** Signed under names that tell which instance was chosen. */
export const preferenceRows: Rows = rowsOf(
  (Object.keys(indexTypes) as IndexType[]).flatMap((type) =>
    Object.entries(offers).flatMap(([name, offer]) =>
      wanted[type].map(
        (platform) => [`${type} of ${name}, ${spelled(platform)} wanted`, { type, offer, platform }] as const,
      ),
    ),
  ),
  ({ type, offer, platform }) =>
    (site) => {
      const manifests = offer.map((said, position) => {
        const image = storeImage(site, `i${position}`, `image ${position}`);
        attach(site, image, [signatureOf(image, `ex.com/chosen:${position}`)]);
        return { ...descriptorOf(image), ...said };
      });
      storeIndexOf(site, manifests, {}, type);
      return { image: `${site.name}:v1`, policy: demand(site, requireTrusted), platform };
    },
);
