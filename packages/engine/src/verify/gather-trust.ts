import { CountersignError } from "../values/error.ts";
import type { Evidence, TrustFile } from "./evidence.ts";
import type { Needs, TrustRepository } from "./needs.ts";
import type { TrustFiles, TrustRepositories } from "./ports.ts";
import { readTrustSource } from "./trust-source.ts";

export type TrustMaterial = Pick<Evidence, "trustFiles" | "trustedRoots">;

export const noTrust: TrustMaterial = { trustFiles: new Map(), trustedRoots: new Map() };

export interface TrustPorts {
  readonly trustFiles: TrustFiles;
  readonly trustRepositories: TrustRepositories;
}

/** Sixty times every public CA. */
const maxTrustSize = 16 * 1024 * 1024;
const tooMuchTrust = `the key and CA files of one image's policy have more than ${maxTrustSize} bytes`;

/**
 * Reads keys, CAs and trusted roots, one after the other: whoever writes a policy for one namespace must not be able to
 * fill the memory of all. What cannot be read is noted, and matters once it is needed.
 * @param known what was read before, and is not read again
 * @throws what `signal` was aborted with
 */
export async function gatherTrust(
  needs: Needs,
  known: TrustMaterial,
  ports: TrustPorts,
  signal: AbortSignal,
): Promise<TrustMaterial> {
  const trustFiles = new Map(known.trustFiles);
  const trustedRoots = new Map(known.trustedRoots);
  let left = maxTrustSize;
  for (const file of [...trustFiles.values(), ...trustedRoots.values()]) left -= sizeOf(file);

  async function attempt(name: string, read: () => Promise<Uint8Array>): Promise<TrustFile> {
    try {
      if (left <= 0) throw new CountersignError("TOO_LARGE", `${name} is not read: ${tooMuchTrust}`);
      const bytes = await read();
      if (bytes.length > left) throw new CountersignError("TOO_LARGE", `read ${name}: ${tooMuchTrust}`);
      left -= bytes.length;
      return { type: "read", bytes };
    } catch (caught) {
      signal.throwIfAborted();
      const error = CountersignError.from(caught);
      if (error.code === "TOO_LARGE") left = 0;
      return { type: "failed", error };
    }
  }

  for (const path of needs.trustFiles) {
    if (trustFiles.has(path)) continue;
    trustFiles.set(path, await attempt(path, () => ports.trustFiles.read(path, signal)));
  }
  for (const [key, repository] of needs.trustRepositories) {
    if (trustedRoots.has(key)) continue;
    const read = async () => ports.trustRepositories.trustedRoot(begin(repository, trustFiles), signal);
    trustedRoots.set(key, await attempt(repository.mirror, read));
  }
  return { trustFiles, trustedRoots };
}

/** @throws CountersignError TRUST_FILE_UNREADABLE if the root that is trusted to begin with cannot be read */
function begin({ mirror, root, target }: TrustRepository, files: ReadonlyMap<string, TrustFile>) {
  const [bytes] = readTrustSource(root, files);
  if (bytes === undefined) {
    throw new CountersignError("TRUST_MATERIAL_INVALID", `the policy names no root.json for ${mirror}`);
  }
  return { mirror, root: bytes, target };
}

function sizeOf(file: TrustFile): number {
  return file.type === "read" ? file.bytes.length : 0;
}
