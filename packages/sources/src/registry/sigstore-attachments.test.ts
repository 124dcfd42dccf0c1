import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { FetchedManifest, SigstoreAttachment } from "@countersign/engine/verify/ports";
import fc from "fast-check";
import { type AttachmentReader, readSigstoreAttachments } from "./sigstore-attachments.ts";

const { signal } = new AbortController();
const subject = digestOf(Buffer.from("the image"));
const tag = `${subject.replace(":", "-")}.sig`;
const place = `h.example/app:${tag}`;
const ociManifest = "application/vnd.oci.image.manifest.v1+json";
const simpleSigning = "application/vnd.dev.cosign.simplesigning.v1+json";

interface Held {
  readonly manifest?: FetchedManifest;
  readonly blobs?: readonly Uint8Array[];
}

/** A repository that holds just this, and notes which blobs were fetched. */
function repository({ manifest, blobs = [] }: Held): AttachmentReader & { readonly fetched: Digest[] } {
  const fetched: Digest[] = [];
  return {
    name: "h.example/app",
    fetched,
    findManifest: async (wanted) => (wanted === tag ? manifest : undefined),
    async blob(digest, limit) {
      fetched.push(digest);
      const found = blobs.find((blob) => digestOf(blob) === digest);
      if (found !== undefined && found.length <= limit) return found;
      throw new CountersignError("REGISTRY_NOT_FOUND", "fetching blob: blob unknown");
    },
  };
}

const manifestOf = (content: unknown, mediaType = ociManifest): FetchedManifest => ({
  bytes: Buffer.from(typeof content === "string" ? content : JSON.stringify(content)),
  mediaType,
});
const read = (held: Held): Promise<readonly SigstoreAttachment[]> =>
  readSigstoreAttachments(repository(held), subject, signal);

describe("readSigstoreAttachments gives", () => {
  const payload = Buffer.from("payload");
  const other = Buffer.from("other");
  const layer = (blob: Uint8Array, more: object = {}): object => ({
    mediaType: simpleSigning,
    digest: digestOf(blob),
    size: blob.length,
    ...more,
  });

  it("nothing when there is no manifest", async () => assert.deepEqual(await read({}), []));
  it("nothing from a manifest without layers", async () =>
    assert.deepEqual(await read({ manifest: manifestOf({}) }), []));
  it("nothing from layers that are null", async () =>
    assert.deepEqual(await read({ manifest: manifestOf({ layers: null }) }), []));

  it("each layer in order, whatever it is", async () => {
    const layers = [layer(payload, { annotations: { a: "1" } }), layer(other, { mediaType: "text/plain" })];
    assert.deepEqual(await read({ manifest: manifestOf({ layers }), blobs: [payload, other] }), [
      {
        type: "sigstore",
        mediaType: simpleSigning,
        payload,
        annotations: new Map([["a", "1"]]),
        location: `${place} layer 1`,
      },
      {
        type: "sigstore",
        mediaType: "text/plain",
        payload: other,
        annotations: new Map(),
        location: `${place} layer 2`,
      },
    ]);
  });

  it("several signatures over one payload, which is fetched once", async () => {
    const layers = [layer(payload, { annotations: { n: "1" } }), layer(payload, { annotations: { n: "2" } })];
    const held = repository({ manifest: manifestOf({ layers }), blobs: [payload] });
    const found = await readSigstoreAttachments(held, subject, signal);
    assert.deepEqual(
      found.map(({ annotations }) => annotations.get("n")),
      ["1", "2"],
    );
    assert.deepEqual(held.fetched, [digestOf(payload)]);
  });

  it("what is there, not what sizes claim", async () => {
    const layers = [layer(payload, { size: 5, urls: ["ftp://evil.example/payload"] })];
    assert.equal((await read({ manifest: manifestOf({ layers }), blobs: [payload] })).length, 1);
  });

  it("an annotation called __proto__ as any other", async () => {
    const text = `{"layers":[{"digest":"${digestOf(payload)}","annotations":{"__proto__":"x"}}]}`;
    const [found] = await read({ manifest: manifestOf(text), blobs: [payload] });
    assert.equal(found?.annotations.get("__proto__"), "x");
  });
});

describe("readSigstoreAttachments refuses", () => {
  const digest = digestOf(Buffer.from("x"));
  const inField = (field: string, found: string, wanted: string) =>
    `json: cannot unmarshal ${found} into Go struct field ${field} of type ${wanted}`;
  const rows: readonly (readonly [why: string, manifest: FetchedManifest, message: string])[] = [
    [
      "another type of manifest",
      manifestOf({}, "application/json"),
      `unexpected MIME type for sigstore attachment manifest ${place}: "application/json"`,
    ],
    [
      "a manifest of no type, whatever it says of itself",
      manifestOf({ mediaType: ociManifest }, ""),
      `unexpected MIME type for sigstore attachment manifest ${place}: ""`,
    ],
    [
      "text",
      manifestOf("x"),
      `parsing manifest ${place}: invalid character 'x' looking for beginning of value`,
    ],
    [
      "a list",
      manifestOf([]),
      `parsing manifest ${place}: json: cannot unmarshal array into Go value of type manifest.OCI1`,
    ],
    [
      "layers that are none",
      manifestOf({ layers: "x" }),
      `parsing manifest ${place}: ${inField("OCI1.Manifest.layers", "string", "[]v1.Descriptor")}`,
    ],
    [
      "a layer that is none",
      manifestOf({ layers: ["x"] }),
      `parsing manifest ${place}: ${inField("OCI1.Manifest.layers", "string", "v1.Descriptor")}`,
    ],
    [
      "annotations that are a list",
      manifestOf({ layers: [{ digest, annotations: [] }] }),
      `parsing manifest ${place}: ${inField("Descriptor.Manifest.layers.annotations", "array", "map[string]string")}`,
    ],
    [
      "a size that is a text, though nobody reads it",
      manifestOf({ layers: [{ digest, size: "1" }] }),
      `parsing manifest ${place}: ${inField("Descriptor.Manifest.layers.size", "string", "int64")}`,
    ],
    [
      "a layer that is kept elsewhere",
      manifestOf({ layers: [{ digest, urls: ["http://evil.example/payload"] }] }),
      "fetching blob: a layer that is kept elsewhere (urls) is not fetched",
    ],
    [
      "an annotation that is a number",
      manifestOf({ layers: [{ digest, annotations: { a: 1 } }] }),
      `parsing manifest ${place}: ${inField("Descriptor.Manifest.layers.annotations", "number", "string")}`,
    ],
    [
      "a layer without digest",
      manifestOf({ layers: [{}] }),
      'invalid digest "": invalid checksum digest format',
    ],
    [
      "a layer whose digest is a path",
      manifestOf({ layers: [{ digest: "sha256:../../x" }] }),
      'invalid digest "sha256:../../x": invalid checksum digest length',
    ],
    [
      "a layer whose digest fills a screen",
      manifestOf({ layers: [{ digest: "d".repeat(1_000_000) }] }),
      `invalid digest "${"d".repeat(400)}…": invalid checksum digest format`,
    ],
    [
      "a layer of another algorithm",
      manifestOf({ layers: [{ digest: "md5:abc" }] }),
      'invalid digest "md5:abc": unsupported digest algorithm',
    ],
    [
      "what could be read as an index too",
      manifestOf({ layers: [], Manifests: [], history: 1 }),
      `parsing manifest ${place}: rejecting ambiguous manifest, unexpected fields []string{"history", "manifests"} in supposedly ${ociManifest}`,
    ],
  ];
  for (const [why, manifest, message] of rows) {
    it(why, () => assert.rejects(read({ manifest }), { code: "REGISTRY_ANSWER_INVALID", message }));
  }

  it("a layer that cannot be had: one missing signature is not one signature less", () =>
    assert.rejects(read({ manifest: manifestOf({ layers: [{ digest }] }) }), { code: "REGISTRY_NOT_FOUND" }));

  it("more layers than anyone needs, before fetching any", async () => {
    const held = repository({ manifest: manifestOf({ layers: Array(1001).fill({ digest }) }) });
    await assert.rejects(readSigstoreAttachments(held, subject, signal), {
      code: "TOO_LARGE",
      message: `${place} has 1001 layers, more than the 1000 that are read`,
    });
    assert.deepEqual(held.fetched, []);
  });

  it("payloads that are too much together, without fetching the rest", async () => {
    const blobs = Array.from({ length: 20 }, (_, n) => Buffer.alloc(4 * 1024 * 1024, n));
    const held = repository({
      manifest: manifestOf({ layers: blobs.map((blob) => ({ digest: digestOf(blob) })) }),
      blobs,
    });
    await assert.rejects(readSigstoreAttachments(held, subject, signal), {
      code: "TOO_LARGE",
      message: `the layers of ${place} exceed 33554432 bytes together`,
    });
    assert.equal(held.fetched.length, 9);
  });

  it("more bytes than the limit, though it is one blob that all layers name", async () => {
    const blob = Buffer.alloc(4 * 1024 * 1024);
    const layers = Array(9).fill({ mediaType: simpleSigning, digest: digestOf(blob) });
    await assert.rejects(read({ manifest: manifestOf({ layers }), blobs: [blob] }), { code: "TOO_LARGE" });
  });

  it("a subject whose tag no registry takes", () =>
    assert.rejects(readSigstoreAttachments(repository({}), digestOf(Buffer.from(""), "sha512"), signal), {
      code: "REFERENCE_INVALID",
      message: "invalid tag format",
    }));
});

describe("readSigstoreAttachments", () => {
  it("gives attachments or an error of ours, whatever the manifest", () =>
    fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json(),
          fc
            .record({
              layers: fc.array(
                fc.dictionary(fc.constantFrom("digest", "mediaType", "annotations"), fc.jsonValue()),
              ),
            })
            .map((value) => JSON.stringify(value)),
        ),
        async (text) => {
          try {
            await read({ manifest: manifestOf(text) });
          } catch (error) {
            assert.notEqual(CountersignError.from(error).code, "INTERNAL");
          }
        },
      ),
    ));
});
