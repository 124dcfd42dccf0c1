import { digestHex, digestOf } from "@countersign/engine/values/digest";
import { quote } from "@countersign/engine/values/go-format";
import type { Metadata, Targets } from "@tufjs/models";
import { refused } from "./tuf-rules.ts";

/** A file that a repository publishes, as its targets.json describes it. */
export interface TufTarget {
  /** bytes */
  readonly length: number;
  readonly algorithm: "sha256" | "sha512";
  /** hex */
  readonly hash: string;
}

/** What no trusted root exceeds. */
const maxTargetSize = 4 * 1024 * 1024;

/**
 * Finds a target in the top-level targets.json, which is where trusted roots are published; delegations are not followed.
 * @throws CountersignError TRUST_REPOSITORY_UNUSABLE
 */
export function findTarget({ signed }: Metadata<Targets>, name: string): TufTarget {
  const found = Object.hasOwn(signed.targets, name) ? signed.targets[name] : undefined;
  if (found === undefined) {
    const known = Object.keys(signed.targets).slice(0, 10).join(", ");
    const lists = `targets.json lists no ${quote(name)}, but ${known === "" ? "nothing" : known}`;
    throw refused(`${lists}${delegationsText(signed)}`);
  }
  const { length, hashes } = found;
  if (!Number.isSafeInteger(length) || length > maxTargetSize) {
    throw refused(`${name} has ${length} bytes, more than the ${maxTargetSize} that are read`);
  }
  // without a hash, length alone would make it trusted
  for (const algorithm of ["sha512", "sha256"] as const) {
    const hash = Object.hasOwn(hashes, algorithm) ? hashes[algorithm] : undefined;
    if (hash !== undefined && /^[0-9a-f]+$/.test(hash)) return { length, algorithm, hash };
  }
  throw refused(`targets.json has no hash of ${name}`);
}

/** Whoever looks for a target where only a delegation has it learns why it is not found. */
function delegationsText({ delegations }: Targets): string {
  const roles = Object.keys(delegations?.roles ?? {})
    .slice(0, 10)
    .map((role) => quote(role.slice(0, 100)));
  const isByHash = delegations?.succinctRoles !== undefined;
  if (roles.length === 0 && !isByHash) return "";
  const whom = roles.length === 0 ? "others" : roles.join(", ");
  return `; what it delegates to ${whom} is not looked into: a trusted root has to stand in targets.json itself`;
}

/** @throws CountersignError TRUST_REPOSITORY_UNUSABLE if it is another file */
export function requireTarget({ length, algorithm, hash }: TufTarget, name: string, bytes: Uint8Array): void {
  if (bytes.length !== length) throw refused(`${name} has ${bytes.length} bytes, not ${length}`);
  if (digestHex(digestOf(bytes, algorithm)) !== hash) throw refused(`${name} is not what targets.json says`);
}
