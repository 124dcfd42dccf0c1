import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseJson } from "@countersign/engine/values/strict-json";
import { textsMember } from "./json-members.ts";

describe("textsMember", () => {
  const labels = (of: object) => () =>
    textsMember(parseJson(JSON.stringify({ labels: of })), "labels", "object.metadata");

  it("reads names and texts", () => {
    assert.deepEqual(
      labels({ app: "shop", "a.example/b": "c" })(),
      new Map([
        ["app", "shop"],
        ["a.example/b", "c"],
      ]),
    );
  });

  it("tells a name that somebody chose quoted and cut, before the API server has looked at it", () => {
    assert.throws(labels({ [`\x1b[2J${"a".repeat(100_000)}`]: 5 }), {
      code: "REVIEW_INVALID",
      message: `object.metadata.labels["\\x1b[2J${"a".repeat(396)}…"]: a text is expected, not number`,
    });
  });
});
