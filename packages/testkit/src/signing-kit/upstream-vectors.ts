import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";

/** Signatures, keys and manifests of containers/image's own tests. The project does not contain them. */
export interface UpstreamVectors {
  read(name: string): Buffer;
  /** A `dir:` image: its manifest, and what is stored as its signatures. */
  image(name: string): { readonly manifest: Buffer; readonly signatures: readonly UnverifiedSignature[] };
  signature(name: string): UnverifiedSignature;
}

/**
 * Where they are: `COUNTERSIGN_VECTORS`, or a folder beside the repository. Undefined if that has none.
 * @throws Error if they are named and not there: whoever names them wants them tried
 */
export function findUpstreamFolder(folder: string): string | undefined {
  const repository = resolve(dirname(fileURLToPath(import.meta.url)), "../../../..");
  const named = process.env["COUNTERSIGN_VECTORS"];
  const root = join(resolve(repository, named ?? "../shared/vectors"), folder);
  if (existsSync(root)) return root;
  if (named === undefined) return undefined;
  throw new Error(`COUNTERSIGN_VECTORS=${named}: there is no ${root}`);
}

export function findUpstreamVectors(folder = "containers-image"): UpstreamVectors | undefined {
  const root = findUpstreamFolder(folder);
  if (root === undefined) return undefined;
  const read = (name: string) => readFileSync(join(root, name));
  const signature = (name: string) => parseSignatureBlob(read(name), name);
  return {
    read,
    signature,
    image: (name) => ({
      manifest: read(join(name, "manifest.json")),
      signatures: readdirSync(join(root, name))
        .filter((file) => file.startsWith("signature-"))
        .sort()
        .map((file) => signature(join(name, file))),
    }),
  };
}

/** `\0sigstore-json\n` and JSON; anything else is taken for OpenPGP. */
function parseSignatureBlob(blob: Buffer, location: string): UnverifiedSignature {
  const header = Buffer.from("\0sigstore-json\n");
  if (!blob.subarray(0, header.length).equals(header))
    return { type: "simpleSigning", bytes: blob, location };
  const json = parseJson(blob.subarray(header.length));
  const members = new Map(json.kind === "object" ? json.members : []);
  const annotations = members.get("annotations");
  return {
    type: "sigstore",
    mediaType: textOf(members.get("mimeType")),
    payload: Buffer.from(textOf(members.get("payload")), "base64"),
    annotations: new Map(
      annotations?.kind === "object" ? annotations.members.map(([name, value]) => [name, textOf(value)]) : [],
    ),
    location,
  };
}

function textOf(value: ReturnType<typeof parseJson> | undefined): string {
  return value?.kind === "string" ? value.value : "";
}
