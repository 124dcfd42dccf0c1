import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { Metadata, Root, Snapshot, Targets, Timestamp } from "@tufjs/models";
import { countJsonParts, requireBoundedJson } from "../registry/bounded-json.ts";

/** The library that reads metadata and checks who signed it; loaded with the first repository that a policy names. */
export type TufModels = typeof import("@tufjs/models");

/** The role's file, for messages. */
export type TufFile = "root.json" | "timestamp.json" | "snapshot.json" | "targets.json";

/**
 * What makes metadata trusted, given the metadata that leads to it. When it expires is not looked at, except by
 * {@link requireUnexpired}: what expired still tells which versions were seen.
 * Source: the TUF specification 1.0, section 5, detailed client workflow.
 */
export class TufRules {
  readonly #models: TufModels;

  constructor(models: TufModels) {
    this.#models = models;
  }

  /**
   * @param previous - signs it too, and is one version older; undefined for the one that is trusted to begin with
   * @throws CountersignError TRUST_REPOSITORY_UNUSABLE, as the others do
   */
  root(previous: Metadata<Root> | undefined, bytes: Uint8Array): Metadata<Root> {
    return naming("root.json", () => {
      const { Metadata, MetadataKind } = this.#models;
      const root = Metadata.fromJSON(MetadataKind.Root, parse(bytes, "root"));
      previous?.verifyDelegate(MetadataKind.Root, root);
      root.verifyDelegate(MetadataKind.Root, root);
      const next = previous === undefined ? root.signed.version : previous.signed.version + 1;
      if (root.signed.version !== next)
        throw refused(`version ${next} is expected, not ${root.signed.version}`);
      return root;
    });
  }

  timestamp(root: Metadata<Root>, bytes: Uint8Array): Metadata<Timestamp> {
    return naming("timestamp.json", () => {
      const { Metadata, MetadataKind } = this.#models;
      const timestamp = Metadata.fromJSON(MetadataKind.Timestamp, parse(bytes, "timestamp"));
      root.verifyDelegate(MetadataKind.Timestamp, timestamp);
      return timestamp;
    });
  }

  /** @param timestamp - says which one it is; undefined for one that only tells which versions were seen */
  snapshot(
    root: Metadata<Root>,
    timestamp: Metadata<Timestamp> | undefined,
    bytes: Uint8Array,
  ): Metadata<Snapshot> {
    return naming("snapshot.json", () => {
      const { Metadata, MetadataKind } = this.#models;
      const wanted = timestamp?.signed.snapshotMeta;
      wanted?.verify(Buffer.from(bytes));
      const snapshot = Metadata.fromJSON(MetadataKind.Snapshot, parse(bytes, "snapshot"));
      root.verifyDelegate(MetadataKind.Snapshot, snapshot);
      requireVersion(snapshot.signed.version, wanted?.version ?? snapshot.signed.version);
      return snapshot;
    });
  }

  targets(root: Metadata<Root>, snapshot: Metadata<Snapshot>, bytes: Uint8Array): Metadata<Targets> {
    return naming("targets.json", () => {
      const { Metadata, MetadataKind } = this.#models;
      const wanted = snapshot.signed.meta["targets.json"];
      if (wanted === undefined) throw refused("the snapshot does not know it");
      wanted.verify(Buffer.from(bytes));
      const targets = Metadata.fromJSON(MetadataKind.Targets, parse(bytes, "targets"));
      root.verifyDelegate(MetadataKind.Targets, targets);
      requireVersion(targets.signed.version, wanted.version);
      return targets;
    });
  }
}

/**
 * Nothing may be older than what was seen before: an old key, once revoked, could be made to count again.
 * Source: section 5.4.3 and 5.5.5, rollback attacks.
 */
export function requireNoRollback(
  before: {
    readonly timestamp?: Metadata<Timestamp> | undefined;
    readonly snapshot?: Metadata<Snapshot> | undefined;
  },
  now: { readonly timestamp: Metadata<Timestamp>; readonly snapshot?: Metadata<Snapshot> },
): void {
  const { timestamp } = before;
  if (timestamp !== undefined) {
    requireNewer("timestamp.json", now.timestamp.signed.version, timestamp.signed.version);
    const [meta, was] = [now.timestamp.signed.snapshotMeta, timestamp.signed.snapshotMeta];
    requireNewer("snapshot.json", meta.version, was.version);
  }
  if (before.snapshot === undefined || now.snapshot === undefined) return;
  for (const [file, { version }] of Object.entries(before.snapshot.signed.meta)) {
    const meta = now.snapshot.signed.meta[file];
    if (meta === undefined) throw refused(`snapshot.json no longer knows ${quote(file.slice(0, 100))}`);
    requireNewer(file.slice(0, 100), meta.version, version);
  }
}

/**
 * Nothing that expired counts: it may be all that an attacker has, who keeps what is newer from us.
 * @returns when it will, in milliseconds since 1970
 */
export function requireUnexpired(
  file: TufFile,
  { signed }: Metadata<Root | Timestamp | Snapshot | Targets>,
  now: number,
): number {
  const expiry = Date.parse(signed.expires);
  if (now < expiry) return expiry;
  throw refused(`${file} expired at ${signed.expires}`);
}

function requireNewer(file: string, version: number, before: number): void {
  if (version >= before) return;
  throw refused(`${file} has version ${version}, though version ${before} was seen before`);
}

function requireVersion(version: number, wanted: number): void {
  if (version !== wanted) throw refused(`version ${wanted} is expected, not ${version}`);
}

/** Nobody has as many keys for one role. */
const maxSignatures = 32;
/**
 * For each signature all that is signed is written out anew, sorted and hashed: half a megabyte of small values with 32
 * signatures takes twenty seconds. A repository of trusted roots has some hundred values and five signatures.
 */
const maxWork = { parts: 100_000, bytes: 16 * 1024 * 1024 };

function parse(bytes: Uint8Array, role: string): Parameters<TufModels["Metadata"]["fromJSON"]>[1] {
  requireBoundedJson(bytes);
  const json = JSON.parse(Buffer.from(bytes).toString());
  if (json?.signed?._type !== role) throw refused(`signed._type: ${quote(role)} is expected`);
  const count = Array.isArray(json?.signatures) ? json.signatures.length : 0;
  if (count > maxSignatures) {
    throw refused(`it has ${count} signatures, more than the ${maxSignatures} that are verified`);
  }
  if (countJsonParts(bytes) * count > maxWork.parts || bytes.length * count > maxWork.bytes) {
    throw refused(`it has ${bytes.length} bytes and ${count} signatures, which takes too long to verify`);
  }
  return json;
}

function naming<T>(file: TufFile, verify: () => T): T {
  try {
    return verify();
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    // the library's words for a member that is not there sound like a fault of its own
    const reason = said.replace(/^(\w+) is not defined$/, "$1 is missing");
    throw new CountersignError("TRUST_REPOSITORY_UNUSABLE", `${file}: ${reason}`, { cause });
  }
}

export function refused(message: string): CountersignError {
  return new CountersignError("TRUST_REPOSITORY_UNUSABLE", message);
}
