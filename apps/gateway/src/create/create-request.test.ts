import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { CountersignError } from "@countersign/engine/values/error";
import { CreateContainerRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import fc from "fast-check";
import { createOf, decodeCreateRequest } from "./create-request.ts";

const encode = (init: MessageInitShape<typeof CreateContainerRequestSchema>): Uint8Array =>
  toBinary(CreateContainerRequestSchema, create(CreateContainerRequestSchema, init));

const decode = (bytes: Uint8Array) => fromBinary(CreateContainerRequestSchema, bytes);

const kubelets = {
  podSandboxId: "pod",
  config: {
    metadata: { name: "main", attempt: 1 },
    image: { image: "sha256:main", userSpecifiedImage: "app:v1", runtimeHandler: "kata" },
    mounts: [{}, { image: { image: "sha256:one" } }, { image: { image: "sha256:two" } }],
    labels: { a: "b" },
  },
  sandboxConfig: { metadata: { name: "pod", namespace: "shop" } },
};

/**
 * An image `a`, and in its runtime handler, which is said to be a number and no text, an image `b`: whoever skips a number
 * there finds it.
 */
const hidingImage = (() => {
  const text = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
  const hidden = text(1, 0x62);
  const handlerAsNumber = [0x98, 0x01, hidden.length, ...hidden];
  return Uint8Array.from(text(2, ...text(2, ...text(1, 0x61), ...handlerAsNumber)));
})();

/** Field 900 of the request, a string: what a later CRI may have. */
const unknownField = Uint8Array.of(0xa2, 0x38, 0x01, 0x78);

describe("decodeCreateRequest finds", () => {
  it("the container's own image, then its volumes' in the order of the mounts", () => {
    const { sandboxId, images } = decodeCreateRequest(encode(kubelets));
    assert.equal(sandboxId, "pod");
    assert.deepEqual(
      images.map(({ role, spec }) => [role, spec.image]),
      [
        ["container", "sha256:main"],
        ["volume", "sha256:one"],
        ["volume", "sha256:two"],
      ],
    );
  });

  it("256 image volumes, among any number of other mounts", () => {
    const mounts = Array.from({ length: 1000 }, (_, at) => (at < 256 ? { image: { image: `${at}` } } : {}));
    assert.equal(
      decodeCreateRequest(encode({ config: { image: { image: "x" }, mounts } })).images.length,
      257,
    );
  });
});

describe("decodeCreateRequest refuses", () => {
  const rows: readonly (readonly [what: string, bytes: Uint8Array, code: string])[] = [
    ["what is no message", Uint8Array.of(0xff, 0xff), "REFERENCE_INVALID"],
    ["a container without an image", encode({ podSandboxId: "pod", config: {} }), "REFERENCE_INVALID"],
    ["a request without a container", encode({ podSandboxId: "pod" }), "REFERENCE_INVALID"],
    [
      "257 image volumes",
      encode({
        config: {
          image: { image: "x" },
          mounts: Array.from({ length: 257 }, () => ({ image: { image: "y" } })),
        },
      }),
      "TOO_LARGE",
    ],
    ["what some decoders read as a container of another image", hidingImage, "REFERENCE_INVALID"],
  ];
  for (const [what, bytes, code] of rows) {
    it(what, () => assert.throws(() => decodeCreateRequest(bytes), { code }));
  }
});

describe("createOf", () => {
  it("gives the caller's own bytes when they name all by its id, unknown fields included", () => {
    const bytes = Buffer.concat([encode(kubelets), unknownField]);
    assert.equal(
      createOf(decodeCreateRequest(bytes), "pod", ["sha256:main", "sha256:one", "sha256:two"]),
      bytes,
    );
  });

  it("names sandbox and images anew, and changes nothing else", () => {
    const request = decodeCreateRequest(Buffer.concat([encode(kubelets), unknownField]));
    const named = decode(createOf(request, "pod-in-full", ["sha256:a", "sha256:b", "sha256:c"]));
    const expected = decode(request.bytes);
    expected.podSandboxId = "pod-in-full";
    assert.ok(expected.config?.image !== undefined);
    expected.config.image.image = "sha256:a";
    const [, one, two] = expected.config.mounts;
    assert.ok(one?.image !== undefined && two?.image !== undefined);
    one.image.image = "sha256:b";
    two.image.image = "sha256:c";
    assert.deepEqual(
      toBinary(CreateContainerRequestSchema, named),
      toBinary(CreateContainerRequestSchema, expected),
    );
    assert.equal(named.$unknown?.length, 1);
  });

  it("leaves the request as it was", () => {
    const request = decodeCreateRequest(encode(kubelets));
    createOf(request, "other", ["a", "b", "c"]);
    assert.equal(request.images[0].spec.image, "sha256:main");
    assert.equal(request.message.podSandboxId, "pod");
  });
});

describe("whatever bytes come", () => {
  const sometimesValid = fc.oneof(
    fc.uint8Array({ maxLength: 64 }),
    fc
      .tuple(fc.nat(), fc.integer({ min: 0, max: 255 }))
      .map(([at, byte]) =>
        encode(kubelets).map((old, index, all) => (index === at % all.length ? byte : old)),
      ),
  );

  it("they are refused with a code, or forwarded with every image named as it was judged", () => {
    fc.assert(
      fc.property(sometimesValid, (bytes) => {
        try {
          const request = decodeCreateRequest(bytes);
          const ids = request.images.map((_, at) => `sha256:${at}`);
          const again = decodeCreateRequest(createOf(request, "whole", ids));
          assert.deepEqual([again.sandboxId, again.images.map(({ spec }) => spec.image)], ["whole", ids]);
        } catch (error) {
          assert.ok(error instanceof CountersignError, String(error));
        }
      }),
      { numRuns: 1000 },
    );
  });
});
