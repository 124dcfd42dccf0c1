import type { Digest } from "@countersign/engine/values/digest";
import {
  type ImageReference,
  type NamedReference,
  parseNamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";
import type { Image } from "@countersign/sources/cri/generated/cri_pb";

/** What was verified, in the terms by which it can be recognised in a runtime's answers. */
export interface VerifiedImage {
  /** the name it was verified under */
  readonly reference: ImageReference;
  /** of the manifest or index behind that name */
  readonly digest: Digest;
  /** the platform's manifest that was judged; the same as `digest` unless chosen through an index */
  readonly instance: Digest;
  /** the config of that manifest; undefined for formats that have none */
  readonly config: Digest | undefined;
}

/** `repository@digest`: a name that can mean nothing but what was verified. */
export function pinnedName({ reference, digest }: VerifiedImage): string {
  return `${repositoryName(reference)}@${digest}`;
}

/** Whether an image of the runtime's came from the verified name and digest. */
export function hasDigest(image: Image, { reference, digest }: VerifiedImage): boolean {
  return digestsOf(image, repositoryName(reference)).has(digest);
}

/**
 * Whether the runtime unpacked the very manifest that was judged. An index only says what there is to choose from,
 * and containerd chooses by other rules than containers/image: it takes `x86_64` for `amd64` and accepts entries
 * without a platform. An index with an entry made for each of the two would have one judged and the other run.
 *
 * containerd shows the choice in the image's id (the config's digest) and not in repo_digests, where it has the
 * index alone; CRI-O lists index and instance there, while its id need not be the config's digest.
 */
export function isInstance(image: Image, { reference, digest, instance, config }: VerifiedImage): boolean {
  if (instance === digest) return true; // the digest says it all
  if (digestsOf(image, repositoryName(reference)).has(instance)) return true;
  return config !== undefined && withoutAlgorithm(image.id) === withoutAlgorithm(config);
}

/** Whether the reference in a pull's answer, an id or a name by digest, certainly means `image`. */
export function isNamedBy(image: Image, imageRef: string): boolean {
  return withoutAlgorithm(image.id) === withoutAlgorithm(imageRef) || image.repoDigests.includes(imageRef);
}

/** Whether the runtime knows the image by any digest of the repository it was verified under. */
export function isFromRepository(image: Image, { reference }: VerifiedImage): boolean {
  return digestsOf(image, repositoryName(reference)).size > 0;
}

/** The digests by which the runtime knows the image, of one repository. */
function digestsOf(image: Image, repository: string): ReadonlySet<string> {
  const names = image.repoDigests.flatMap((text) => parseName(text) ?? []);
  return new Set(
    names.filter((name) => repositoryName(name) === repository).map(({ digest }) => digest ?? ""),
  );
}

/** Tags and digests by which the runtime knows the image. */
export function namesOf({ repoTags, repoDigests }: Image): readonly NamedReference[] {
  return [...repoTags, ...repoDigests].flatMap((text) => parseName(text) ?? []);
}

/** Names of the image that belong to others than `repository`, or are tags other than `tag`. */
export function otherNames(image: Image, reference: ImageReference): readonly string[] {
  const own = repositoryName(reference);
  return [...image.repoTags, ...image.repoDigests].filter((text) => {
    const name = parseName(text);
    if (name === undefined) return false;
    return repositoryName(name) !== own || (name.tag !== undefined && name.tag !== reference.tag);
  });
}

function parseName(text: string): NamedReference | undefined {
  try {
    return parseNamedReference(text);
  } catch {
    return undefined; // e.g. `<none>:<none>`
  }
}

function withoutAlgorithm(id: string): string {
  return id.startsWith("sha256:") ? id.slice("sha256:".length) : id;
}
