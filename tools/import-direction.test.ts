import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";

/**
 * Holds the house's one structural rule: imports point down only.
 * A room may import itself and the rooms listed for it; tests, benches and the demo may also use the testkit.
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");

const rooms: Readonly<Record<string, readonly string[]>> = {
  "packages/engine/src/values": [],
  "packages/engine/src/policy": ["packages/engine/src/values"],
  "packages/engine/src/signature": ["packages/engine/src/values"],
  "packages/engine/src/verify": [
    "packages/engine/src/values",
    "packages/engine/src/policy",
    "packages/engine/src/signature",
  ],
  "packages/engine/src/cluster": [
    "packages/engine/src/values",
    "packages/engine/src/policy",
    "packages/engine/src/signature",
  ],
  "packages/sources/src": ["packages/engine/src"],
  "packages/signing/src/testing": ["packages"],
  "packages/signing/src": ["packages/engine/src", "packages/sources/src"],
  "packages/testkit/src": ["packages/engine/src", "packages/sources/src"],
  "packages/sources/src/testing": ["packages"],
  "apps/gateway/src/testing": ["packages", "apps/gateway/src"],
  "apps/gateway/src": ["packages/engine/src", "packages/sources/src"],
  "apps/cluster/src/testing": ["packages", "apps/cluster/src"],
  "apps/cluster/src/webhook/testing": ["packages", "apps/cluster/src"],
  "apps/cluster/src": ["packages/engine/src", "packages/sources/src"],
  "apps/cli/src/demo": ["packages", "apps/cli/src", "apps/gateway/src"],
  "apps/cli/src": [
    "packages/engine/src",
    "packages/signing/src",
    "packages/sources/src",
    "apps/gateway/src",
    "apps/cluster/src",
  ],
};

/** npm packages a room may use; the engine stands on Node alone. */
const libraries: Readonly<Record<string, readonly string[]>> = {
  "packages/engine/src": [],
};

const roomNames = Object.keys(rooms).sort((a, b) => b.length - a.length);
const inside = (file: string, place: string): boolean => file === place || file.startsWith(`${place}/`);
const belongsToTests = (file: string): boolean => file.includes("/testing/");
const roomOf = (file: string): string | undefined => roomNames.find((room) => inside(file, room));

function sourceFiles(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))
    .filter((file) => !file.includes("node_modules"));
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/(?:^|[^.\w])(?:import|export)(?:\s[^"';]*?\sfrom)?\s*\(?\s*"([^"]+)"/g);
  return [...found].map(([, specifier = ""]) => specifier);
}

/** The file an import names, relative to the root; undefined for npm packages and Node's own modules. */
function target(file: string, specifier: string): string | undefined {
  if (specifier.startsWith(".")) return relative(root, resolve(root, dirname(file), specifier));
  const [, name, path] = /^@countersign\/([^/]+)\/(.+)$/.exec(specifier) ?? [];
  if (name === undefined) return undefined;
  const home = ["engine", "signing", "sources", "testkit"].includes(name) ? "packages" : "apps";
  return `${home}/${name}/src/${path}.ts`;
}

const files = ["packages", "apps"].flatMap(sourceFiles);

describe("imports point down", () => {
  it("and there are files to look at", () => assert.ok(files.length > 50));

  for (const file of files) {
    const room = roomOf(file);
    it(file, () => {
      assert.ok(room !== undefined, "stands outside every room: give it one in this test");
      for (const specifier of importsOf(file)) {
        const to = target(file, specifier);
        if (to === undefined) continue;
        const allowed = [room, ...(rooms[room] ?? [])].some((place) => inside(to, place));
        assert.ok(belongsToTests(file) || !belongsToTests(to), `${to} is for tests only`);
        assert.ok(allowed, `may not import ${to}`);
      }
    });
  }
});

describe("nothing runs in circles", () => {
  const graph = new Map(
    files.map((file) => [file, new Set(importsOf(file).map((name) => target(file, name)))]),
  );
  for (const file of files) {
    it(file, () => {
      const seen = new Set<string | undefined>();
      const open = [...(graph.get(file) ?? [])];
      for (let next = open.pop(); next !== undefined; next = open.pop()) {
        assert.notEqual(next, file, `imports itself by way of ${[...seen].at(-1)}`);
        if (!seen.has(next)) open.push(...[...(graph.get(next) ?? [])].filter((name) => name !== undefined));
        seen.add(next);
      }
    });
  }
});

describe("the engine stands on Node alone", () => {
  for (const [place, allowed] of Object.entries(libraries)) {
    for (const file of files.filter((name) => inside(name, place))) {
      it(file, () => {
        const foreign = importsOf(file).filter(
          (name) => !/^(\.|node:)/.test(name) && !allowed.includes(name),
        );
        assert.deepEqual(foreign, []);
      });
    }
  }

  it("and reads no clock, no environment, no disk and no network", () => {
    const forbidden =
      /\b(Date\.now|new Date\(\)|process\.|node:(fs|net|http|https|http2|tls|dns|child_process|os)\b)/;
    const guilty = files
      .filter((name) => inside(name, "packages/engine/src"))
      .filter((name) =>
        forbidden.test(readFileSync(join(root, name), "utf8").replace(/^\s*(\/?\*|\/\/).*$/gm, "")),
      );
    assert.deepEqual(guilty, []);
  });
});
