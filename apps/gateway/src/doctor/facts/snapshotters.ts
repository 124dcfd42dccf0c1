import { imageSetting, imagesPlugin, wholePlugins } from "./containerd-image-settings.ts";
import { entriesIn, type TomlDocuments, textIn } from "./toml-documents.ts";

const usual = "overlayfs";

/**
 * By what containerd unpacks images for CRI, the usual one first: a runtime handler, and in 2.x a platform of one, can have
 * another.
 * Source: containerd internal/cri/config (Snapshotter, Runtime.Snapshotter, RuntimePlatforms).
 */
export function snapshotters(documents: TomlDocuments): readonly string[] {
  const everywhere = imageSetting(documents, ["snapshotter"]);
  const tables = [
    [...imagesPlugin, "runtime_platforms"],
    ["plugins", "io.containerd.cri.v1.runtime", "containerd", "runtimes"],
    ...wholePlugins.map((plugin) => [...plugin, "containerd", "runtimes"]),
  ];
  const ofHandlers = tables.flatMap((table) =>
    entriesIn(documents, ...table).flatMap((name) => textIn(documents, ...table, name, "snapshotter") ?? []),
  );
  return [...new Set([typeof everywhere === "string" ? everywhere : usual, ...ofHandlers])];
}
