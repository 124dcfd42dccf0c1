import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { formatReference } from "@countersign/engine/values/image-reference";
import { PullImageRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import fc from "fast-check";
import { decodePullRequest, pulledReference, pullOf, specOf } from "./pull-request.ts";

const hex = "a".repeat(64);

function requestFor(image: string, namespace = "team") {
  return decodePullRequest(
    toBinary(
      PullImageRequestSchema,
      create(PullImageRequestSchema, {
        image: { image, runtimeHandler: "kata", annotations: { a: "b" } },
        auth: { username: "u", password: "p" },
        sandboxConfig: { metadata: { namespace } },
      }),
    ),
  );
}

/** Field 4242, which no version of CRI has, holding `x`. */
const unknownField = Uint8Array.of(0x92, 0x89, 0x02, 0x01, 0x78);

describe("decodePullRequest", () => {
  it("reads image and namespace, and keeps the bytes", () => {
    const { image, namespace, bytes } = requestFor("busybox:1");
    assert.deepEqual([image, namespace], ["busybox:1", "team"]);
    assert.deepEqual(decodePullRequest(bytes).bytes, bytes);
  });

  it("takes an absent pod as no namespace", () => {
    const bytes = toBinary(
      PullImageRequestSchema,
      create(PullImageRequestSchema, { image: { image: "busybox" } }),
    );
    assert.equal(decodePullRequest(bytes).namespace, "");
  });

  it("refuses what an older decoder reads as a pull of another image", () => {
    const text = (number: number, ...bytes: number[]) => [number * 8 + 2, bytes.length, ...bytes];
    const hidden = text(1, 0x62);
    const handlerAsNumber = [0x98, 0x01, hidden.length, ...hidden];
    const bytes = Uint8Array.from(text(1, ...text(1, 0x61), ...handlerAsNumber));
    assert.throws(() => decodePullRequest(bytes), { code: "REFERENCE_INVALID" });
  });

  it("answers any bytes with a request or REFERENCE_INVALID", () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(fc.uint8Array({ maxLength: 20 }), fc.nat(200)).map(([noise, at]) => {
        const valid = requestFor("registry.example/app:1").bytes;
        return Buffer.concat([valid.subarray(0, at), noise, valid.subarray(at + noise.length)]);
      }),
    );
    fc.assert(
      fc.property(bytes, (candidate) => {
        try {
          pulledReference(decodePullRequest(candidate));
        } catch (error) {
          assert.equal((error as { code?: string }).code, "REFERENCE_INVALID");
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("pulledReference", () => {
  const rows: readonly (readonly [why: string, image: string, expected: string])[] = [
    ["completes a short name", "busybox", "docker.io/library/busybox:latest"],
    ["keeps a tag", "registry.example/app:v1", "registry.example/app:v1"],
    ["keeps a digest", `registry.example/app@sha256:${hex}`, `registry.example/app@sha256:${hex}`],
    ["drops the tag beside a digest", `r.example/app:v1@sha256:${hex}`, `r.example/app@sha256:${hex}`],
  ];
  for (const [why, image, expected] of rows)
    it(why, () => assert.equal(formatReference(pulledReference(requestFor(image))), expected));

  const refused: readonly (readonly [why: string, image: string])[] = [
    ["an empty name", ""],
    ["a bare image id", hex],
    ["a transport", "docker://busybox"],
    ["an upper-case repository", "r.example/App"],
    ["a path to a file", "/var/lib/image.tar"],
    ["a newline", "busybox\n"],
  ];
  for (const [why, image] of refused)
    it(`refuses ${why}`, () =>
      assert.throws(() => pulledReference(requestFor(image)), { code: "REFERENCE_INVALID" }));
});

describe("pullOf", () => {
  it("changes the name alone: pod, credentials, handler and unknown fields stay", () => {
    const request = decodePullRequest(Buffer.concat([requestFor("busybox").bytes, unknownField]));
    const renamed = fromBinary(PullImageRequestSchema, pullOf(request, "r.example/a@sha256:b"));
    const expected = fromBinary(PullImageRequestSchema, request.bytes);
    assert.ok(expected.image !== undefined);
    expected.image.image = "r.example/a@sha256:b";
    assert.deepEqual(toBinary(PullImageRequestSchema, renamed), toBinary(PullImageRequestSchema, expected));
    assert.equal(renamed.$unknown?.length, 1);
  });

  it("leaves the request as it was", () => {
    const request = requestFor("busybox");
    pullOf(request, "other");
    assert.equal(specOf(request, request.image).image, "busybox");
    assert.equal(request.message.image?.image, "busybox");
  });
});
