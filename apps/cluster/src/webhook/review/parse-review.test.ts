import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { systemTiming } from "@countersign/sources/timing";
import fc from "fast-check";
import { answerReview } from "../answer-review.ts";
import { imagesInQuestion } from "../review-workload.ts";
import { objectWith, reviewOf } from "../testing/review-of.ts";
import { parseReview } from "./parse-review.ts";

const image = "registry.example/app:v1";
const valid = reviewOf("Pod", objectWith("Pod", { containers: [{ name: "a", image }] })) as {
  readonly request: Record<string, unknown>;
};
const bytesOf = (review: unknown) => Buffer.from(JSON.stringify(review));
const withRequest = (change: object) => ({ ...valid, request: { ...valid.request, ...change } });

describe("parseReview", () => {
  it("reads what an API server sends", () => {
    const request = parseReview(bytesOf(valid));
    assert.deepEqual(request.kind, { group: "", version: "v1", kind: "Pod" });
    assert.deepEqual([request.operation, request.namespace, request.subResource], ["CREATE", "shop", ""]);
    assert.deepEqual(
      imagesInQuestion(request)?.uses.map((use) => use.image),
      [image],
    );
  });

  it("passes over what a newer API server may add", () => {
    assert.equal(parseReview(bytesOf(withRequest({ somethingNew: { a: 1 } }))).name, "app");
  });

  it("reads nothing of a text that would take hundreds of megabytes of memory", () => {
    const text = JSON.stringify(withRequest({ options: Array(500_000).fill(1) }));
    assert.throws(() => parseReview(Buffer.from(text)), { code: "TOO_LARGE" });
  });

  const refused: ReadonlyArray<readonly [why: string, text: string]> = [
    ["nothing", ""],
    ["a list", "[]"],
    ["another version", JSON.stringify({ ...valid, apiVersion: "admission.k8s.io/v1beta1" })],
    ["another kind", JSON.stringify({ ...valid, kind: "Review" })],
    ["no request", JSON.stringify({ ...valid, request: null })],
    ["a request that is none", JSON.stringify({ ...valid, request: "x" })],
    ["no uid", JSON.stringify(withRequest({ uid: "" }))],
    ["a uid without end", JSON.stringify(withRequest({ uid: "x".repeat(200) }))],
    ["an operation nobody knows", JSON.stringify(withRequest({ operation: "PATCH" }))],
    ["no kind", JSON.stringify(withRequest({ kind: {} }))],
    ["a number for a name", JSON.stringify(withRequest({ name: 1 }))],
    ["two objects", JSON.stringify(valid).replace('"object":', '"object":{},"object":')],
    ["two requests", JSON.stringify(valid).replace('"request":', '"request":{},"request":')],
    ["more after the end", `${JSON.stringify(valid)}{}`],
  ];
  for (const [why, text] of refused) {
    it(`refuses ${why}`, () =>
      assert.throws(() => parseReview(Buffer.from(text)), { code: "REVIEW_INVALID" }));
  }
});

describe("an object is refused rather than misread for", () => {
  const spec = (text: string) => `{"metadata":{"name":"app"},"spec":${text}}`;
  const refused: ReadonlyArray<readonly [why: string, spec: string]> = [
    ["containers twice", `{"containers":[],"containers":[{"image":"a"}]}`],
    ["an image twice", `{"containers":[{"image":"a","image":"b"}]}`],
    ["containers that are no list", `{"containers":{"0":{"image":"a"}}}`],
    ["a container that is none", `{"containers":["a"]}`],
    ["an image that is no text", `{"containers":[{"image":["a"]}]}`],
    ["a volume that is none", `{"volumes":[7]}`],
    ["an image volume that is none", `{"volumes":[{"image":"a"}]}`],
    ["a spec that is none", `"x"`],
  ];
  for (const [why, text] of refused) {
    it(why, () => {
      const review = JSON.stringify(withRequest({ object: "HERE" })).replace('"HERE"', spec(text));
      assert.throws(() => imagesInQuestion(parseReview(Buffer.from(review))), { code: "REVIEW_INVALID" });
    });
  }
});

describe("whatever the bytes,", () => {
  it("an answer is a refusal, or no review, and never a fault", async () => {
    const text = JSON.stringify(valid);
    const mutated = fc
      .tuple(fc.nat(text.length), fc.nat(30), fc.string({ maxLength: 12 }))
      .map(([at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut));
    const refuseAll = async () => {
      throw new CountersignError("OVERLOADED", "not now");
    };
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.string(), fc.json()), async (input) => {
        const { status, body } = await answerReview(Buffer.from(input), refuseAll, 1000, systemTiming);
        if (status === 400) return assert.match(body, /^re(view|quest)/);
        const { response } = JSON.parse(body);
        assert.equal(response.allowed, false);
        assert.equal(response.uid, parseReview(Buffer.from(input)).uid);
      }),
      { numRuns: 300 },
    );
  });
});
