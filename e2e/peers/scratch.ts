import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Scratch {
  readonly path: string;
  remove(): Promise<void>;
}

/**
 * A directory that lasts as long as its owner. e2e/main.ts names the parent and removes it whole at the end, so that a
 * test process killed half-way leaves nothing either. Kept short: a unix socket's path has room for 107 bytes.
 */
export async function makeScratch(name: string): Promise<Scratch> {
  const path = await mkdtemp(join(process.env["COUNTERSIGN_E2E_DIR"] ?? tmpdir(), `cs-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true }) };
}
