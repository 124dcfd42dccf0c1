import { readFile } from "node:fs/promises";
import type { Material, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import { CountersignError } from "@countersign/engine/values/error";

/**
 * The public Sigstore's trusted root, which policies mean that name none.
 * @throws CountersignError USAGE for a file that cannot be read
 */
export async function readPublicRoot(file: string | undefined): Promise<Material<TrustedRootMaterial>> {
  if (file === undefined) {
    const why =
      "the public Sigstore's trusted root is not known here: give its trusted_root.json with --public-trusted-root";
    return { type: "missing", why };
  }
  const json = await readFile(file, "utf8").catch((cause: Error) => {
    throw new CountersignError("USAGE", `--public-trusted-root ${file}: ${cause.message}`, { cause });
  });
  return { type: "found", value: { type: "text", json } };
}
