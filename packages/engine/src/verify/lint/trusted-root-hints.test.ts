import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { repositoryRootHints, trustedRootHints } from "./trusted-root-hints.ts";

const mediaType = "application/vnd.dev.sigstore.trustedroot+json;version=0.1";
const material = (text: string) => ({ path: "p", name: "/f: ", bytes: Buffer.from(text) });

describe("trustedRootHints", () => {
  const rows: ReadonlyArray<readonly [what: string, text: string, hint: RegExp | undefined]> = [
    ["nothing of a trusted root", JSON.stringify({ mediaType }), undefined],
    ["what is no JSON", "nonsense", /^\/f: trusted root: .*\nwrite a trusted_root\.json/],
    ["what is another kind of JSON", `{"signed":{}}`, /^\/f: trusted root: /],
    ["a CA", createSigningKit().fulcio.caPem, /^\/f: trusted root: .*\nthis is a CA: write it as "fulcio"/],
  ];
  for (const [what, text, expected] of rows) {
    it(`tells ${what}`, () => {
      const hints = [...trustedRootHints(material(text))];
      assert.equal(hints.length, expected === undefined ? 0 : 1);
      for (const { code, message, remedy } of hints) {
        assert.equal(code, "TRUST_MATERIAL_INVALID");
        assert.match(`${message}\n${remedy}`, expected ?? /./);
      }
    });
  }
});

describe("repositoryRootHints", () => {
  it("tells nothing of a signed root", () =>
    assert.deepEqual([...repositoryRootHints(material(`{"signed":{},"signatures":[]}`))], []));
  for (const text of ["nonsense", "[]", `{"mediaType":"${mediaType}"}`]) {
    it(`tells of ${text.slice(0, 12)}`, () => {
      const [hint] = repositoryRootHints(material(text));
      assert.equal(hint?.code, "TRUST_MATERIAL_INVALID");
    });
  }
});
