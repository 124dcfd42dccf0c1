import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { describe, it } from "node:test";
import { predicateTypes } from "@countersign/engine/policy/extension/predicate-types";
import { main } from "../apps/cli/src/main.ts";
import { reportToJson } from "../apps/cli/src/render/json.ts";
import { type PolicyInForce, unanswered } from "../apps/cli/src/report.ts";
import { recordingTerminal } from "../apps/cli/src/terminal.ts";

const page = await readFile(new URL("../docs/reference/command-line.md", import.meta.url), "utf8");

async function help(command: string): Promise<string> {
  const io = recordingTerminal();
  await main(command === "" ? ["--help"] : [command, "--help"], io);
  return io.said.out;
}

async function flagsOf(command: string): Promise<(string | undefined)[]> {
  return [...(await help(command)).matchAll(/^ {2}(?:-\w, )?(--[a-z-]+)/gm)].map(([, flag]) => flag);
}

/** The flags in the table of a section. */
function documented(heading: string): (string | undefined)[] {
  const [, section = ""] = page.split(`\n## ${heading}\n`);
  const [own = ""] = section.split("\n## ", 1);
  return [...own.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, flag]) => flag);
}

describe("docs/reference/command-line.md", () => {
  for (const [command, heading] of [
    ["verify", "`verify` and `explain`"],
    ["lint", "`lint`"],
    ["doctor", "`doctor`"],
    ["verify-bundle", "`verify-bundle`"],
    ["sign", "`sign`"],
    ["generate-key-pair", "`generate-key-pair`"],
    ["compile", "`compile`"],
    ["controller", "`controller`"],
    ["sync", "`sync`"],
    ["webhook", "`webhook`"],
  ] as const) {
    it(`has every flag of ${command}, and no other`, async () => {
      assert.deepEqual([...documented(heading), "--help"], await flagsOf(command));
    });
  }

  it("says which flags attest has besides those of sign", async () => {
    const ofSign = documented("`sign`").filter((flag) => flag !== "--annotation");
    const all = [...ofSign, ...documented("`attest`"), "--help"];
    assert.deepEqual(all.toSorted(), (await flagsOf("attest")).toSorted());
  });

  it("says which flags promote has besides those of sign", async () => {
    const without = ["--annotation", "--recursive"];
    const ofSign = documented("`sign`").filter((flag) => !without.includes(flag ?? ""));
    const all = [...ofSign, ...documented("`promote`"), "--help"];
    assert.deepEqual(all.toSorted(), (await flagsOf("promote")).toSorted());
  });

  it("says the same flags of explain as are there", async () =>
    assert.deepEqual(
      (await help("explain")).match(/--[a-z-]+ </g),
      (await help("verify")).match(/--[a-z-]+ </g),
    ));

  it("shows the JSON as it is printed", () => {
    const [, example = ""] = /```json\n(.*?)```/s.exec(page) ?? [];
    const policy: PolicyInForce = { file: "", because: "", selection: undefined };
    const [shown, printed] = [example, reportToJson({ ...unanswered("", ""), policy })].map((text) =>
      JSON.parse(text),
    );
    assert.deepEqual(Object.keys(shown), Object.keys(printed));
    assert.deepEqual(Object.keys(shown.policy), Object.keys(printed.policy));
  });

  it("has a line for every command", async () => {
    const commands = [...(await help("")).matchAll(/^ {2}([a-z][a-z-]+) /gm)].map(
      ([, command = ""]) => command,
    );
    const listed = [...page.matchAll(/^\| `countersign ([a-z-]+)/gm)].map(([, command = ""]) => command);
    assert.deepEqual(listed.toSorted(), commands.filter((command) => command !== "help").toSorted());
  });

  it("has every short name of a predicate's type, and attest's help has", async () => {
    const [, section = ""] = page.split("\n## `attest`\n");
    const shown = await help("attest");
    for (const name of predicateTypes.keys()) {
      assert.ok(section.includes(`\`${name}\``), name);
      assert.match(shown.replaceAll(/\s+/g, " "), new RegExp(`[ (]${name}[,) ]`));
    }
  });
});
