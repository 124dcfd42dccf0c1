import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { sigstoreBlob } from "@countersign/testkit/layouts/signature-blob";
import type { Draw } from "@countersign/testkit/random/draw";
import type { StoredManifest } from "@countersign/testkit/registry/registry-store";
import type { Site } from "../case.ts";
import { attach } from "../evidence/store.ts";
import type { Place } from "./draw-place.ts";

type RegistriesD = Readonly<Record<string, string>>;

/**
 * Puts signatures beside an image or in a lookaside, or some here and some there.
 * @returns files of registries.d that mostly lead to them; undefined for those that every case has
 */
export function drawStorage(
  draw: Draw,
  { stored, named }: Place,
  subject: StoredManifest,
  signatures: readonly UnverifiedSignature[],
): RegistriesD | undefined {
  const beside = signatures.filter((signature) => signature.type === "sigstore");
  if (beside.length === signatures.length && draw.chance(0.75)) {
    if (draw.chance(0.95)) attach(stored, subject, beside);
    return draw.chance(0.9) ? undefined : drawFile(draw, stored, named);
  }
  const cut = draw.below(beside.length + 1);
  const left = new Set<UnverifiedSignature>(beside.slice(cut));
  const blobs = signatures.filter((signature) => !left.has(signature)).map(blobOf);
  stored.lookaside.put(subject.digest, blobs);
  if (cut < beside.length) attach(stored, subject, beside.slice(cut));
  return drawFile(draw, stored, named);
}

function blobOf(signature: UnverifiedSignature): Uint8Array {
  if (signature.type === "sigstore") return sigstoreBlob(signature);
  if (signature.type === "simpleSigning") return signature.bytes;
  throw new Error("nothing else is drawn");
}

function drawFile(draw: Draw, stored: Site, named: Site): RegistriesD {
  const attachments = draw.one([true, undefined, true, false]);
  const lookaside = draw.one([stored.lookaside.base, undefined]);
  const options = [
    ...(attachments === undefined ? [] : [`use-sigstore-attachments: ${attachments}`]),
    ...(lookaside === undefined ? [] : [`lookaside: ${lookaside}`]),
  ];
  if (options.length === 0) return {};
  const scope = draw.one([stored.name, undefined, stored.host, named.name, named.host, "ex.com"]);
  const written =
    scope === undefined
      ? `default-docker:\n${options.map((option) => `  ${option}\n`).join("")}`
      : `docker:\n  ${JSON.stringify(scope)}:\n${options.map((option) => `    ${option}\n`).join("")}`;
  const rest = scope === undefined ? "docker: {}\n" : "default-docker:\n  use-sigstore-attachments: true\n";
  return draw.chance(0.7) ? { "a.yaml": written, "b.yaml": rest } : { "a.yaml": written };
}
