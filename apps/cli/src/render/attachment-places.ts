import type { KeyAuthority, KeylessAuthority } from "@countersign/engine/policy/sigstore-requirement";
import { repositoryName } from "@countersign/engine/values/image-reference";

/** Where an authority looks, and for what, in words. */
export function attachmentPlaces({
  attestations,
  sources,
}: KeyAuthority | KeylessAuthority): readonly string[] {
  const suffix = attestations.length === 0 ? ".sig" : ".att";
  const places = sources.length === 0 ? [{ repository: undefined, tagPrefix: "" }] : sources;
  return places.map(({ repository, tagPrefix }) => {
    const where = repository === undefined ? "beside the image" : `in ${repositoryName(repository)}`;
    return `bundles that refer to it and for ${tagPrefix}sha256-…${suffix} ${where}`;
  });
}
