import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

/** One check less: a text in a source file, and what stands there instead. */
export interface Weakening {
  /** below the package's src, e.g. `signature/sigstore/verify-entity.ts` */
  readonly file: string;
  /** must be there exactly once */
  readonly text: string;
  readonly instead: string;
}

/** A copy of one of our packages in which checks are missing. Dispose of it, or hold it with `using`. */
export interface WeakenedPackage extends Disposable {
  /** A module of the copy; `path` is below src. */
  load(path: string): Promise<unknown>;
}

const packages = resolve(import.meta.dirname, "../../..");

/**
 * Copies a package and takes checks out of it. An attack that passes there and is refused by the package as it is shows
 * that the check is what refuses it, and that the attack is one.
 * @throws Error if a text is not there, or more than once: the check is written otherwise now, and the row is to be mended
 */
export function weaken(packageName: "engine" | "sources", weakenings: readonly Weakening[]): WeakenedPackage {
  const changed = new Map<string, string>();
  for (const { file, ...weakening } of weakenings) {
    const source = changed.get(file) ?? readFileSync(join(packages, packageName, "src", file), "utf8");
    changed.set(file, without(file, source, weakening));
  }
  const root = mkdtempSync(join(tmpdir(), "countersign-weakened-"));
  const copy = join(root, packageName);
  cpSync(join(packages, packageName, "src"), copy, {
    recursive: true,
    filter: (path) => !path.endsWith(".test.ts"),
  });
  writeFileSync(join(root, "package.json"), '{"type":"module"}');
  symlinkSync(resolve(packages, "../node_modules"), join(root, "node_modules"));
  for (const [file, source] of changed) writeFileSync(join(copy, file), source);
  return {
    load: (path) => import(pathToFileURL(join(copy, path)).href),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  };
}

function without(file: string, source: string, { text, instead }: Omit<Weakening, "file">): string {
  const found = source.split(text).length - 1;
  if (found !== 1) throw new Error(`${file} has ${JSON.stringify(text)} ${found} times, not once`);
  return source.replace(text, () => instead);
}
