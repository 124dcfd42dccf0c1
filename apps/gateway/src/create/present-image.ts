import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  formatReference,
  type ImageReference,
  type NamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";
import { namesOf } from "../pull/verified-image.ts";

/** The manifest that was judged, and what it says of its config. */
export interface JudgedManifest {
  readonly digest: Digest;
  /** undefined for formats that have none */
  readonly config: Digest | undefined;
}

/** More names than one image has on any node. */
const maxCandidates = 16;

/**
 * The digests that the runtime's image may have come from: those of the asked repository first. A runtime's list is a
 * hint only: CRI-O makes up pairs of repository and digest, and neither says which instance of an index was unpacked.
 * What is judged has to be shown to be this image by {@link isJudged}.
 * @throws CountersignError RUNTIME_MISMATCH when the name has a digest that the runtime does not know the image by
 */
export function candidateDigests(present: Image, asked: ImageReference): readonly Digest[] {
  const known = namesOf(present).flatMap((name) => (name.digest === undefined ? [] : [name]));
  if (asked.digest !== undefined) {
    if (known.some(({ digest }) => digest === asked.digest)) return [asked.digest];
    throw new CountersignError(
      "RUNTIME_MISMATCH",
      `the runtime does not know the image ${quote(present.id)} by the digest of ${formatReference(asked)}`,
    );
  }
  const own = (name: NamedReference): boolean => repositoryName(name) === repositoryName(asked);
  const ordered = [...known.filter(own), ...known.filter((name) => !own(name))];
  return [...new Set(ordered.flatMap(({ digest }) => digest ?? []))].slice(0, maxCandidates);
}

/**
 * Where a policy lets in whatever a repository holds, the name decides, so the image has to have come by it: a caller, or
 * a runtime that reads short names otherwise than is configured here, could call any image so. By which tag does not
 * matter, for tags move and go; unless the policy lets in no more than this tag, when another one's image is another image.
 * @param isExact whether the policy names the reference, and not just its repository
 * @throws CountersignError RUNTIME_MISMATCH
 */
export function requireName(present: Image, asked: ImageReference, isExact: boolean): void {
  const names = namesOf(present);
  const isOwn = (name: NamedReference) => repositoryName(name) === repositoryName(asked);
  const hasTag = (name: NamedReference) => !isExact || asked.tag === undefined || name.tag === asked.tag;
  const hasDigest = asked.digest === undefined || names.some(({ digest }) => digest === asked.digest);
  if (hasDigest && names.some((name) => isOwn(name) && hasTag(name))) return;
  throw new CountersignError(
    "RUNTIME_MISMATCH",
    `the runtime does not know the image ${quote(present.id)} as ${formatReference(asked)}; ` +
      "pull it by that name, or write the name's registry",
  );
}

/**
 * Whether the runtime's image is what the manifest describes. containerd's id is the config's digest, and the config has
 * the digests of all layers, unpacked: nothing else has this id. CRI-O's id need not be that; it lists the digests of
 * the manifests it stored, an index's instance among them.
 */
export function isJudged(present: Image, { digest, config }: JudgedManifest): boolean {
  const id = idOf(present);
  if (id.type === "config digest") return config === id.digest;
  if (config !== undefined && config === `sha256:${present.id}`) return true;
  return namesOf(present).some((name) => name.digest === digest);
}

type ImageId =
  | { readonly type: "config digest"; readonly digest: Digest }
  /** CRI-O's */
  | { readonly type: "storage id" };

function idOf({ id }: Image): ImageId {
  return id.startsWith("sha256:")
    ? { type: "config digest", digest: parseDigest(id) }
    : { type: "storage id" };
}
