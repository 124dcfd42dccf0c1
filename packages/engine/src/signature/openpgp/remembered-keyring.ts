import { createHash } from "node:crypto";
import { boundedMemo } from "../content-memo.ts";
import { importKeys, type Keyring } from "./keyring.ts";

const remembered = boundedMemo<Keyring>(32);
const maxBytes = 256 * 1024;

/**
 * {@link importKeys}, remembered by the files' content: verifying what keys say of themselves takes longer than
 * verifying what they have signed. What is large is not remembered.
 * @throws CountersignError TRUST_MATERIAL_INVALID
 */
export function rememberedKeyring(files: readonly Uint8Array[]): Keyring {
  const size = files.reduce((sum, { length }) => sum + length, 0);
  return size > maxBytes ? importKeys(files) : remembered(identityOf(files), () => importKeys(files));
}

/** No two lists of files share one: each content stands behind its length. */
function identityOf(files: readonly Uint8Array[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(`${file.length} `).update(file);
  return hash.digest("hex");
}
