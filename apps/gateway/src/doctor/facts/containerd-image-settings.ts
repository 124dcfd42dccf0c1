import { settingIn, type TomlDocuments } from "./toml-documents.ts";

/** The CRI plugin in 2.x, where images are a part of their own, and in 1.x; files of version 1 have the short name. */
export const imagesPlugin = ["plugins", "io.containerd.cri.v1.images"] as const;
export const wholePlugins = [
  ["plugins", "io.containerd.grpc.v1.cri"],
  ["plugins", "cri"],
] as const;

/** A setting of images: below their own plugin, else below the whole one, in itself or in its part `containerd`. */
export function imageSetting(documents: TomlDocuments, keys: readonly string[]): unknown {
  const places = [imagesPlugin, ...wholePlugins.flatMap((plugin) => [plugin, [...plugin, "containerd"]])];
  return places.map((place) => settingIn(documents, ...place, ...keys)).find((value) => value !== undefined);
}
