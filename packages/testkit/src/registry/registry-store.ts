import { type Digest, digestOf } from "@countersign/engine/values/digest";

export interface StoredManifest {
  readonly digest: Digest;
  readonly bytes: Uint8Array;
  readonly mediaType: string;
}

/** What a registry keeps, in memory. */
export interface RegistryStore {
  putBlob(repository: string, bytes: Uint8Array): Digest;
  blob(repository: string, digest: string): Uint8Array | undefined;
  putManifest(repository: string, bytes: Uint8Array, mediaType: string, tag?: string): StoredManifest;
  /** by tag or digest */
  manifest(repository: string, tagOrDigest: string): StoredManifest | undefined;
  tags(repository: string): readonly string[];
  /** the manifests that name another as their `subject`, in the order in which they came */
  referrers(repository: string, subject: string): readonly StoredManifest[];
  /** the manifests that name any other as their `subject` */
  referring(repository: string): readonly StoredManifest[];
  /** puts a manifest where another's digest leads: what no honest registry has */
  forge(repository: string, digest: Digest, bytes: Uint8Array, mediaType: string): void;
}

interface Repository {
  readonly blobs: Map<string, Uint8Array>;
  readonly manifests: Map<string, StoredManifest>;
  readonly tags: Map<string, Digest>;
}

export function registryStore(): RegistryStore {
  const repositories = new Map<string, Repository>();
  const at = (name: string): Repository => {
    const known = repositories.get(name);
    if (known !== undefined) return known;
    const added: Repository = { blobs: new Map(), manifests: new Map(), tags: new Map() };
    repositories.set(name, added);
    return added;
  };
  return {
    putBlob(repository, bytes) {
      const digest = digestOf(bytes);
      at(repository).blobs.set(digest, bytes);
      return digest;
    },
    blob: (repository, digest) => at(repository).blobs.get(digest),
    putManifest(repository, bytes, mediaType, tag) {
      const manifest = { digest: digestOf(bytes), bytes, mediaType };
      at(repository).manifests.set(manifest.digest, manifest);
      if (tag !== undefined) at(repository).tags.set(tag, manifest.digest);
      return manifest;
    },
    manifest(repository, tagOrDigest) {
      const { manifests, tags } = at(repository);
      return manifests.get(tags.get(tagOrDigest) ?? tagOrDigest);
    },
    tags: (repository) => [...at(repository).tags.keys()].sort(),
    referrers: (repository, subject) =>
      [...at(repository).manifests.values()].filter((manifest) => subjectOf(manifest) === subject),
    referring: (repository) =>
      [...at(repository).manifests.values()].filter((manifest) => subjectOf(manifest) !== undefined),
    forge(repository, digest, bytes, mediaType) {
      at(repository).manifests.set(digest, { digest, bytes, mediaType });
    },
  };
}

function subjectOf({ bytes }: StoredManifest): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString())?.subject?.digest;
  } catch {
    // what is no manifest refers to nothing
    return undefined;
  }
}
