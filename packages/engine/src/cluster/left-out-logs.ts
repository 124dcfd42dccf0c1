import { parseTrustedRoot } from "../signature/sigstore/parse-trusted-root.ts";
import type { TrustedRootMaterial } from "./materials.ts";

/**
 * Tells of logs that a TrustRoot names and no node reads: what only they vouch for is not accepted, which looks as if nobody
 * had logged it. Of a root that is fetched nodes know alone.
 * @returns a text for each, with its place and what to do
 */
export function leftOutLogs(material: TrustedRootMaterial): readonly string[] {
  if (material.type !== "text") return [];
  try {
    return parseTrustedRoot(Buffer.from(material.json)).leftOut.map(
      ({ path, message }) =>
        `${placeInResource(path)}: ${message}: name another one besides, or what it alone vouches for is refused`,
    );
  } catch {
    // why a root is none, those tell who refer to it
    return [];
  }
}

/** As a TrustRoot with keys has it; one with a repository has a file of its own. */
function placeInResource(path: string): string {
  return path.replace(/^tlogs\b/, "tLogs").replace(/^ctlogs\b/, "ctLogs");
}
