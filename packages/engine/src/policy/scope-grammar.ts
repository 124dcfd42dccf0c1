import { parseDigest } from "../values/digest.ts";

/**
 * Whether a policy may name this scope within the transport's section. Names that can never match pass in some
 * transports; sections of unknown transports, which apply to nothing, may say anything.
 * Source: ValidatePolicyConfigurationScope of each transport of containers/image.
 */
export function isValidScope(transport: string, scope: string): boolean {
  return scope === "" || (validators.get(transport)?.(scope) ?? true);
}

const validators: ReadonlyMap<string, (scope: string) => boolean> = new Map([
  ["atomic", isOpenShiftScope],
  ["containers-storage", isStorageScope],
  ["dir", isCleanAbsolutePath],
  ["docker-archive", () => false],
  ["docker-daemon", (scope) => !isDigest(scope)],
  ["oci", isCleanAbsolutePath],
  ["oci-archive", isCleanAbsolutePath],
  ["sif", isCleanAbsolutePath],
  ["tarball", () => false],
]);

/** host, host/namespace, host/namespace/stream or host/namespace/stream:tag */
function isOpenShiftScope(scope: string): boolean {
  return /^[^/]*(?:\/[^:/]*(?:\/[^:/]*(?::[^:/]*)?)?)?$/.test(scope);
}

/** Absolute, not `/` (that is what `""` is for), and as Go's filepath.Clean would write it. */
function isCleanAbsolutePath(scope: string): boolean {
  const [beforeRoot, ...elements] = scope.split("/");
  return beforeRoot === "" && elements.every((element) => !["", ".", ".."].includes(element));
}

/** `[root]` or `[driver@root]`, then nothing, or a name, `name@id`, `name@digest` or `name@digest@id`. */
function isStorageScope(scope: string): boolean {
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

function isDigest(text: string): boolean {
  try {
    parseDigest(text);
    return true;
  } catch {
    return false;
  }
}
