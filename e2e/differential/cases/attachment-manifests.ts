import { answer } from "@countersign/testkit/registry/registry-answer";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Question, Site } from "../case.ts";
import { signatureOf, storeSigned, storeSignedOften, trusting } from "../evidence/signed.ts";
import { attach, digestOf, mediaTypes, signaturePath, storeImage } from "../evidence/store.ts";
import { named, type Rows, rowsOf } from "./table.ts";

/** The Content-Type of a `.sig` manifest that is otherwise good. */
const contentTypes: readonly string[] = [
  ...[mediaTypes.manifest, `${mediaTypes.manifest}; charset=utf-8`, mediaTypes.manifest.toUpperCase()],
  ...[
    `${mediaTypes.manifest};`,
    `${mediaTypes.manifest}; x`,
    `${mediaTypes.manifest}; a="b"; c=d`,
    `${mediaTypes.manifest} x`,
  ],
  ...[` ${mediaTypes.manifest}`, `${mediaTypes.manifest}, text/plain`, `${mediaTypes.manifest}; a=b; a=c`],
  ...[
    mediaTypes.dockerManifest,
    mediaTypes.index,
    "application/json",
    "text/plain",
    "garbage",
    "a/b/c",
    "a/",
    "/",
    ";",
  ],
];

const noDigest = "0".repeat(64);

/** Layers of which no signature can come. */
const layers: Readonly<Record<string, string>> = {
  null: "null",
  "an object": "{}",
  "a string": `["x"]`,
  "a null": "[null]",
  "without a digest": `[{"mediaType":"x","size":1}]`,
  "with a null for a digest": `[{"mediaType":"x","size":1,"digest":null}]`,
  "with a number for a digest": `[{"mediaType":"x","size":1,"digest":1}]`,
  "with a broken digest": `[{"mediaType":"x","size":1,"digest":"sha256:x"}]`,
  "with an md5 digest": `[{"mediaType":"x","size":1,"digest":"md5:d41d8cd98f00b204e9800998ecf8427e"}]`,
  "with a path for a digest": `[{"mediaType":"x","size":1,"digest":"../../x"}]`,
  "that are not there": `[{"mediaType":"x","size":1,"digest":"sha256:${noDigest}"}]`,
  "with a string for a size": `[{"mediaType":"x","size":"1","digest":"sha256:${noDigest}"}]`,
  "with a fraction for a size": `[{"mediaType":"x","size":1.5,"digest":"sha256:${noDigest}"}]`,
  "with a list for annotations": `[{"digest":"sha256:${noDigest}","annotations":[]}]`,
  "with a number for an annotation": `[{"digest":"sha256:${noDigest}","annotations":{"a":1}}]`,
  "with null for an annotation": `[{"digest":"sha256:${noDigest}","annotations":{"a":null}}]`,
  "with null for annotations": `[{"digest":"sha256:${noDigest}","annotations":null}]`,
  "with a number for a media type": `[{"mediaType":1,"digest":"sha256:${noDigest}"}]`,
  "with a string for urls": `[{"digest":"sha256:${noDigest}","urls":"x"}]`,
  "with a string for a platform": `[{"digest":"sha256:${noDigest}","platform":"x"}]`,
  "with broken base64 for data": `[{"digest":"sha256:${noDigest}","data":"*"}]`,
};

/** Bodies of a `.sig` manifest of which no signature can come. */
const bodies: Readonly<Record<string, string>> = {
  "an empty body": "",
  "no JSON": "hello",
  "an empty object": "{}",
  null: "null",
  "a list": "[]",
  "a string": `"x"`,
  "a number": "1",
  ...Object.fromEntries(
    Object.entries(layers).map(([name, text]) => [`layers ${name}`, `{"schemaVersion":2,"layers":${text}}`]),
  ),
  "schema version 1": `{"schemaVersion":1,"layers":[]}`,
  "schema version a string": `{"schemaVersion":"2","layers":[]}`,
  "schema version a fraction": `{"schemaVersion":2.5,"layers":[]}`,
  "another media type inside": `{"schemaVersion":2,"mediaType":"${mediaTypes.index}","layers":[]}`,
  "a number for a media type": `{"schemaVersion":2,"mediaType":1,"layers":[]}`,
  "manifests too": `{"schemaVersion":2,"layers":[],"manifests":[]}`,
  "Manifests in capitals too": `{"schemaVersion":2,"layers":[],"Manifests":[]}`,
  "fsLayers too": `{"schemaVersion":2,"layers":[],"fsLayers":[]}`,
  "history too": `{"schemaVersion":2,"layers":[],"history":[]}`,
  "fsLayers and history too": `{"schemaVersion":2,"layers":[],"history":[],"fsLayers":[]}`,
  "an unknown member": `{"schemaVersion":2,"layers":[],"x":1}`,
  "config null": `{"schemaVersion":2,"config":null,"layers":[]}`,
  "config a list": `{"schemaVersion":2,"config":[],"layers":[]}`,
  "a subject": `{"schemaVersion":2,"layers":[],"subject":{"digest":1}}`,
  "members in capitals": `{"SchemaVersion":2,"Layers":[]}`,
  "layers twice": `{"schemaVersion":2,"layers":[{"digest":"x"}],"layers":[]}`,
  "data after it": `{"schemaVersion":2,"layers":[]} x`,
  "a comment": `{"schemaVersion":2,/**/"layers":[]}`,
  "bad UTF-8": `{"schemaVersion":2,"layers":[],"x":"\u00ff"}`,
  "more than 4 MiB": `{"schemaVersion":2,"layers":[],"x":"${"x".repeat(4 << 20)}"}`,
};

/** A good signature's layer, described in other ways than cosign does. */
const descriptions: Readonly<Record<string, (layer: Layer, payload: Uint8Array) => unknown>> = {
  "as cosign does": (layer) => layer,
  "with a wrong size": (layer) => ({ ...layer, size: 1 }),
  "with an unsupported URL": (layer) => ({ ...layer, urls: ["ftp://127.0.0.1/x"] }),
  "with no URL in a list": (layer) => ({ ...layer, urls: [] }),
  "with a platform": (layer) => ({ ...layer, platform: { os: "linux", architecture: "amd64" } }),
  "with data": (layer, payload) => ({ ...layer, data: Buffer.from(payload).toString("base64") }),
  "with other data": (layer) => ({ ...layer, data: "eHl6" }),
  "by sha512": (layer, payload) => ({ ...layer, digest: digestOf(payload, "sha512") }),
  "by sha384": (layer, payload) => ({ ...layer, digest: digestOf(payload, "sha384") }),
  "with annotations in capitals": ({ annotations, ...layer }) => ({ ...layer, Annotations: annotations }),
};

type Layer = Readonly<Record<string, unknown>>;

/** A good signature's layer in a text that says things twice; Go fills in what the later says over the earlier. */
const writtenTwice: Readonly<Record<string, (layer: string, annotations: string) => string>> = {
  "the layers, the second good": (layer) => `{"layers":[{"digest":"x"}],"layers":[${layer}]}`,
  "the layers, the second an empty object": (layer) => `{"layers":[${layer}],"layers":[{}]}`,
  "the layers, the second null": (layer) => `{"layers":[${layer}],"layers":null}`,
  "the layers, the second a list of null": (layer) => `{"layers":[${layer}],"layers":[null]}`,
  "the layers, the second in capitals and longer": (layer) => `{"layers":[${layer}],"LAYERS":[{},${layer}]}`,
  "the layers, the second with another type": (layer) =>
    `{"layers":[${layer}],"layers":[{"mediaType":"text/plain"}]}`,
  "the layers, the second with one more annotation": (layer) =>
    `{"layers":[${layer}],"layers":[{"annotations":{"a":"b"}}]}`,
  "the layers, the second with a worse annotation": (layer) =>
    `{"layers":[${layer}],"layers":[{"annotations":{"dev.cosignproject.cosign/signature":"eA=="}}]}`,
  "the layers, the second with null annotations": (layer) =>
    `{"layers":[${layer}],"layers":[{"annotations":null}]}`,
  "the digest, the second good": (layer) => `{"layers":[${layer.replace("{", `{"digest":"x",`)}]}`,
  "the digest, the second null": (layer) => `{"layers":[${layer.replace(/}$/, `,"digest":null}`)}]}`,
  "the annotations, the second good": (layer, annotations) =>
    `{"layers":[${layer.replace(/}$/, `,"annotations":{"a":"b"},"annotations":${annotations}}`)}]}`,
  "the annotations, the second others": (layer) =>
    `{"layers":[${layer.replace(/}$/, `,"annotations":{"a":"b"}}`)}]}`,
  "an annotation, the second good": (layer, annotations) =>
    `{"layers":[${layer.replace(annotations, annotations.replace("{", `{"dev.cosignproject.cosign/signature":"eA==",`))}]}`,
};

export const attachmentManifestRows: Rows = {
  ...rowsOf(
    contentTypes.map((type) => [`of type ${JSON.stringify(type)}`, type] as const),
    (mediaType) => (site) => {
      const image = storeImage(site);
      const { bytes } = attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
      return serve(site, image, bytes, mediaType);
    },
  ),
  "without a type": (site) => {
    const image = storeImage(site);
    const { bytes } = attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
    site.answer(signaturePath(image), answer(200, {}, bytes));
    return trusting(site);
  },
  ...rowsOf(named("holds ", bodies), (body) => (site) => serve(site, storeImage(site), body)),
  ...rowsOf(named("the layer is described ", descriptions), (describe) => (site) => {
    const image = storeImage(site);
    const good = signatureOf(image, `${site.name}:v1`);
    const { bytes } = attach(site, image, [good]);
    for (const algorithm of ["sha384", "sha512"] as const) {
      site.answer(`blobs/${digestOf(good.payload, algorithm)}`, answer(200, {}, good.payload));
    }
    const manifest = JSON.parse(Buffer.from(bytes).toString());
    manifest.layers = manifest.layers.map((layer: Layer) => describe(layer, good.payload));
    return serve(site, image, JSON.stringify(manifest));
  }),
  ...rowsOf(named("says twice ", writtenTwice), (write) => (site) => {
    const image = storeImage(site);
    const { bytes } = attach(site, image, [signatureOf(image, `${site.name}:v1`)]);
    const [layer] = JSON.parse(Buffer.from(bytes).toString()).layers;
    return serve(site, image, write(JSON.stringify(layer), JSON.stringify(layer.annotations)));
  }),
  "the same layer twice": (site) => {
    storeSignedOften(site, (good) => [good, good]);
    return trusting(site);
  },
  "under the tag without `.sig` only": (site) => {
    const image = storeImage(site);
    const { bytes, mediaType } = attach(site, storeImage(site, "v2", "two"), [
      signatureOf(image, `${site.name}:v1`),
    ]);
    site.store.putManifest(site.repository, bytes, mediaType, image.digest.replace(":", "-"));
    return trusting(site);
  },
  "by a tag in capitals only": (site) => {
    const image = storeSigned(site);
    const found = site.store.manifest(site.repository, `${image.digest.replace(":", "-")}.sig`);
    site.answer(signaturePath(image), answer(404));
    if (found !== undefined) {
      site.store.putManifest(
        site.repository,
        found.bytes,
        found.mediaType,
        `${image.digest.replace(":", "-")}.SIG`,
      );
    }
    return trusting(site);
  },
};

function serve(
  site: Site,
  image: StoredManifest,
  body: string | Uint8Array,
  mediaType: string = mediaTypes.manifest,
): Question {
  site.answer(signaturePath(image), answer(200, { "content-type": mediaType }, body));
  return trusting(site);
}
