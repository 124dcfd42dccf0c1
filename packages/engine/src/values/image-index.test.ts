import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CountersignError } from "./error.ts";
import { chooseInstance, instanceDigest, parseIndex } from "./image-index.ts";
import { mediaTypes, type Platform } from "./manifest.ts";

/** A digest one can tell apart: of one hex digit. */
const d = (digit: string) => `sha256:${digit.repeat(64)}`;

const zstd = { "io.github.containers.compression.zstd": "true" };

function indexOf(...manifests: readonly unknown[]): Uint8Array {
  return Buffer.from(JSON.stringify({ schemaVersion: 2, manifests }));
}

function entry(digit: string, platform: string, more: object = {}): object {
  const [os, architecture, variant] = platform.split("/");
  return { digest: d(digit), platform: { os, architecture, variant }, ...more };
}

function platformOf(text: string): Platform {
  const [os = "", architecture = "", variant = ""] = text.split("/");
  return { os, architecture, variant };
}

const arms = indexOf(
  entry("0", "linux/amd64"),
  entry("1", "linux/arm"),
  entry("5", "linux/arm/v5"),
  entry("6", "linux/arm/v6"),
  entry("7", "linux/arm/v7"),
  entry("8", "linux/arm64/v8"),
  entry("9", "linux/arm/odd"),
  entry("a", "windows/amd64"),
);

describe("chooseInstance", () => {
  const rows: ReadonlyArray<readonly [what: string, index: Uint8Array, platform: string, digit: string]> = [
    ["takes the one for the platform", arms, "linux/amd64", "0"],
    ["tells systems apart", arms, "windows/amd64", "a"],
    ["prefers no variant if none is asked for", arms, "linux/arm", "1"],
    [
      "takes the best of the variants then",
      indexOf(entry("6", "linux/arm/v6"), entry("7", "linux/arm/v7")),
      "linux/arm",
      "7",
    ],
    ["takes the variant asked for", arms, "linux/arm/v6", "6"],
    ["takes a lesser variant for a better machine", arms, "linux/arm/v8", "7"],
    [
      "takes no better variant for a lesser machine",
      indexOf(entry("7", "linux/arm/v7"), entry("1", "linux/arm")),
      "linux/arm/v6",
      "1",
    ],
    ["knows that arm64 is v8", arms, "linux/arm64", "8"],
    [
      "takes no variant for an arm64 of v8 if there is none",
      indexOf(entry("8", "linux/arm64")),
      "linux/arm64/v8",
      "8",
    ],
    ["takes a variant it has never heard of", arms, "linux/arm/odd", "9"],
    ["falls back to no variant from an unknown one", arms, "linux/arm/unheard", "1"],
    [
      "takes the first of equals",
      indexOf(entry("2", "linux/amd64"), entry("3", "linux/amd64")),
      "linux/amd64",
      "2",
    ],
  ];
  for (const [what, index, platform, digit] of rows) {
    it(`${what}, in an image index`, () => {
      assert.equal(chooseInstance(parseIndex(index, "ociIndex"), platformOf(platform)).digest, d(digit));
    });
    it(`${what}, in a manifest list`, () => {
      assert.equal(chooseInstance(parseIndex(index, "dockerList"), platformOf(platform)).digest, d(digit));
    });
  }

  const mixed = indexOf(
    { digest: d("1") },
    { digest: d("2"), annotations: zstd, platform: null },
    entry("3", "linux/arm/v6", { annotations: zstd }),
    entry("4", "linux/arm/v7"),
    entry("5", "linux/arm/v7", { annotations: zstd }),
    entry("6", "linux/arm/v7", { annotations: zstd }),
  );
  it("prefers the platform to zstd, zstd to the order, the order to nothing", () => {
    const choose = (platform: string) =>
      chooseInstance(parseIndex(mixed, "ociIndex"), platformOf(platform)).digest;
    assert.equal(choose("linux/arm/v7"), d("5"));
    assert.equal(choose("linux/arm/v6"), d("3"));
  });

  it("takes an entry without platform for any platform that has no entry, in an image index only", () => {
    const platform = platformOf("plan9/mips");
    assert.equal(chooseInstance(parseIndex(mixed, "ociIndex"), platform).digest, d("2"));
    assert.throws(() => chooseInstance(parseIndex(mixed, "dockerList"), platform), {
      code: "PLATFORM_NOT_FOUND",
    });
  });

  it("minds no order but that of equals in a manifest list, whatever is marked zstd", () => {
    assert.equal(chooseInstance(parseIndex(mixed, "dockerList"), platformOf("linux/arm/v7")).digest, d("4"));
  });

  it("says what it did not find", () => {
    const message = (kind: "ociIndex" | "dockerList", platform: string) => {
      try {
        return chooseInstance(parseIndex(indexOf(), kind), platformOf(platform));
      } catch (error) {
        return CountersignError.from(error).message;
      }
    };
    assert.equal(
      message("ociIndex", "linux/amd64"),
      `no image found in image index for architecture "amd64", variant "", OS "linux"`,
    );
    assert.equal(
      message("dockerList", "linux/arm/v7"),
      `no image found in manifest list for architecture "arm", variant "v7", OS "linux"`,
    );
  });

  it("refuses a digest that is none, if it is the one to choose", () => {
    const index = indexOf(
      { digest: "latest", platform: { os: "linux", architecture: "arm" } },
      entry("0", "linux/amd64"),
    );
    const parsed = parseIndex(index, "ociIndex");
    assert.equal(chooseInstance(parsed, platformOf("linux/amd64")).digest, d("0"));
    assert.throws(() => instanceDigest(chooseInstance(parsed, platformOf("linux/arm"))), {
      code: "MANIFEST_INVALID",
      message: "invalid checksum digest format",
    });
  });
});

describe("parseIndex refuses", () => {
  const twice = (name: string) => `rejecting ambiguous manifest, key "${name}" occurs more than once`;
  const refused: ReadonlyArray<readonly [why: string, text: string, message: string]> = [
    ["broken JSON", "{", "unmarshaling OCI1Index: unexpected end of JSON input"],
    [
      "what is no object",
      "[]",
      "unmarshaling OCI1Index: json: cannot unmarshal array into Go value of type manifest.OCI1IndexPublic",
    ],
    [
      "manifests that are no list",
      `{"manifests":{}}`,
      "unmarshaling OCI1Index: json: cannot unmarshal object into Go struct field OCI1IndexPublic.Index.manifests of type []v1.Descriptor",
    ],
    [
      "a size that is no number",
      `{"manifests":[{"size":"1"}]}`,
      "unmarshaling OCI1Index: json: cannot unmarshal string into Go struct field Descriptor.Index.manifests.size of type int64",
    ],
    [
      "what could be read as an image",
      `{"manifests":[],"config":{},"LAYERS":[]}`,
      `rejecting ambiguous manifest, unexpected fields []string{"config", "layers"} in supposedly application/vnd.oci.image.index.v1+json`,
    ],
    ["two lists of manifests", `{"manifests":[],"manifests":[]}`, twice("manifests")],
    ["two lists of manifests, one in capitals", `{"manifests":[],"MANIFESTS":[]}`, twice("manifests")],
    ["two platforms of an entry", `{"manifests":[{"platform":{},"Platform":{}}]}`, twice("platform")],
    ["two systems of a platform", `{"manifests":[{"platform":{"os":"linux","OS":"linux"}}]}`, twice("os")],
    [
      "an annotation that comes twice",
      `{"manifests":[{"annotations":{"io.github.containers.compression.zstd":"false","io.github.containers.compression.zstd":"true"}}]}`,
      "unmarshaling OCI1Index: an annotation occurs more than once",
    ],
  ];
  for (const [why, text, message] of refused) {
    it(why, () =>
      assert.throws(() => parseIndex(Buffer.from(text), "ociIndex"), { code: "MANIFEST_INVALID", message }),
    );
  }

  it("anything else with a CountersignError", () => {
    const near = fc.array(fc.constantFrom(...`{}[],:1`, `"manifests"`, `"platform"`, `"digest"`, "null"), {
      maxLength: 9,
    });
    fc.assert(
      fc.property(near, (tokens) => {
        try {
          parseIndex(Buffer.from(tokens.join("")), "dockerList");
        } catch (error) {
          assert.ok(error instanceof CountersignError && error.code === "MANIFEST_INVALID");
        }
      }),
    );
  });
});

describe("parseIndex accepts", () => {
  it("an index of nothing, and null for what is absent", () => {
    for (const text of [`{"manifests":null,"config":null}`, "{}", "null"]) {
      assert.deepEqual(parseIndex(Buffer.from(text), "ociIndex").instances, []);
    }
  });

  it("members it does not know, and those it knows in any case", () => {
    const index = Buffer.from(
      `{"x":1,"x":2,"Manifests":[{"DIGEST":"${d("1")}","Size":7}],"mediaType":"${mediaTypes.ociManifest}"}`,
    );
    const instance = { digest: d("1"), platform: undefined, isZstd: false };
    assert.deepEqual(parseIndex(index, "ociIndex").instances, [instance]);
  });
});
