import assert from "node:assert/strict";
import { sign } from "node:crypto";
import { digestHex, digestOf } from "@countersign/engine/values/digest";
import { verifyKept } from "@countersign/sources/trust-repositories/kept-metadata";
import { TufRules } from "@countersign/sources/trust-repositories/tuf-rules";
import { updateMetadata } from "@countersign/sources/trust-repositories/update-metadata";
import { newKey, type RoleKey } from "@countersign/testkit/trust-repository/tuf-repository";
import * as models from "@tufjs/models";
import { mutateJson } from "../mutate/json.ts";
import { readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * One file of a repository of The Update Framework, beside honest others: as it is, signed anew by who may sign it, and by
 * a stranger. What the stranger signed changes nothing; whatever is believed gives the target that was published, and
 * would be believed again.
 */
export function openTarget(): Target {
  return { seeds: [...honest.values()], mutate, check };
}

const { Metadata, MetadataKind, MetaFile, Root, Signature, Snapshot, TargetFile, Targets, Timestamp } =
  models;
const now = Date.UTC(2026, 0, 1);
const common = { version: 1, specVersion: "1.0.31", expires: "2027-01-01T00:00:00Z" };
const [key, stranger] = [newKey(), newKey()];
const roles = ["root", "timestamp", "snapshot", "targets"] as const;
type Role = (typeof roles)[number];
type Parsed = models.Metadata<models.Root | models.Timestamp | models.Snapshot | models.Targets>;

const name = "trusted_root.json";
const content = Buffer.from("{}");
const hashes = { sha256: digestHex(digestOf(content)) };

function rootOf(version: number): Uint8Array {
  const root = new Root({ ...common, version, consistentSnapshot: true });
  for (const role of roles) root.addKey(key.key, role);
  return signedBy(new Metadata(root), key);
}

const pinned = rootOf(1);
/** No lengths and hashes, which would give away whatever is changed. */
const meta = () => new MetaFile({ version: 1 });
const targets = { [name]: new TargetFile({ path: name, length: content.length, hashes }) };
/** By role; the root is the one that follows the pinned one. */
const honest: ReadonlyMap<Role, Uint8Array> = new Map<Role, Uint8Array>([
  ["root", rootOf(2)],
  ["timestamp", signedBy(new Metadata(new Timestamp({ ...common, snapshotMeta: meta() })), key)],
  ["snapshot", signedBy(new Metadata(new Snapshot({ ...common, meta: { "targets.json": meta() } })), key)],
  ["targets", signedBy(new Metadata(new Targets({ ...common, targets })), key)],
]);

function signedBy(metadata: Parsed, { id, privateKey }: RoleKey): Uint8Array {
  metadata.sign(
    (data) => new Signature({ keyID: id, sig: sign(null, data, privateKey).toString("hex") }),
    false,
  );
  return Buffer.from(JSON.stringify(metadata.toJSON()));
}

const mutate = mutateJson({
  names: [
    ...([
      "signed",
      "signatures",
      "keyid",
      "sig",
      "_type",
      "spec_version",
      "version",
      "expires",
      "meta",
    ] as const),
    ...["targets", "targets.json", "snapshot.json", "length", "hashes", "sha256", "sha512", "keys", "roles"],
    ...["keyids", "threshold", "consistent_snapshot", "keyval", "public", "keytype", "scheme", "delegations"],
    ...["__proto__", "constructor", "custom", "paths", "path_hash_prefixes", "terminating", name, "../x"],
  ],
  values: [
    ...([
      "root",
      "timestamp",
      "snapshot",
      "targets",
      "1.0.31",
      "2.0",
      "9999-12-31T00:00:00Z",
      "",
      "ff",
    ] as const),
    ...["2020-01-01T00:00:00Z", "ed25519", "ecdsa", "rsa", key.id, stranger.id, name, "0".repeat(64)],
  ],
});

const kinds = {
  root: MetadataKind.Root,
  timestamp: MetadataKind.Timestamp,
  snapshot: MetadataKind.Snapshot,
  targets: MetadataKind.Targets,
} as const;

const rules = new TufRules(models);
const codes = ["TRUST_REPOSITORY_UNUSABLE"] as const;

async function check(input: Uint8Array): Promise<string> {
  const said = /"_type"\s*:\s*"(root|timestamp|snapshot|targets)"/.exec(
    Buffer.from(input).toString("latin1"),
  );
  const role = (said?.[1] ?? "targets") as Role;
  const asItIs = await served(role, input);
  const parsed = () => parsedAs(role, input);
  if (parsed() === undefined) return `${role} ${asItIs}`;
  assert.match(
    await served(role, signedBy(parsed() as Parsed, stranger)),
    /^TRUST/,
    "a stranger is believed",
  );
  return `${role} ${asItIs}; ${await served(role, signedBy(parsed() as Parsed, key))}`;
}

/** As the library reads it; undefined if it does not. */
function parsedAs(role: Role, input: Uint8Array): Parsed | undefined {
  try {
    const json = JSON.parse(Buffer.from(input).toString());
    return Metadata.fromJSON(kinds[role] as typeof kinds.root, json) as Parsed;
  } catch {
    return undefined;
  }
}

async function served(role: Role, file: Uint8Array): Promise<string> {
  const files = new Map<string, Uint8Array>([[`targets/${hashes.sha256}.${name}`, content]]);
  for (const one of roles) {
    const bytes = one === role ? file : honest.get(one);
    const path = { root: "2.root.json", timestamp: "timestamp.json" }[one as "root"] ?? `1.${one}.json`;
    files.set(path, bytes ?? Buffer.of());
  }
  const mirror = {
    fetch: async (path: string, limit: number) => {
      assert.ok(Number.isSafeInteger(limit) && limit >= 0 && limit <= 5_000_000, "a file without a limit");
      return files.get(path);
    },
  };
  const read = await readingAsync(codes, () =>
    updateMetadata({ rules, mirror, pinned, target: name }, undefined, now),
  );
  if (read.type === "refused") return read.outcome;
  const { metadata, expiry } = read.value;
  assert.deepEqual(Buffer.from(metadata.target), content, "another target");
  assert.ok(expiry.at > now, "it has expired");
  assert.equal(verifyKept(rules, pinned, metadata, name, now), expiry.at, "kept, it is another");
  return `believed with ${metadata.roots.length} roots`;
}
