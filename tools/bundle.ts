import { copyFile, mkdir, rm, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";

/**
 * Bundles the command for release: one small entry, and a file for each subcommand, so that `verify` does not read the
 * gateway's code. Prints the size of each file; `bench` measures what it is worth.
 *
 *   node tools/bundle.ts [DIRECTORY]    into DIRECTORY, which is emptied first, instead of `dist`
 */
const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const out = resolve(process.argv[2] ?? join(root, "dist"));

/**
 * Bundled each by itself: what several entries share is cut into a file for each set of entries that shares it, and Node takes
 * as long to find and link thirty files as a verification takes otherwise.
 */
const alone: Readonly<Record<string, string>> = {
  verify: "apps/cli/src/commands/verify.ts",
  gateway: "apps/cli/src/commands/gateway.ts",
  "image-verifier": "apps/cli/src/image-verifier.ts",
};

/** The command line loads these from where they are bundled. */
const elsewhere: Plugin = {
  name: "elsewhere",
  setup({ onResolve }) {
    onResolve({ filter: /\/commands\/(verify|gateway)\.ts$/ }, ({ path, kind }) =>
      kind === "dynamic-import"
        ? { path: `./${path.split("/").at(-1)?.slice(0, -3)}.mjs`, external: true }
        : undefined,
    );
  },
};

const common = {
  outdir: out,
  outExtension: { ".js": ".mjs" },
  bundle: true,
  splitting: true,
  minify: true,
  format: "esm",
  platform: "node",
  target: "node24",
  metafile: true,
  legalComments: "linked",
  // CommonJS packages inside an ESM bundle still call require() for Node's own modules.
  banner: {
    js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
  },
} as const satisfies BuildOptions;

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const builds = [
  build({
    ...common,
    entryPoints: { countersign: join(root, "apps/cli/src/main.ts") },
    plugins: [elsewhere],
  }),
  ...Object.entries(alone).map(([name, path]) =>
    build({ ...common, entryPoints: { [name]: join(root, path) }, chunkNames: `${name}-[name]-[hash]` }),
  ),
];
const outputs = (await Promise.all(builds)).flatMap(({ metafile }) => Object.keys(metafile.outputs));

await copyFile(join(root, "apps/cli/bin/countersign"), join(out, "countersign"));

for (const file of outputs.sort()) {
  const { size } = await stat(resolve(file));
  process.stdout.write(`${String(Math.ceil(size / 1024)).padStart(6)} KiB  ${file}\n`);
}
