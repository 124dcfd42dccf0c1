import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { PullImageRequestSchema } from "@countersign/sources/cri/generated/cri_pb";
import fc from "fast-check";
import { decodePullRequest, pullByFullName, pullOf, specOf } from "./pull-request.ts";

function requestFor(image: string, namespace = "team", serverAddress = "") {
  return decodePullRequest(
    toBinary(
      PullImageRequestSchema,
      create(PullImageRequestSchema, {
        image: { image, runtimeHandler: "kata", annotations: { a: "b" } },
        auth: { username: "u", password: "p", serverAddress },
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
          decodePullRequest(candidate);
        } catch (error) {
          assert.equal((error as { code?: string }).code, "REFERENCE_INVALID");
        }
      }),
      { numRuns: 1000 },
    );
  });
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

describe("pullByFullName", () => {
  it("pulls by the full name, and calls it so from then on", () => {
    const request = decodePullRequest(Buffer.concat([requestFor("app").bytes, unknownField]));
    const full = pullByFullName(request, parseImageReference("docker.io/library/app:v1"));
    const sent = fromBinary(PullImageRequestSchema, full.bytes);
    assert.deepEqual(
      [full.image, sent.image?.image],
      ["docker.io/library/app:v1", "docker.io/library/app:v1"],
    );
    assert.equal(specOf(full, "x").runtimeHandler, "kata");
    assert.equal(sent.$unknown?.length, 1);
    assert.equal(sent.sandboxConfig?.metadata?.namespace, "team");
    assert.equal(request.image, "app");
  });

  const rows: readonly (readonly [what: string, server: string, registry: string, sent: boolean])[] = [
    ["shows docker.io what says nothing", "", "docker.io/library", true],
    ["shows no other registry what says nothing", "", "r.example", false],
    ["shows a registry what is for it", "https://r.example/v1/", "r.example", true],
    ["shows no registry what is for another", "r.example", "other.example", false],
    ["shows docker.io nothing that is for another", "r.example", "docker.io/library", false],
  ];
  for (const [what, server, registry, sent] of rows) {
    it(`${what} of credentials`, () => {
      const request = requestFor("app", "team", server);
      const full = pullByFullName(request, parseImageReference(`${registry}/app:v1`));
      assert.equal(fromBinary(PullImageRequestSchema, full.bytes).auth !== undefined, sent);
    });
  }
});
