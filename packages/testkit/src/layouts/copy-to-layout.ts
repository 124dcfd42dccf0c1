import type { RegistryStore, StoredManifest } from "../registry/registry-store.ts";
import { writeOciLayout } from "./oci-layout.ts";

/**
 * Copies what a repository has under its tags, and what refers to any manifest, to an OCI image layout: as
 * `oras cp -r --to-oci-layout` does, under every tag.
 */
export function copyToLayout(store: RegistryStore, repository: string, directory: string): void {
  const tagged = store.tags(repository).flatMap((tag) => {
    const manifest = store.manifest(repository, tag);
    return manifest === undefined ? [] : [[tag, manifest] as const];
  });
  const referring = store.referring(repository).map((one) => [undefined, one] as const);
  const entries = [...tagged, ...referring];
  const blobs = entries.flatMap(([, manifest]) => contentOf(store, repository, manifest));
  writeOciLayout(directory, { entries, blobs });
}

/** All that a manifest leads to, an index's instances too. */
function contentOf(
  store: RegistryStore,
  repository: string,
  { bytes }: Pick<StoredManifest, "bytes">,
): readonly Uint8Array[] {
  const { config, layers = [], manifests = [] } = JSON.parse(Buffer.from(bytes).toString());
  const digests = [config, ...layers].flatMap((descriptor) => descriptor?.digest ?? []);
  const blobs = digests.flatMap((digest: string) => store.blob(repository, digest) ?? []);
  const instances = manifests.flatMap(({ digest }: StoredManifest) => {
    const instance = store.manifest(repository, digest);
    return instance === undefined ? [] : [instance.bytes, ...contentOf(store, repository, instance)];
  });
  return [...blobs, ...instances];
}
