import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { describedMediaType, guessMediaType, manifestKind, mediaTypes } from "./manifest.ts";

const bytes = (content: unknown): Uint8Array =>
  Buffer.from(typeof content === "string" ? content : JSON.stringify(content));

describe("guessMediaType", () => {
  const { ociManifest, ociIndex, dockerManifest, dockerList, schema1, schema1Signed } = mediaTypes;
  const ociConfig = { mediaType: "application/vnd.oci.image.config.v1+json" };
  const dockerConfig = { mediaType: "application/vnd.docker.container.image.v1+json" };
  const rows: ReadonlyArray<readonly [what: string, content: unknown, mediaType: string]> = [
    ["believes an OCI manifest", { mediaType: ociManifest }, ociManifest],
    ["believes an OCI index", { mediaType: ociIndex }, ociIndex],
    ["believes a Docker manifest", { mediaType: dockerManifest }, dockerManifest],
    ["believes a Docker list", { mediaType: dockerList }, dockerList],
    ["finds the members whatever their case", { MediaType: ociIndex }, ociIndex],
    ["knows schema 1", { schemaVersion: 1 }, schema1],
    [
      "knows schema 1 by its version, not by what it says",
      { schemaVersion: 1, mediaType: schema1Signed },
      schema1,
    ],
    ["knows signed schema 1", { schemaVersion: 1, signatures: [] }, schema1Signed],
    ["takes null for no signatures", { schemaVersion: 1, signatures: null }, schema1],
    ["knows OCI by its config", { schemaVersion: 2, config: ociConfig }, ociManifest],
    ["knows Docker by its config", { schemaVersion: 2, config: dockerConfig }, dockerManifest],
    ["knows an index by its manifests", { schemaVersion: 2, manifests: [{}] }, ociIndex],
    [
      "takes an artifact for an OCI manifest",
      { schemaVersion: 2, config: { mediaType: "text/plain" } },
      ociManifest,
    ],
    ["takes an empty list of manifests for none", { schemaVersion: 2, manifests: [] }, ociManifest],
    [
      "mixes up a config among manifests, as the reference",
      { schemaVersion: 2, config: { mediaType: "x" }, manifests: [{}] },
      "x",
    ],
    ["knows no other version", { schemaVersion: 3 }, ""],
    ["knows nothing without a version", {}, ""],
    ["knows no version in quotes", { schemaVersion: "2" }, ""],
    ["knows no media type that is no text", { schemaVersion: 2, mediaType: 2 }, ""],
    ["knows no config that is no object", { schemaVersion: 2, config: 1 }, ""],
    ["knows no manifests that are no list", { schemaVersion: 2, manifests: {} }, ""],
    ["knows nothing that is said twice", `{"mediaType":"${ociIndex}","mediaType":"${ociIndex}"}`, ""],
    ["nor twice in different case", `{"schemaVersion":2,"config":{},"Config":{}}`, ""],
    ["nor twice with a long s", `{"schemaVersion":1,"signatures":[],"\u017fignatures":null}`, ""],
    ["knows no version that is no integer", `{"schemaVersion":2.0,"mediaType":"${ociIndex}"}`, ""],
    [
      "knows no manifests with a member of another type",
      { schemaVersion: 2, manifests: [{ digest: 1 }] },
      "",
    ],
    ["knows no list", [], ""],
    ["knows no null", null, ""],
    ["knows no broken JSON", "{", ""],
  ];
  for (const [what, content, mediaType] of rows) {
    it(what, () => assert.equal(guessMediaType(bytes(content)), mediaType));
  }

  for (const twice of [
    `{"mediaType":"${ociManifest}","MEDIATYPE":"${ociIndex}"}`,
    `{"schemaVersion":2,"manifests":[],"manifests":[{}]}`,
    `{"schemaVersion":2,"config":{"mediaType":"a","mediatype":"b"}}`,
  ]) {
    it(`is refused where it must be right: ${twice}`, () =>
      assert.throws(() => describedMediaType(bytes(twice)), { code: "MANIFEST_INVALID" }));
  }

  it("returns for any bytes", () => {
    fc.assert(fc.property(fc.uint8Array(), (any) => assert.equal(guessMediaType(any), "")));
  });
});

it("manifestKind takes for an image what is no index by its media type", () => {
  assert.equal(manifestKind(mediaTypes.ociIndex), "ociIndex");
  assert.equal(manifestKind(mediaTypes.dockerList), "dockerList");
  for (const other of [mediaTypes.ociManifest, mediaTypes.schema1, "text/plain", ""]) {
    assert.equal(manifestKind(other), "image");
  }
});
