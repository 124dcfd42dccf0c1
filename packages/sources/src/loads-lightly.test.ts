import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));

/** Every package and Node module that importing `file` loads at once; what a function imports later does not count. */
function loadedBy(file: string, seen = new Set<string>()): ReadonlySet<string> {
  if (seen.has(file)) return new Set();
  seen.add(file);
  const found = new Set<string>();
  const imports = /^(?:import|export) (?!type )[^;]*?from "([^"]+)";|^import "([^"]+)";/gm;
  for (const [, from = "", bare = from] of readFileSync(file, "utf8").matchAll(imports)) {
    if (!bare.startsWith(".")) found.add(bare);
    else for (const name of loadedBy(join(dirname(file), bare), seen)) found.add(name);
  }
  return found;
}

describe("importing open-sources", () => {
  const loaded = loadedBy(join(here, "open-sources.ts"));
  it("loads what every question needs", () => assert.ok(loaded.has("node:crypto")));
  for (const name of [
    ...["yaml", "smol-toml", "node:child_process", "node:http", "node:https", "node:tls"],
    "@tufjs/models",
  ]) {
    it(`does not load ${name}, which a command may never need`, () => assert.ok(!loaded.has(name)));
  }
});

describe("importing the reader of policies", () => {
  const loaded = loadedBy(join(here, "policy-languages", "read-policy.ts"));
  it("loads the engine", () => assert.ok(loaded.has("@countersign/engine/policy/parse-policy")));
  for (const name of ["@bufbuild/cel", "@bufbuild/re2"]) {
    it(`does not load ${name}, which few policies need`, () => assert.ok(!loaded.has(name)));
  }
});
