import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attachmentScope, attachmentScopes, composeRegistriesD } from "./compose-registries-d.ts";
import { rule, scopeRule } from "./testing/published-rules.ts";

const digest = `sha256:${"a".repeat(64)}`;
const file = (...scopes: readonly string[]) =>
  `docker:\n${scopes.map((scope) => `  "${scope}":\n    use-sigstore-attachments: true\n`).join("")}`;

describe("where attached signatures are looked for", () => {
  const rows: ReadonlyArray<
    readonly [what: string, scopes: readonly string[], elsewhere: readonly string[], text: string]
  > = [
    ["nowhere", [], [], "\n"],
    ["in order, each scope once", ["quay.io", "ghcr.io", "quay.io"], [], file("ghcr.io", "quay.io")],
    ["for all images", [""], [], "default-docker:\n  use-sigstore-attachments: true\n"],
    [
      "for all images, which no scope adds to",
      ["", "quay.io"],
      [],
      "default-docker:\n  use-sigstore-attachments: true\n",
    ],
    [
      "at the widest scope alone",
      ["quay.io/a/b", "quay.io/a", "quay.io/a:v1", "quay.io/ab", "x.quay.io", "*.quay.io"],
      [],
      file("*.quay.io", "quay.io/a", "quay.io/ab"),
    ],
    [
      "within what another file speaks of",
      ["quay.io", "quay.io/a/b", "quay.io/c"],
      ["quay.io/a"],
      file("quay.io", "quay.io/a/b"),
    ],
  ];
  for (const [what, scopes, elsewhere, text] of rows)
    it(what, () => assert.equal(composeRegistriesD(scopes, new Set(elsewhere)), text));

  it("is the repository of an image that is named by its digest, and nothing for what no image is of", () => {
    assert.equal(attachmentScope(`quay.io/a@${digest}`), "quay.io/a");
    assert.equal(attachmentScope(`quay.io/a:v1@${digest}`), "quay.io/a:v1");
    assert.equal(attachmentScope(""), "");
    for (const scope of ["@x", `quay.io@${digest}`, "quay.io/\u0080", `quay.io/${"a".repeat(1010)}`])
      assert.equal(attachmentScope(scope), undefined, scope);
  });

  it("is what policies by scopes say, and not for every image for one that says so", () => {
    const rules = [
      scopeRule("a", ["quay.io/a", "", "@x", `quay.io/b@${digest}`], "key", true),
      rule("b", { globs: ["ghcr.io/**"], keys: ["key"] }),
      JSON.stringify({ name: "refusal", transports: { docker: { "no.example": [{ type: "reject" }] } } }),
    ];
    assert.deepEqual(attachmentScopes(rules), ["quay.io/a", "quay.io/b"]);
  });
});
