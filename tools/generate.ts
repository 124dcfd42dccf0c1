/**
 * Regenerates the protobuf code from our .proto files, and manifests from tools/. What is generated is committed;
 * `--check` proves it fresh.
 *
 *   node tools/generate.ts            writes packages/sources/src/cri/generated and files below deploy
 *   node tools/generate.ts --check    writes nothing; exit 1 when what is committed differs
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { generatedTexts } from "./generated-texts.ts";

const root = resolve(import.meta.dirname, "..");
const protoFolders = ["packages/sources/src/cri"];

function generate(folder: string, out: string): void {
  const plugin = {
    local: ["protoc-gen-es"],
    out,
    opt: ["target=ts", "import_extension=ts"],
  };
  execFileSync(
    "buf",
    ["generate", folder, "--template", JSON.stringify({ version: "v2", plugins: [plugin] })],
    {
      cwd: root,
      env: { ...process.env, PATH: `${join(root, "node_modules/.bin")}:${process.env["PATH"]}` },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
}

function contents(folder: string): ReadonlyMap<string, string> {
  return new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
}

function sameContents(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([name, text]) => b.get(name) === text);
}

const check = process.argv.includes("--check");
for (const [path, text] of generatedTexts()) {
  const file = join(root, path);
  if (existsSync(file) && readFileSync(file, "utf8") === text) continue;
  if (check) {
    process.stderr.write(`${path} is stale; run: node tools/generate.ts\n`);
    process.exitCode = 1;
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}
for (const folder of protoFolders) {
  const committed = join(root, folder, "generated");
  const fresh = mkdtempSync(join(tmpdir(), "countersign-generate-"));
  try {
    generate(folder, fresh);
    if (!check) {
      rmSync(committed, { recursive: true, force: true });
      cpSync(fresh, committed, { recursive: true });
    } else if (!sameContents(contents(fresh), contents(committed))) {
      process.stderr.write(`${folder}/generated is stale; run: node tools/generate.ts\n`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true, force: true });
  }
}
