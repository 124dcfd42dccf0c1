import type { Digest } from "@countersign/engine/values/digest";
import {
  dropTagIfDigested,
  formatReference,
  type NamedReference,
  parseNamedReference,
  repositoryName,
} from "@countersign/engine/values/image-reference";

/** What a name turned out to be when it was pulled. */
export interface ResolvedImage {
  /** of what the registry served for the name: the index, if it is one */
  readonly digest: Digest;
  /** of the config of the platform's image; it is the image's id */
  readonly configDigest: Digest;
  readonly size: bigint;
}

/** An image on the runtime's disk. */
export interface StoredImage {
  readonly id: Digest;
  readonly size: bigint;
  readonly repoTags: readonly string[];
  readonly repoDigests: readonly string[];
}

/**
 * A runtime's image names, kept as containerd's CRI plugin does: names point to images, an image is its config's
 * digest wherever it came from, and every pull leaves `repository@digest` with the digest of the top manifest.
 */
export class ImageStore {
  readonly #names = new Map<string, Digest>();
  readonly #sizes = new Map<Digest, bigint>();
  /** Runs while a container is made, when its image is found and what its name points to is not yet. */
  betweenLookups: () => Promise<void> = () => new Promise((resolve) => setImmediate(resolve));

  /** A name with tag and digest is stored by digest only, so the tag stays unknown. */
  add(name: string, image: ResolvedImage): void {
    const reference = completed(name);
    this.#sizes.set(image.configDigest, image.size);
    this.#names.set(formatReference(reference), image.configDigest);
    this.#names.set(`${repositoryName(reference)}@${image.digest}`, image.configDigest);
  }

  /** As `ctr images import` does: a name, and no digest. */
  import(name: string, image: Pick<ResolvedImage, "configDigest" | "size">): void {
    this.#sizes.set(image.configDigest, image.size);
    this.#names.set(formatReference(completed(name)), image.configDigest);
  }

  /** What a name points to now, read as it stands. */
  pointedTo(name: string): Digest | undefined {
    return this.#names.get(name);
  }

  /** By id, with or without `sha256:`, whole or a unique prefix of it; by tag; by digest. */
  find(name: string): StoredImage | undefined {
    const id = this.#byId(name) ?? this.#byName(name);
    return id === undefined ? undefined : this.#image(id);
  }

  list(): readonly StoredImage[] {
    return [...new Set(this.#names.values())].map((id) => this.#image(id));
  }

  /** Removes the image with all its names, whichever was given. Absent is fine. */
  remove(name: string): void {
    const image = this.find(name);
    for (const [known, id] of this.#names) if (id === image?.id) this.#names.delete(known);
  }

  #image(id: Digest): StoredImage {
    const names = [...this.#names].filter(([, of]) => of === id).map(([name]) => name);
    return {
      id,
      size: this.#sizes.get(id) ?? 0n,
      repoTags: names.filter((name) => !name.includes("@")),
      repoDigests: names.filter((name) => name.includes("@")),
    };
  }

  #byId(name: string): Digest | undefined {
    const hex = name.replace(/^sha256:/, "");
    if (!/^[0-9a-f]+$/.test(hex)) return undefined;
    const ids = [...new Set(this.#names.values())].filter((id) => id.startsWith(`sha256:${hex}`));
    return ids.length === 1 ? ids[0] : undefined;
  }

  #byName(name: string): Digest | undefined {
    try {
      return this.#names.get(formatReference(completed(name)));
    } catch {
      return undefined;
    }
  }
}

/** With a tag or a digest, never both. */
export function completed(name: string): NamedReference {
  const reference = dropTagIfDigested(parseNamedReference(name));
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: "latest" };
}
