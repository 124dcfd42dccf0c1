import { createHash, randomUUID } from "node:crypto";
import { lstat, readdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { TrustRepositoryQuery } from "@countersign/engine/verify/ports";
import { ownDirectory } from "../evidence/own-directory.ts";
import { makeDirectory } from "../files/make-directory.ts";
import { readRegularFile } from "../files/read-file.ts";
import { type KeptRepository, parseMetadataFile, printMetadataFile } from "./metadata-file.ts";

/** Where metadata is kept between processes. What cannot be read or written costs a question to the mirror, no more. */
export interface MetadataDirectory {
  find(query: TrustRepositoryQuery): Promise<KeptRepository | undefined>;
  keep(query: TrustRepositoryQuery, kept: KeptRepository): Promise<void>;
}

/** As many repositories as the policies of a node name. */
const maxFiles = 64;
const maxFileSize = 32 * 1024 * 1024;
/** Milliseconds; longer than any write takes. */
const halfWritten = 60_000;

/**
 * One file for each repository, target and pinned root, written aside and renamed: several processes may share it.
 * Whoever may write to it could have a repository look older than it is, so that nobody else may.
 * @param now - milliseconds since 1970
 * @param failed - is told what could not be read or written
 */
export function metadataDirectory(
  directory: string,
  now: () => number,
  failed: (path: string, error: unknown) => void,
): MetadataDirectory {
  async function write(name: string, text: string): Promise<void> {
    await makeDirectory(directory, 0o700);
    await ownDirectory(directory, "configured");
    const aside = join(directory, `${randomUUID()}.new`);
    try {
      await writeFile(aside, text, { mode: 0o600, flag: "wx" });
      await rename(aside, join(directory, name));
    } catch (error) {
      await rm(aside, { force: true });
      throw error;
    }
  }

  async function tidy(): Promise<void> {
    const files: { readonly path: string; readonly at: number }[] = [];
    for (const name of await readdir(directory)) {
      const path = join(directory, name);
      const at = (await lstat(path).catch(() => undefined))?.mtimeMs ?? now();
      if (name.endsWith(".json")) files.push({ path, at });
      else if (name.endsWith(".new") && now() - at > halfWritten) await rm(path, { force: true });
    }
    const oldest = files.sort((a, b) => a.at - b.at).slice(0, -maxFiles);
    for (const { path } of oldest) await rm(path, { force: true });
  }

  return {
    async find(query) {
      const path = join(directory, fileOf(query));
      try {
        if (!(await ownDirectory(directory, "configured"))) return undefined;
        const reading = await readRegularFile(path, maxFileSize);
        if (reading.type === "missing") return undefined;
        if (reading.type === "read") return parseMetadataFile(reading.bytes);
        throw new CountersignError("TRUST_REPOSITORY_UNUSABLE", reading.message);
      } catch (error) {
        failed(path, error);
        return undefined;
      }
    },
    async keep(query, kept) {
      const name = fileOf(query);
      try {
        await write(name, printMetadataFile(kept));
        await tidy();
      } catch (error) {
        failed(join(directory, name), error);
      }
    },
  };
}

function fileOf({ mirror, root, target }: TrustRepositoryQuery): string {
  const name = JSON.stringify([mirror, digestOf(root), target]);
  return `${createHash("sha256").update(name).digest("hex").slice(0, 32)}.json`;
}
