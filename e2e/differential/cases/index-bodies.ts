import { answer, type RegistryAnswer, refusal } from "@countersign/testkit/registry/registry-answer";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { amd64, arm64, descriptorOf, type IndexType, indexTypes, storeIndexOf } from "../evidence/indexes.ts";
import { accept, demand, reject, requireTrusted } from "../evidence/policies.ts";
import { signatureOf } from "../evidence/signed.ts";
import { attach, digestOf, mediaTypes, storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

const types = Object.keys(indexTypes) as IndexType[];

/** What else an index may say of itself, and what instead. */
const additions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "nothing more": {},
  "no schema version": { schemaVersion: undefined },
  "schema version 1": { schemaVersion: 1 },
  "schema version 3": { schemaVersion: 3 },
  "schema version 2.0": { schemaVersion: 2.5 },
  "a text for a schema version": { schemaVersion: "2" },
  "no media type": { mediaType: undefined },
  "an empty media type": { mediaType: "" },
  "a number for a media type": { mediaType: 2 },
  "an index's media type": { mediaType: mediaTypes.index },
  "a Docker list's media type": { mediaType: mediaTypes.dockerList },
  "an image's media type": { mediaType: mediaTypes.manifest },
  "a strange media type": { mediaType: "text/plain" },
  "an artifact type": { artifactType: "application/x" },
  "a number for an artifact type": { artifactType: 1 },
  "a subject": { subject: { mediaType: mediaTypes.manifest, digest: `sha256:${"0".repeat(64)}`, size: 1 } },
  "a text for a subject": { subject: "x" },
  "a subject with a broken digest": { subject: { digest: "x" } },
  annotations: { annotations: { a: "b" } },
  "annotations with a number": { annotations: { a: 1 } },
  "null annotations": { annotations: null },
  "an unknown member": { x: { y: 1 } },
  "a config": { config: {} },
  "a null config": { config: null },
  "a Config in capitals": { CONFIG: {} },
  layers: { layers: [] },
  "layers and config": { layers: [], config: {} },
  fsLayers: { fsLayers: [] },
  history: { history: [] },
  signatures: { signatures: [] },
  "Manifests besides": { Manifests: [] },
  "null manifests": { manifests: null },
  "no manifests": { manifests: undefined },
  "an object for manifests": { manifests: {} },
  "a text in the manifests": { manifests: ["x"] },
  "a list in the manifests": { manifests: [[]] },
};

function storeSigned(site: Site): StoredManifest {
  const instance = storeImage(site, "amd64");
  attach(site, instance, [signatureOf(instance, `${site.name}:v1`)]);
  return instance;
}

export const indexBodyRows: Rows = {
  ...rowsOf(
    types.flatMap((type) =>
      Object.entries(additions).map(([name, more]) => [`${type} with ${name}`, { type, more }] as const),
    ),
    ({ type, more }) =>
      (site) => {
        storeIndexOf(site, [descriptorOf(storeSigned(site), amd64)], more, type);
        return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
      },
  ),
  ...rowsOf(
    types.flatMap((type) =>
      named(`${type} `, {
        "after a byte order mark": (text: string) => `\ufeff${text}`,
        "with more behind it": (text: string) => `${text}{}`,
        "with a blank behind it": (text: string) => `${text}\n `,
        "with manifests before its manifests": (text: string) => text.replace("{", '{"manifests":[],'),
        "cut short": (text: string) => text.slice(0, -2),
        "in a list": (text: string) => `[${text}]`,
      }).map(([name, change]) => [name, { type, change }] as const),
    ),
    ({ type, change }) =>
      (site) => {
        const manifests = [descriptorOf(storeSigned(site), amd64)];
        const mediaType = indexTypes[type];
        const text = change(
          `{"manifests":${JSON.stringify(manifests)},"schemaVersion":2,"mediaType":"${mediaType}"}`,
        );
        site.store.putManifest(site.repository, Buffer.from(text), mediaType, "v1");
        return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
      },
  ),
  ...rowsOf(
    [
      ["after twenty thousand other manifests", { count: 20_000, other: { platform: arm64 } }],
      ["after six hundred thousand nothings", { count: 600_000, other: {} }],
    ] as const,
    ({ count, other }) =>
      (site) => {
        const others = Array.from({ length: count }, () => other);
        storeIndexOf(site, [...others, descriptorOf(storeSigned(site), amd64)]);
        return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
      },
  ),
};

/** What the registry answers for the instance that an index leads to. */
const replies: Readonly<Record<string, (instance: StoredManifest) => RegistryAnswer>> = {
  "401": () => refusal(401, "UNAUTHORIZED", "authentication required"),
  "403": () => refusal(403, "DENIED", "no"),
  "404 with text": () => answer(404, { "content-type": "text/plain" }, "404 page not found\n"),
  "404 NAME_UNKNOWN": () => refusal(404, "NAME_UNKNOWN", "repository name not known to registry"),
  "429": () => refusal(429, "TOOMANYREQUESTS", "slow down"),
  "500": () => answer(500),
  "204": () => answer(204),
  nothing: () => answer(200, { "content-type": mediaTypes.manifest }, ""),
  "itself without a type": ({ bytes }) => answer(200, {}, bytes),
  "itself as text": ({ bytes }) => answer(200, { "content-type": "text/plain" }, bytes),
  "itself as an index": ({ bytes }) => answer(200, { "content-type": mediaTypes.index }, bytes),
  "itself as a Docker list": ({ bytes }) => answer(200, { "content-type": mediaTypes.dockerList }, bytes),
  "itself as Docker's image": ({ bytes }) =>
    answer(200, { "content-type": mediaTypes.dockerManifest }, bytes),
  "itself with one byte more": ({ bytes, mediaType }) =>
    answer(200, { "content-type": mediaType }, Buffer.concat([bytes, Buffer.from(" ")])),
  "another image": ({ mediaType }) => answer(200, { "content-type": mediaType }, '{"schemaVersion":2}'),
};

/** What is allowed, and then nothing that skopeo can make a copy of. */
const uncopyable: ReadonlySet<string> = new Set([
  "itself without a type",
  "itself as text",
  "itself as Docker's image",
]);

export const instanceReplyRows: Rows = {
  ...rowsOf(
    Object.entries(replies).flatMap(([name, reply]) =>
      Object.entries(uncopyable.has(name) ? { reject } : { reject, requireTrusted }).flatMap(
        ([wanted, requirement]) =>
          (["tag", "digest"] as const).map(
            (way) => [`${name}, ${wanted}, asked by ${way}`, { reply, requirement, way }] as const,
          ),
      ),
    ),
    ({ reply, requirement, way }) =>
      (site) => {
        const instance = storeSigned(site);
        const index = storeIndexOf(site, [descriptorOf(instance, amd64)]);
        site.answer(`manifests/${instance.digest}`, reply(instance));
        const image = way === "tag" ? `${site.name}:v1` : `${site.name}@${index.digest}`;
        return { image, policy: demand(site, requirement) };
      },
  ),
  ...rowsOf(
    types.flatMap((outer) =>
      types.flatMap((inner) =>
        Object.entries({ accept, reject, "trusted key": requireTrusted }).map(
          ([wanted, requirement]) =>
            [`${inner} in ${outer}, ${wanted}`, { outer, inner, requirement }] as const,
        ),
      ),
    ),
    ({ outer, inner, requirement }) =>
      (site) => {
        const nested = storeIndexOf(site, [descriptorOf(storeSigned(site), amd64)], {}, inner, "inner");
        attach(site, nested, [signatureOf(nested, `${site.name}:v1`)]);
        storeIndexOf(site, [descriptorOf(nested, amd64)], {}, outer);
        return { image: `${site.name}:v1`, policy: demand(site, requirement) };
      },
  ),
  ...rowsOf(
    [
      ["its sha512 digest", "sha512"],
      ["its sha384 digest", "sha384"],
    ] as const,
    (algorithm) => (site) => {
      const instance = storeSigned(site);
      const digest = digestOf(instance.bytes, algorithm);
      storeIndexOf(site, [{ ...descriptorOf(instance, amd64), digest }]);
      site.answer(`manifests/${digest}`, answer(200, { "content-type": instance.mediaType }, instance.bytes));
      return { image: `${site.name}:v1`, policy: demand(site, accept) };
    },
  ),
  ...rowsOf(
    types.map((type) => [`the same image for every platform of the ${type}`, type] as const),
    (type) => (site) => {
      const instance = storeSigned(site);
      storeIndexOf(site, [descriptorOf(instance, arm64), descriptorOf(instance, amd64)], {}, type);
      return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
    },
  ),
  "an image of schema 1 as an instance": (site) => {
    const text = JSON.stringify({ schemaVersion: 1, name: "a", tag: "b", fsLayers: [], history: [] });
    const old = site.store.putManifest(
      site.repository,
      Buffer.from(text),
      "application/vnd.docker.distribution.manifest.v1+json",
    );
    storeIndexOf(site, [descriptorOf(old, amd64)]);
    return { image: `${site.name}:v1`, policy: demand(site, requireTrusted) };
  },
};
