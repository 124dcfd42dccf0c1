import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { simpleMediaType } from "./media-type.ts";

describe("simpleMediaType", () => {
  const oci = "application/vnd.oci.image.manifest.v1+json";
  const rows: readonly (readonly [what: string, header: string | undefined, expected: string])[] = [
    ["keeps a media type", oci, oci],
    ["drops parameters", `${oci}; charset=utf-8; q="a;b\\""`, oci],
    ["ignores case and space", ` ${oci.toUpperCase()} ; `, oci],
    ["is empty without a header", undefined, ""],
    ["is empty for nothing", "", ""],
    ["is empty after a parameter without value", `${oci}; charset`, ""],
    ["is empty after a parameter said twice", `${oci}; a=1; A=2`, ""],
    ["is empty for several types", `${oci}, text/plain`, ""],
    ["is empty for a quote that never ends", `${oci}; a="b`, ""],
    ["keeps a type without subtype", "text", "text"],
  ];
  for (const [what, header, expected] of rows)
    it(what, () => assert.equal(simpleMediaType(header), expected));

  it("takes any header", () =>
    fc.assert(fc.property(fc.string(), (header) => /^[^\s;]*$/.test(simpleMediaType(header)))));
});
