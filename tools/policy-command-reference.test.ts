import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { readYamlDocument } from "@countersign/sources/files/yaml-document";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "../apps/cli/src/main.ts";
import { parseTestTable } from "../apps/cli/src/policy-test/parse-test-table.ts";
import { recordingTerminal } from "../apps/cli/src/terminal.ts";

/** What docs/reference/policy-command.md says of flags, tables and JSON must be so. */
const reference = join(import.meta.dirname, "../docs/reference");
const page = readFileSync(join(reference, "policy-command.md"), "utf8");
const schema = JSON.parse(readFileSync(join(reference, "policy-test.schema.json"), "utf8"));

async function run(...argv: string[]): Promise<string> {
  const io = recordingTerminal();
  await main(["policy", ...argv], io);
  return io.said.out;
}

function section(heading: string): string {
  const [, text = ""] = page.split(`\n${heading}\n`);
  return text.split(/\n##+ /, 1).join("");
}

const firstCells = (text: string) =>
  [...text.matchAll(/^\| (`(?:\\\||[^|])*?) +\|/gm)].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([\w-]+)/g)].map(([, name = ""]) => name),
  );

const parse = (table: object) =>
  parseTestTable(readYamlDocument(JSON.stringify(table)), "images.yaml", parseDockerImage);

function isTaken(table: object): boolean {
  try {
    parse(table);
    return true;
  } catch {
    return false;
  }
}

describe("docs/reference/policy-command.md", () => {
  for (const command of ["show", "test", "diff"]) {
    it(`has every flag of ${command}, and no other`, async () => {
      const help = await run(command, "--help");
      const flags = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = ""]) => flag);
      const documented = firstCells(section(`## \`policy ${command}\``)).filter((name) =>
        name.startsWith("--"),
      );
      assert.deepEqual(documented.sort(), flags.sort());
    });
  }

  it("shows a table that is one", () => {
    const [, example = ""] = /^```yaml\n([\s\S]*?)^```$/m.exec(page) ?? [];
    assert.equal(parseTestTable(readYamlDocument(example), "images.yaml", parseDockerImage).rows.length, 1);
  });

  it("lists the keys of a table and of its rows, as its schema does", () => {
    const [top = "", row = ""] = section("### The table of `policy test`").split("| Key of a row");
    assert.deepEqual(firstCells(top), Object.keys(schema.properties));
    assert.deepEqual(firstCells(row).sort(), Object.keys(schema.$defs.row.properties).sort());
    const names = Object.keys(schema.properties).join(", ");
    assert.throws(() => parse({ x: 1 }), new RegExp(`x: unknown key; there are ${names}$`, "m"));
  });

  it("says every key of a row's JSON", async () => {
    using root = temporaryRoot();
    root.write("policy.json", JSON.stringify({ default: [{ type: "reject" }] }));
    const table = {
      policy: "policy.json",
      images: [{ image: "busybox", expect: "denied", evidence: "unsigned" }],
    };
    const file = root.write("images.yaml", JSON.stringify(table));
    const [row] = JSON.parse(await run("test", "--output", "json", file));
    const text = section("## `policy test`");
    assert.deepEqual(
      Object.keys(row).filter((key) => !text.includes(`\`${key}\``)),
      [],
    );
  });
});

describe("docs/reference/policy-test.schema.json", () => {
  const row = { image: "busybox", expect: "denied" };

  it("knows the keys that the parser knows", () => {
    for (const name of Object.keys(schema.properties)) {
      assert.throws(
        () => parse({ images: [row], [name]: 1 }),
        new RegExp(`\\b${name}: a (text|list) |${name}: JSON object`),
      );
    }
    for (const name of Object.keys(schema.$defs.row.properties)) {
      assert.throws(() => parse({ images: [{ ...row, [name]: 1 }] }), /images\[0\]\.\w+: a text is expected/);
    }
  });

  const samples: Readonly<Record<string, readonly string[]>> = {
    namespace: ["shop", "a-b", "-a", "a-", "A", "", "a".repeat(63), "a".repeat(64), "../x"],
    platform: ["linux/amd64", "linux/arm64/v8", "linux", "/amd64", "linux/", "a/b/c/d", ""],
    at: [
      "now",
      "evidence",
      "2026-11-01T00:00:00Z",
      "2026-11-01T00:00:00.5+01:00",
      "2026-11-01",
      "yesterday",
      "",
    ],
    code: ["POLICY_REJECTS", "policy", "A1", "", "A B"],
  };
  for (const [name, values] of Object.entries(samples)) {
    it(`takes the same values for ${name} as the parser`, () => {
      const own = schema.$defs.row.properties[name];
      const { pattern } = own.pattern === undefined ? schema.$defs[name] : own;
      for (const value of values) {
        assert.equal(
          new RegExp(pattern).test(value),
          isTaken({ images: [{ ...row, [name]: value }] }),
          value,
        );
      }
    });
  }
});
