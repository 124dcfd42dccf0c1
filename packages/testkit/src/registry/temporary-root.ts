import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type UserEnvironment, userEnvironment } from "@countersign/sources/environment";

/** A root directory of its own, with the home of a user in it, for everything that searches the usual places. */
export interface TemporaryRoot extends Disposable {
  /** where `/` is */
  readonly path: string;
  /** of a user whose home is `/home/me` below it */
  readonly environment: UserEnvironment;
  /** Writes a file below it, with the directories it needs; gives its real path. */
  write(path: string, content: string | Uint8Array): string;
}

export function temporaryRoot(variables: Readonly<Record<string, string>> = {}, uid = 0): TemporaryRoot {
  const path = mkdtempSync(join(tmpdir(), "countersign-root-"));
  const environment = userEnvironment(variables, { home: join(path, "home/me"), uid });
  return {
    path,
    environment: { ...environment, systemRoot: path },
    write(name, content) {
      const file = join(path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
      return file;
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  };
}
