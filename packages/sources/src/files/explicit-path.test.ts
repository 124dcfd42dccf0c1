import assert from "node:assert/strict";
import { mkdirSync, realpathSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { after, describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import fc from "fast-check";
import { explicitPath } from "./explicit-path.ts";

const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const base = realpathSync(root.path);
const at = (path: string): string => `${base}/${path}`;

mkdirSync(at("dir/sub"), { recursive: true });
root.write("file", "");
for (const [name, target] of [
  ["link", "dir"],
  ["absolute", at("dir/sub")],
  ["twice", "link/sub"],
  ["up", "dir/../dir/sub/.."],
  ["far-up", "../../../../../../../../../../../../.."],
  ["to-file", "file"],
  ["dangling", "nowhere"],
  ["loop", "loop"],
] as const) {
  symlinkSync(target, at(name));
}

describe("explicitPath makes", () => {
  const rows: ReadonlyArray<readonly [path: string, explicit: string]> = [
    ["dir", "dir"],
    ["dir/", "dir"],
    ["./dir//sub/.", "dir/sub"],
    ["dir/..", ""],
    ["dir/../dir", "dir"],
    ["link", "dir"],
    ["link/", "dir"],
    ["link/sub", "dir/sub"],
    ["absolute", "dir/sub"],
    ["twice", "dir/sub"],
    ["up", "dir"],
    ["to-file", "file"],
    ["dir/new", "dir/new"],
    ["link/new", "dir/new"],
    ["link/../new", "new"],
    ["absolute/../new", "new"],
    ["missing/../dir", "dir"],
    ["missing", "missing"],
  ];
  for (const [path, explicit] of rows) {
    it(`${explicit || "the directory itself"} of ${path}`, () =>
      assert.equal(explicitPath(at(path)), explicit === "" ? base : at(explicit)));
    it(`the same of ${path} from where the program runs`, () =>
      assert.equal(
        explicitPath(`${relative(process.cwd(), base)}/${path}`),
        explicit === "" ? base : at(explicit),
      ));
  }
  it("/ of what goes above it", () => assert.equal(explicitPath(at("far-up")), "/"));
  it("/ of /", () => assert.equal(explicitPath("/"), "/"));
  it("the working directory of nothing", () => assert.equal(explicitPath(""), realpathSync(".")));
});

describe("explicitPath refuses", () => {
  const rows: ReadonlyArray<readonly [path: string, message: string]> = [
    ["missing/new", `lstat ${at("missing")}: no such file or directory`],
    ["missing/", `lstat ${at("missing")}: no such file or directory`],
    ["missing/.", `lstat ${at("missing")}: no such file or directory`],
    ["file/new", `faccessat ${at("file/new")}: not a directory`],
    ["dangling", `lstat ${at("nowhere")}: no such file or directory`],
    ["dangling/new", `lstat ${at("nowhere")}: no such file or directory`],
    ["loop", "EvalSymlinks: too many links"],
    ["loop/new", `faccessat ${at("loop/new")}: too many levels of symbolic links`],
    ["x".repeat(300), `faccessat ${at("x".repeat(300))}: file name too long`],
  ];
  for (const [path, message] of rows) {
    it(path.slice(0, 20), () =>
      assert.throws(() => explicitPath(at(path)), { code: "IMAGE_UNREADABLE", message }),
    );
  }
});

describe("explicitPath, of any path,", () => {
  const element = fc.constantFrom(
    "dir",
    "sub",
    "link",
    "absolute",
    "twice",
    "up",
    "file",
    "..",
    ".",
    "",
    "new",
  );
  it("agrees with the system where there is something", () =>
    fc.assert(
      fc.property(fc.array(element, { maxLength: 5 }), (elements) => {
        // the system follows links before it goes up; this does not
        const path = join(base, ...elements);
        assert.equal(outcome(() => realpathSync(path)) ?? "-", outcome(() => existing(path)) ?? "-");
      }),
    ));
});

function existing(path: string): string {
  const explicit = explicitPath(path);
  return realpathSync(explicit) === explicit ? explicit : assert.fail(`${explicit} still has a link`);
}

function outcome(run: () => string): string | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof assert.AssertionError) throw error;
    return undefined;
  }
}
