import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles the command for release: one small entry and one chunk per subcommand, so that `verify` does not
 * read the gateway's code. Prints the size of each file; `bench` measures what it is worth.
 *
 *   node tools/bundle.ts [DIRECTORY]    into DIRECTORY, which is emptied first, instead of `dist`
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const out = resolve(process.argv[2] ?? join(root, "dist"));

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });

const { metafile } = await build({
  entryPoints: {
    countersign: join(root, "apps/cli/src/main.ts"),
    "image-verifier": join(root, "apps/cli/src/image-verifier.ts"),
  },
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  minify: true,
  keepNames: false,
  format: "esm",
  platform: "node",
  target: "node24",
  metafile: true,
  legalComments: "linked",
  // CommonJS packages inside an ESM bundle still call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
  },
});

await copyFile(join(root, "apps/cli/bin/countersign"), join(out, "countersign"));

for (const file of Object.keys(metafile.outputs).sort()) {
  const { size } = await stat(resolve(file));
  process.stdout.write(`${String(Math.ceil(size / 1024)).padStart(6)} KiB  ${file}\n`);
}
