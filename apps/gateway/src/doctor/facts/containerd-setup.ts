import type { NodeFiles } from "../node/node-files.ts";
import { type NodeProcess, processesNamed } from "../node/processes.ts";
import { imageSetting, imagesPlugin, wholePlugins } from "./containerd-image-settings.ts";
import { snapshotters } from "./snapshotters.ts";
import {
  entriesIn,
  readTomlDocuments,
  settingIn,
  type TomlDocuments,
  textIn,
  textsIn,
} from "./toml-documents.ts";

/** What containerd is told that matters to what it pulls, and how. */
export interface ContainerdSetup {
  readonly isThere: boolean;
  /** that were read, the main one first */
  readonly files: readonly string[];
  readonly barred: readonly string[];
  /** undefined: containerd's own, which it names by a tag */
  readonly pauseImage: string | undefined;
  /** as written; undefined: containerd's default */
  readonly registryConfigPath: string | undefined;
  /** the old way to say mirrors, TLS and passwords, by the names of its tables */
  readonly oldRegistryTables: readonly string[];
  /** settings for which CRI pulls past the image verifiers, as `name = value` */
  readonly localPullSettings: readonly string[];
  /** by what it unpacks images; the usual one first, then those of runtime handlers */
  readonly snapshotters: readonly string[];
  readonly verifierDirectory: string;
  /** negative: no limit */
  readonly maxVerifiers: number;
  /** where it serves everything over TCP */
  readonly tcpAddress: string | undefined;
}

const mainFile = "/etc/containerd/config.toml";
const socket = "/run/containerd/containerd.sock";

/**
 * Source: containerd cmd/containerd/server/config (imports), internal/cri/config (CheckLocalImagePullConfigs),
 * plugins/cri/images (configMigration), plugins/imageverifier.
 */
export async function containerdSetup(
  files: NodeFiles,
  processes: readonly NodeProcess[],
): Promise<ContainerdSetup> {
  const running = processesNamed(processes, "containerd").at(0);
  const file = flagOf(running?.argv ?? [], "--config", "-c") ?? mainFile;
  const documents = await readTomlDocuments([file], ({ imports }) => textsIn(imports), files);
  const { barred, files: read } = documents;
  const isThere =
    running !== undefined ||
    read.length > 0 ||
    barred.length > 0 ||
    (await files.look(socket)).type !== "missing";
  const verifier = ["plugins", "io.containerd.image-verifier.v1.bindir"];
  return {
    isThere,
    files: read,
    barred,
    pauseImage: pauseImageIn(documents),
    registryConfigPath: textOf(imageSetting(documents, ["registry", "config_path"])),
    oldRegistryTables: ["mirrors", "configs", "auths"].filter((table) =>
      [imagesPlugin, ...wholePlugins].some(
        (plugin) => entriesIn(documents, ...plugin, "registry", table).length > 0,
      ),
    ),
    localPullSettings: localPullSettings(documents),
    snapshotters: snapshotters(documents),
    verifierDirectory: textIn(documents, ...verifier, "bin_dir") ?? "/opt/containerd/image-verifier/bin",
    maxVerifiers: Number(settingIn(documents, ...verifier, "max_verifiers") ?? 10),
    tcpAddress:
      textIn(documents, "grpc", "tcp_address") ??
      textIn(documents, "plugins", "io.containerd.server.v1.grpc-tcp", "address"),
  };
}

function pauseImageIn(documents: TomlDocuments): string | undefined {
  const pinned = textIn(documents, ...imagesPlugin, "pinned_images", "sandbox");
  return pinned ?? wholePlugins.map((plugin) => textIn(documents, ...plugin, "sandbox_image")).find(Boolean);
}

function localPullSettings(documents: TomlDocuments): readonly string[] {
  const setting = (name: string, usual: unknown): readonly string[] => {
    const value = imageSetting(documents, [name]) ?? usual;
    return value === usual ? [] : [`${name} = ${value}`];
  };
  return [
    ...setting("use_local_image_pull", false),
    ...setting("disable_snapshot_annotations", true),
    ...setting("discard_unpacked_layers", false),
    ...setting("max_concurrent_downloads", 3n),
    ...setting("image_pull_with_sync_fs", false),
  ];
}

function textOf(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** `-c FILE`, `--config FILE` or `--config=FILE`. */
export function flagOf(argv: readonly string[], ...names: readonly string[]): string | undefined {
  for (const [at, word] of argv.entries()) {
    const [name = "", ...value] = word.split("=");
    if (names.includes(name)) return value.length > 0 ? value.join("=") : argv[at + 1];
  }
  return undefined;
}
