import { stat } from "node:fs/promises";
import type { Artifact } from "@countersign/engine/signature/sigstore/verified-entity";
import { readNamedFile } from "./named-file.ts";

/** More than that is better hashed elsewhere and given as `sha256:…`. */
const maxArtifactSize = 1024 * 1024 * 1024;

/**
 * What the bundle has to be about: a file, or `sha256:` with 64 hexadecimal digits unless there is a file of that name.
 * @throws CountersignError USAGE if there is no such file
 */
export async function namedArtifact(name: string): Promise<Artifact> {
  const [, hex] = /^sha256:([0-9a-fA-F]{64})$/.exec(name) ?? [];
  if (hex !== undefined && !(await exists(name))) {
    return { type: "digest", algorithm: "sha256", value: Buffer.from(hex, "hex") };
  }
  return { type: "bytes", bytes: await readNamedFile(name, maxArtifactSize) };
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined;
}
