import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { main } from "@countersign/cli/main";
import { recordingTerminal } from "@countersign/cli/terminal";

const guide = await readFile(new URL("../docs/guide/lint.md", import.meta.url), "utf8");
const [bad = "", mended = ""] = [...guide.matchAll(/^```json\n([\s\S]*?)^```$/gm)].map(
  ([, text = ""]) => text,
);

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-lint-guide-"));
  process.chdir(home);
});
after(() => rm(home, { recursive: true }));

async function lint(policy: string, ...flags: string[]) {
  await writeFile("policy.json", policy);
  const io = recordingTerminal({ HOME: home });
  await main(["lint", ...flags, "policy.json"], io);
  return io.said;
}

describe("docs/guide/lint.md", () => {
  it("shows what lint prints", async () => {
    const { out, exitCode } = await lint(bad, "--policy-only");
    const [, shown = ""] =
      /<!-- transcript: countersign lint --policy-only policy\.json -->\n```console\n\$ .*\n([\s\S]*?)```/.exec(
        guide,
      ) ?? [];
    assert.equal(shown, out);
    assert.equal(exitCode, 0);
  });

  it("mends it", async () => {
    const { out, exitCode } = await lint(mended, "--policy-only", "--strict");
    assert.equal(out, "policy.json: valid\n");
    assert.equal(exitCode, 0);
  });
});
