import { isDigest } from "../../values/digest.ts";
import { formatReference, type NamedReference, repositoryName } from "../../values/image-reference.ts";
import type { StorageImage } from "../../values/located-image.ts";
import { repositoryScopes } from "./docker-scopes.ts";

/**
 * All begin with the store, `[driver@root]`: what the image is called, first with its id, then without, and the parents
 * of that name; the store alone; the store whatever its driver, `[root]`.
 * Source: containers/image storage/storage_reference.go.
 */
export function storageScopes({ store, reference, id }: StorageImage): readonly string[] {
  const names = reference === undefined ? [] : storedNames(reference);
  const identity = id === undefined ? [] : [`${names[0] ?? ""}@${id}`];
  const within = [...identity, ...names, ""].map((name) => `[${store.driver}@${store.root}]${name}`);
  return [...within, `[${store.root}]`];
}

/** `repository:tag@digest`, `repository:tag`, and the repository with its parents */
function storedNames(reference: NamedReference): readonly string[] {
  const { tag, digest } = reference;
  const tagged = tag !== undefined && digest !== undefined ? [{ ...reference, digest: undefined }] : [];
  return [...[reference, ...tagged].map(formatReference), ...repositoryScopes(repositoryName(reference))];
}

/**
 * `[root]` or `[driver@root]`, then nothing, or a name, `name@id`, `name@digest` or `name@digest@id`.
 * Source: containers/image storage/storage_transport.go, ValidatePolicyConfigurationScope.
 */
export function isStorageScope(scope: string): boolean {
  const end = scope.indexOf("]");
  if (!scope.startsWith("[") || end === -1 || !isStore(scope.slice(1, end))) return false;
  const [, first, second] = splitInThree(scope.slice(end + 1));
  if (first === undefined) return true;
  if (second === undefined) return isImageId(first) || isDigest(first);
  return isDigest(first) && isImageId(second);
}

function isStore(text: string): boolean {
  const at = text.indexOf("@");
  return at !== 0 && text.startsWith("/", at + 1);
}

/** At the first two `@`; what follows stays whole. */
function splitInThree(text: string): readonly string[] {
  const [name = "", first, ...others] = text.split("@");
  if (first === undefined) return [name];
  return others.length === 0 ? [name, first] : [name, first, others.join("@")];
}

function isImageId(text: string): boolean {
  return isDigest(`sha256:${text}`);
}
