import { isDigest } from "../values/digest.ts";
import { isOpenShiftScope } from "./transports/docker-scopes.ts";
import { isPathScope } from "./transports/path-scopes.ts";
import { isStorageScope } from "./transports/storage-scopes.ts";

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
  ["dir", isPathScope],
  ["docker-archive", () => false],
  // an image's id lies in no namespace
  ["docker-daemon", (scope) => !isDigest(scope)],
  ["oci", isPathScope],
  ["oci-archive", isPathScope],
  ["sif", isPathScope],
  ["tarball", () => false],
]);
