import { CountersignError } from "@countersign/engine/values/error";
import type { Platform } from "@countersign/engine/values/manifest";
import { parsePlatform as parsePlatformText } from "@countersign/engine/values/platform";

/** Flags that say where images and their signatures are, as they were typed. */
export interface RegistryFlags {
  readonly registriesConf?: string;
  /** who says what a name without a registry means */
  readonly shortNames: "docker.io" | "registries.conf";
  readonly registriesD?: string;
  readonly registryConfigPath?: string;
  readonly authfile?: string;
}

/** The flags of verify and explain as they were typed. */
export interface ImageFlags extends RegistryFlags {
  readonly signaturePolicy?: string;
  readonly signaturePolicyDir?: string;
  readonly namespace?: string;
  readonly platform?: string;
  /** who says what a name without a registry means */
  readonly shortNames: "docker.io" | "registries.conf";
  readonly timeout: string;
  readonly output: "text" | "json";
}

/** Node's names of processors, as OCI images spell them (Go's GOARCH). */
const goArchitecture: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386", ppc64: "ppc64le" };

/** @throws CountersignError USAGE */
export function parsePlatform(text: string | undefined, architecture: string): Platform {
  if (text === undefined) {
    return { os: "linux", architecture: goArchitecture[architecture] ?? architecture, variant: "" };
  }
  const platform = parsePlatformText(text);
  if (platform !== undefined) return platform;
  throw new CountersignError(
    "USAGE",
    `--platform ${JSON.stringify(text)}: write os/arch or os/arch/variant, as in linux/arm64/v8`,
  );
}

/** containerd's `config_path`: directories with colons between them. @throws CountersignError USAGE */
export function parseRegistryConfigPath(text: string | undefined): readonly string[] | undefined {
  const directories = text?.split(":");
  if (!directories?.includes("")) return directories;
  throw new CountersignError(
    "USAGE",
    `--registry-config-path ${JSON.stringify(text)}: write directories with colons between them, as in /etc/containerd/certs.d:/etc/docker/certs.d`,
  );
}

/** @returns milliseconds; @throws CountersignError USAGE */
export function parseTimeout(text: string): number {
  const seconds = Number(text);
  if (text.trim() === "" || !(seconds > 0 && seconds <= 86_400)) {
    throw new CountersignError(
      "USAGE",
      `--timeout ${JSON.stringify(text)}: write seconds, more than 0 and at most 86400`,
    );
  }
  return seconds * 1000;
}

/** containerd reads no registries.conf. @throws CountersignError USAGE */
export function refuseTwoRuntimes({ shortNames, registryConfigPath }: RegistryFlags): void {
  if (shortNames === "docker.io" || registryConfigPath === undefined) return;
  throw new CountersignError(
    "USAGE",
    "--short-names registries.conf is for CRI-O and --registry-config-path for containerd: leave one out",
  );
}
