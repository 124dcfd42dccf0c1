import type { Platform } from "@countersign/engine/values/manifest";

/** What Node calls a processor that OCI, in Go's words, calls otherwise. Both are little-endian where it matters. */
const processors: ReadonlyMap<string, Pick<Platform, "architecture" | "variant">> = new Map([
  ["x64", { architecture: "amd64", variant: "" }],
  ["arm64", { architecture: "arm64", variant: "v8" }],
  ["arm", { architecture: "arm", variant: "v7" }],
  ["ia32", { architecture: "386", variant: "" }],
  ["ppc64", { architecture: "ppc64le", variant: "" }],
]);

/** The platform whose instance of an index this node's runtime runs. */
export function nodePlatform(processor: string): Platform {
  return { os: "linux", ...(processors.get(processor) ?? { architecture: processor, variant: "" }) };
}
