import { type Digest, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { parseIndex } from "@countersign/engine/values/image-index";
import { manifestKind, type Platform } from "@countersign/engine/values/manifest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";

/** More than any honest index has for one processor. */
const maxChoices = 16;

/**
 * Every manifest of an index that containerd may run on this platform; empty for what is no index. It chooses by other
 * rules than containers/image: `x86_64` is `amd64` to it, capitals do not count, and an entry that says no platform suits
 * every one. An index with an entry for each reader would have one judged and the other run, and once containerd
 * has asked, nobody can see which one it took. So all of them are judged.
 *
 * Variants are left out of account: which of them this machine takes is a matter of containerd's version.
 * Source: containerd core/images/handlers.go, FilterPlatforms; containerd/platforms, Normalize.
 * @throws CountersignError MANIFEST_INVALID
 */
export function runtimeChoices({ bytes, mediaType }: FetchedManifest, platform: Platform): readonly Digest[] {
  const kind = manifestKind(mediaType);
  if (kind === "image") return [];
  const suitable = parseIndex(bytes, kind).instances.filter(
    (instance) => instance.platform === undefined || mayRun(instance.platform, platform),
  );
  const choices = new Set(suitable.map(({ digest }) => parseDigest(digest)));
  if (choices.size <= maxChoices) return [...choices];
  throw new CountersignError(
    "MANIFEST_INVALID",
    `the index has ${choices.size} manifests that containerd may run here, more than the ${maxChoices} that are judged`,
  );
}

function mayRun({ os, architecture }: Platform, node: Platform): boolean {
  return (os === "" || os.toLowerCase() === node.os) && goArchitecture(architecture) === node.architecture;
}

const otherSpellings: ReadonlyMap<string, string> = new Map([
  ["x86_64", "amd64"],
  ["x86-64", "amd64"],
  ["aarch64", "arm64"],
  ["i386", "386"],
  ["armhf", "arm"],
  ["armel", "arm"],
]);

function goArchitecture(written: string): string {
  const lower = written.toLowerCase();
  return otherSpellings.get(lower) ?? lower;
}
