import { readFile } from "node:fs/promises";
import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import { CountersignError } from "@countersign/engine/values/error";
import { systemErrorText } from "@countersign/sources/system-error";

/**
 * The public Sigstore's trusted root, which policies mean that name none.
 * @throws CountersignError USAGE for a file that cannot be read, or is no trusted root: all who need it would be refused
 */
export async function readPublicRoot(file: string | undefined): Promise<Material<TrustedRootMaterial>> {
  if (file === undefined) {
    const why =
      "the public Sigstore's trusted root is not known here: give its trusted_root.json with --public-trusted-root (controller, webhook and compile; publicTrustedRoot in the chart)";
    return { type: "missing", why };
  }
  const bytes = await readFile(file).catch((cause: Error) => {
    throw noRoot(file, systemErrorText(cause), cause);
  });
  requireRoot(file, bytes);
  return { type: "found", value: { type: "text", json: bytes.toString() } };
}

function requireRoot(file: string, bytes: Uint8Array): void {
  try {
    const { certificateAuthorities, transparencyLogs } = parseTrustedRoot(bytes);
    if (certificateAuthorities.length > 0 || transparencyLogs.length > 0) return;
  } catch (cause) {
    throw noRoot(file, CountersignError.from(cause).message, cause);
  }
  throw noRoot(file, "trusted root: it names neither a certificate authority nor a log", undefined);
}

function noRoot(file: string, why: string, cause: unknown): CountersignError {
  return new CountersignError(
    "USAGE",
    `--public-trusted-root ${file}: ${why}; give the public Sigstore's trusted_root.json, as cosign trusted-root create --with-default-services prints it`,
    { cause },
  );
}
