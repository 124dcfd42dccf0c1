import type { Platform } from "./manifest.ts";

/** A platform as people write it: `linux/arm64` or `linux/arm64/v8`; undefined if the text is none. */
export function parsePlatform(text: string): Platform | undefined {
  const [os = "", architecture = "", variant = "", ...rest] = text.split("/");
  if (os === "" || architecture === "" || rest.length > 0) return undefined;
  return { os, architecture, variant };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === "" ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}
