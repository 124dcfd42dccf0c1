import { answer } from "@countersign/testkit/registry/registry-answer";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Platform, Site } from "../case.ts";
import { trusted } from "../evidence/kit.ts";
import { accept, demand, inBase64, reject, requireTrusted, sigstoreSigned } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, mediaTypes, storeImage, storeIndex } from "../evidence/store.ts";
import { type Rows, rowsOf } from "./table.ts";

const amd64: Platform = { os: "linux", architecture: "amd64" };
const arm64: Platform = { os: "linux", architecture: "arm64", variant: "v8" };

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
        return { image, policy: demand(site, requireTrusted) };
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
    return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
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
    return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
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

function scoped(scope: string): string {
  return JSON.stringify({ default: [reject], transports: { docker: { [scope]: [accept] } } });
}
