import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Planted, plantedFiles } from "../../testing/planted-files.ts";
import { entriesIn, matching, readTomlDocuments, settingIn, textIn, textsIn } from "./toml-documents.ts";

const importsOf = ({ imports }: Readonly<Record<string, unknown>>) => textsIn(imports);
const read = (tree: Readonly<Record<string, Planted>>) =>
  readTomlDocuments(["/etc/c.toml"], importsOf, plantedFiles(tree));

describe("readTomlDocuments", () => {
  it("reads what a file imports after it, so that that has the last word", async () => {
    const documents = await read({
      "/etc/c.toml": 'imports = ["d/*.toml", "/opt/e.toml"]\na.b = "first"\na.c = "first"\n',
      "/etc/d/1.toml": 'a.b = "second"\n',
      "/etc/d/2.toml": 'a.b = ""\n',
      "/etc/d/3.conf": 'a.b = "no"\n',
      "/opt/e.toml": 'imports = ["/etc/c.toml"]\nx.y = 1\n',
    });
    assert.deepEqual(documents.files, ["/etc/c.toml", "/etc/d/1.toml", "/etc/d/2.toml", "/opt/e.toml"]);
    assert.deepEqual([textIn(documents, "a", "b"), textIn(documents, "a", "c")], ["second", "first"]);
    assert.equal(settingIn(documents, "x", "y"), 1n);
    assert.deepEqual(documents.barred, []);
  });

  it("finds no setting in what is another thing, or inherited", async () => {
    const documents = await read({ "/etc/c.toml": 'a = "text"\nb = [1]\n' });
    for (const keys of [["a", "length"], ["b", "0", "x"], ["constructor"], ["none", "at", "all"]]) {
      assert.equal(textIn(documents, ...keys), undefined);
    }
    assert.deepEqual(entriesIn(documents, "a"), []);
  });

  it("reads nothing where there is nothing", async () =>
    assert.deepEqual(await read({}), { files: [], documents: [], barred: [] }));

  const barred: ReadonlyArray<readonly [what: string, content: Planted, why: RegExp]> = [
    [
      "what is no TOML",
      "password = hunter2",
      /^\/etc\/c\.toml: is not TOML that can be read here \(line 1, /,
    ],
    ["what may not be read", { barred: true }, /permission denied$/],
    ["a directory", { kind: "directory" }, /not a regular file$/],
    ["more than anybody writes", "#".repeat(1024 * 1024 + 1), /exceeded maximum allowed size/],
  ];
  for (const [what, content, why] of barred) {
    it(`says that it cannot read ${what}, and nothing of what stands there`, async () => {
      const documents = await read({ "/etc/c.toml": content });
      assert.match(String(documents.barred), why);
      assert.doesNotMatch(String(documents.barred), /hunter2/);
    });
  }

  it("stops at more files than anybody has", async () => {
    const many = Array.from({ length: 300 }, (_, at) => [`/etc/d/${at}.toml`, ""] as const);
    const documents = await read({ "/etc/c.toml": 'imports = ["d/*"]', ...Object.fromEntries(many) });
    assert.equal(documents.files.length, 200);
    assert.match(String(documents.barred), /more than 200 files/);
  });
});

describe("matching", () => {
  const files = plantedFiles(
    Object.fromEntries(["a.toml", "ab.toml", "b.conf", "aXbYc"].map((name) => [`/d/${name}`, ""])),
  );
  const rows: ReadonlyArray<readonly [pattern: string, names: readonly string[]]> = [
    ["/d/*.toml", ["a.toml", "ab.toml"]],
    ["/d/*", ["a.toml", "aXbYc", "ab.toml", "b.conf"]],
    ["/d/a*b*c", ["aXbYc"]],
    ["/d/a*.toml", ["a.toml", "ab.toml"]],
    ["/d/ab*b.toml", []],
    ["/none/*", []],
  ];
  for (const [pattern, names] of rows) {
    it(`${pattern} means ${names.join(", ") || "nothing"}`, async () =>
      assert.deepEqual(
        await matching(pattern, files),
        names.map((name) => `/d/${name}`),
      ));
  }

  it("a path without a star means itself, there or not", async () =>
    assert.deepEqual(await matching("/none/x.toml", files), ["/none/x.toml"]));
});
