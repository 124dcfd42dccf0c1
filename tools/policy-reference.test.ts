import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { predicateTypes } from "@countersign/engine/policy/extension/predicate-types";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { isValidScope } from "@countersign/engine/policy/scope-grammar";
import { dockerScopes } from "@countersign/engine/policy/transports/docker-scopes";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";

/** What docs/reference/policy.md shows must be so. */
const page = readFileSync(join(import.meta.dirname, "../docs/reference/policy.md"), "utf8");

const read = (text: string) => readPolicy(Buffer.from(text), { pattern: re2Pattern, cel: celExpression });

/** The first cell of each row of the table under a heading. */
function firstCells(afterHeading: string): string[] {
  const [, section = ""] = page.split(`${afterHeading}\n`);
  const [table = ""] = /^\|[\s\S]*?\n(?=\n|$)/m.exec(section) ?? [];
  return [...table.matchAll(/^\| (`.*?) \|/gm)].map(([, cell = ""]) => cell);
}

const names = (cell: string) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);

describe("docs/reference/policy.md", () => {
  it("shows policies that parse", () => {
    const policies = [...page.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text);
    assert.equal(policies.length, 5);
    for (const policy of policies) assert.deepEqual(read(policy).faults, []);
  });

  it("lists the scopes of an image in their order", () => {
    const listed = [...page.matchAll(/^\d\. `([^`"]+)`/gm)].map(([, scope = ""]) => scope);
    assert.deepEqual(listed, dockerScopes(parseImageReference("host.example:8443/a/b:tag")));
  });

  it("lists the transports that check their scopes", () => {
    const listed = firstCells("file serves all tools:").flatMap(names);
    const checking = [
      "docker-daemon",
      "atomic",
      "dir",
      "sif",
      "oci",
      "oci-archive",
      "docker-archive",
      "tarball",
      "containers-storage",
    ];
    assert.deepEqual(listed, ["docker", ...checking]);
    const digest = `sha256:${"0".repeat(64)}`;
    const refusedSomewhere = (transport: string) =>
      [digest, "a/b/c/d"].some((scope) => !isValidScope(transport, scope));
    assert.deepEqual(listed.filter(refusedSomewhere), checking);
  });

  it("lists matchers that exist, and all that do", () => {
    const matchers = firstCells("## `signedIdentity`: whose name is signed").flatMap(names).slice(1);
    const unknown = (type: string) =>
      readPolicy(
        Buffer.from(
          JSON.stringify({ default: [{ type: "sigstoreSigned", keyPath: "/k", signedIdentity: { type } }] }),
        ),
      ).faults.some(({ message }) => message.startsWith("Unknown"));
    assert.equal(matchers.length, 6);
    assert.deepEqual(matchers.filter(unknown), []);
  });

  for (const type of ["signedBy", "sigstoreSigned"]) {
    it(`lists keys that ${type} knows`, () => {
      const keys = firstCells(
        `### \`${type}\`: ${type === "signedBy" ? "an OpenPGP key" : "what cosign makes"}`,
      ).flatMap(names);
      assert.equal(keys.length, type === "signedBy" ? 5 : 11);
      const requirement = Object.fromEntries([["type", type], ...keys.map((key) => [key, null])]);
      const { faults } = readPolicy(Buffer.from(JSON.stringify({ default: [requirement] })));
      assert.deepEqual(
        faults.filter(({ message }) => message.startsWith("Unknown key")),
        [],
      );
    });
  }

  /** What stands where the extension has its own objects, as a list of members that it should know. */
  const extended: ReadonlyArray<readonly [after: string, keys: number, object: (members: object) => object]> =
    [
      ["### `sigstore`: authorities", 3, (members) => members],
      ["exactly one of `key`, `keyless` and `static`:", 8, (members) => ({ authorities: [members] })],
      ["### `keyless`: certificates", 8, (members) => ({ authorities: [{ keyless: members }] })],
      [
        "each in one of three ways:",
        6,
        (members) => ({ authorities: [{ keyless: { identities: [members] } }] }),
      ],
      ["### `transparency` and `timestamp`", 6, (members) => ({ authorities: [{ transparency: members }] })],
      ["### Attestations", 3, (members) => ({ authorities: [{ attestations: [members] }] })],
    ];
  for (const [after, count, objectOf] of extended) {
    it(`lists keys that the extension knows: ${after}`, () => {
      const keys = firstCells(after).flatMap(names);
      assert.equal(keys.length, count);
      const members = Object.fromEntries(keys.map((key) => [key, null]));
      const requirement = { type: "sigstore", ...objectOf(members) };
      const { faults } = read(JSON.stringify({ countersign: 1, default: [requirement] }));
      assert.deepEqual(
        faults.filter(({ message }) => message.startsWith("Unknown key")),
        [],
      );
      assert.equal(faults.filter(({ message }) => message.includes("null")).length > 0, true);
    });
  }

  it("lists the short names of predicate types", () => {
    const [, list = ""] = /cosign's `--type`: (.*?)\./.exec(page) ?? [];
    assert.deepEqual(names(list), [...predicateTypes.keys()]);
  });
});
