import type { TrustedRootSource } from "@countersign/engine/policy/sigstore-requirement";
import type { TrustSource } from "@countersign/engine/policy/trust-source";

/** Of several keys any one suffices. */
export function keyWords(source: TrustSource): string {
  if (source.type === "files") {
    return source.paths.length === 1
      ? `the key in ${source.paths.join("")}`
      : `one of the keys in ${source.paths.join(", ")}`;
  }
  return source.data.length === 1
    ? "the key in the policy itself"
    : `one of the ${source.data.length} keys in the policy itself`;
}

export function caWords(source: TrustSource): string {
  return `the authority in ${placeWords(source)}`;
}

export function rootWords(root: TrustedRootSource): string {
  return root.type === "tuf"
    ? `the trusted root ${root.target} of ${root.mirror}`
    : `the trusted root in ${placeWords(root)}`;
}

function placeWords(source: TrustSource): string {
  return source.type === "files" ? source.paths.join(", ") : "the policy itself";
}
