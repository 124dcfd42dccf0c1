import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { policiesIn } from "./policy-arguments.ts";

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-lint-"));
  await mkdir(join(home, "policies", "below"), { recursive: true });
  await mkdir(join(home, "empty"));
  for (const name of [
    "shop.json",
    "lab.json",
    "Bad_Name.json",
    ".json",
    "Lab.JSON",
    "README.md",
    "below/x.json",
  ]) {
    await writeFile(join(home, "policies", name), "{}");
  }
});
after(() => rm(home, { recursive: true }));

describe("an argument of lint", () => {
  it("that is a file stands for itself, whatever it is called", async () => {
    const file = join(home, "policies", "Bad_Name.json");
    assert.deepEqual(await policiesIn(file), [{ file, nameHints: [] }]);
  });

  it("that is not there stands for itself: reading it will tell", async () => {
    const file = join(home, "nowhere.json");
    assert.deepEqual(await policiesIn(file), [{ file, nameHints: [] }]);
  });

  it("that is a directory stands for its policies, and tells those that no namespace is called", async () => {
    const found = await policiesIn(join(home, "policies"));
    assert.deepEqual(
      found.map(({ file, nameHints }) => [file.slice(home.length), nameHints.map(({ code }) => code)]),
      [
        ["/policies/.json", ["POLICY_FILE_NAME"]],
        ["/policies/Bad_Name.json", ["POLICY_FILE_NAME"]],
        ["/policies/Lab.JSON", ["POLICY_FILE_NAME"]],
        ["/policies/lab.json", []],
        ["/policies/shop.json", []],
      ],
    );
  });

  it("that has policy.json and policies in it stands for all of them, and for nothing deeper", async () => {
    const node = join(home, "node");
    await mkdir(join(node, "policies", "policies"), { recursive: true });
    await mkdir(join(node, "registries.d"));
    for (const name of [
      "policy.json",
      "policies/shop.json",
      "policies/Bad_.json",
      "policies/policies/x.json",
    ]) {
      await writeFile(join(node, name), "{}");
    }
    const found = await policiesIn(node);
    assert.deepEqual(
      found.map(({ file, nameHints }) => [file.slice(node.length), nameHints.map(({ code }) => code)]),
      [
        ["/policy.json", []],
        ["/policies/Bad_.json", ["POLICY_FILE_NAME"]],
        ["/policies/shop.json", []],
      ],
    );
  });

  it("that has policies alone stands for them", async () => {
    const found = await policiesIn(join(home));
    assert.ok(found.map(({ file }) => file.slice(home.length)).includes("/policies/shop.json"));
  });

  it("that has a file called policies stands for what is beside it", async () => {
    const odd = join(home, "odd");
    await mkdir(odd);
    await writeFile(join(odd, "policies"), "");
    await writeFile(join(odd, "shop.json"), "{}");
    assert.deepEqual(await policiesIn(odd), [{ file: join(odd, "shop.json"), nameHints: [] }]);
  });

  it("that is a directory without policies is no good: nothing would be checked", async () => {
    await assert.rejects(policiesIn(join(home, "empty")), {
      code: "POLICY_NOT_FOUND",
      message: /NAMESPACE\.json/,
    });
  });
});
