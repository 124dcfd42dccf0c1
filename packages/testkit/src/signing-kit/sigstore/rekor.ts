import { createSigningKey, type KeyKind, type SigningKey } from "../signing-key.ts";
import {
  type CheckpointProfile,
  checkpointText,
  type NoteSigner,
  noteSigner,
  signNote,
} from "./checkpoint.ts";
import type { EntryBody } from "./entry-body.ts";
import type { InclusionProofJson, LogEntryJson } from "./log-entry-json.ts";
import { base64 } from "./made-signature.ts";
import { createMerkleTree } from "./merkle-tree.ts";
import type { TrustedLog } from "./trusted-root-json.ts";

/** A Rekor: of version 1, which promises and says when, or of version 2 (rekor-tiles), which only proves. */
export interface Rekor {
  readonly host: string;
  readonly key: SigningKey;
  /** the log's id: with the key's hint it begins */
  readonly id: Uint8Array;
  /** what a trusted root holds of it */
  readonly trust: TrustedLog;
  /** Takes an entry in, and proves it against the tree as it is then. */
  add(body: EntryBody, changes?: EntryChanges): LogEntryJson;
  /** The entry of an earlier `add`, proved against the tree as it is now. */
  prove(index: number, changes?: CheckpointChanges): InclusionProofJson;
}

export interface EntryChanges extends CheckpointChanges {
  /** seconds since 1970; default the log's time */
  readonly integratedTime?: number;
  /** signs the promise instead of the log */
  readonly promiseKey?: SigningKey;
}

/** What a checkpoint has otherwise than the log would write it. */
export interface CheckpointChanges {
  /** replaces parts of what it says */
  readonly checkpoint?: Partial<CheckpointProfile>;
  /** signs it, instead of the log; in this order */
  readonly noteSigners?: readonly NoteSigner[];
}

export interface RekorProfile {
  readonly host: string;
  /** seconds since 1970: when entries are integrated, and since when it is trusted a year */
  readonly now: number;
  /** default p256 for version 1, ed25519 for version 2 */
  readonly kind?: KeyKind;
  /** names the key; default the host */
  readonly keyName?: string;
  /** entries before the first; default 5 */
  readonly earlierEntries?: number;
}

const year = 365 * 24 * 3600;

/** Of its entries the top index counts from 100 on: other shards came before this tree. */
const firstIndex = 100;

export function createRekor(profile: RekorProfile): Rekor {
  const { host, now, kind = "p256" } = profile;
  const key = createSigningKey(profile.keyName ?? host, kind);
  const origin = { name: `${host} - 2605736670972794746`, lines: [`Timestamp: ${now}000000000`] };
  const log = createTree(profile, key, origin);
  return {
    ...log.parts,
    prove: log.prove,
    add(body, { integratedTime = now, promiseKey = key, ...changes } = {}) {
      const index = log.append(body);
      const logIndex = firstIndex + index;
      const payload = JSON.stringify({
        body: base64(body.bytes),
        integratedTime,
        logID: Buffer.from(log.parts.id).toString("hex"),
        logIndex,
      });
      return {
        logIndex: String(logIndex),
        logId: { keyId: base64(log.parts.id) },
        kindVersion: { kind: body.kind, version: body.version },
        integratedTime: String(integratedTime),
        inclusionPromise: { signedEntryTimestamp: base64(promiseKey.sign(Buffer.from(payload))) },
        inclusionProof: log.prove(index, changes),
        canonicalizedBody: base64(body.bytes),
      };
    },
  };
}

/** Rekor v2: no promise, no time. */
export function createRekorTiles(profile: RekorProfile): Rekor {
  const { host, kind = "ed25519" } = profile;
  const key = createSigningKey(profile.keyName ?? host, kind);
  const log = createTree(profile, key, { name: host, lines: [] });
  return {
    ...log.parts,
    prove: log.prove,
    add(body, changes = {}) {
      const index = log.append(body);
      return {
        logIndex: String(index),
        logId: { keyId: base64(log.parts.id) },
        kindVersion: { kind: body.kind, version: body.version },
        inclusionProof: log.prove(index, changes),
        canonicalizedBody: base64(body.bytes),
      };
    },
  };
}

function createTree(
  { host, now, earlierEntries = 5 }: RekorProfile,
  key: SigningKey,
  origin: { readonly name: string; readonly lines: readonly string[] },
) {
  const tree = createMerkleTree();
  for (let n = 0; n < earlierEntries; n++) tree.add(Buffer.from(`entry ${n}`));
  const own = noteSigner(host, key);
  const prove = (index: number, { checkpoint = {}, noteSigners = [own] }: CheckpointChanges = {}) => {
    const { size } = tree;
    const text = checkpointText({
      origin: origin.name,
      size,
      root: tree.root(),
      furtherLines: origin.lines,
      ...checkpoint,
    });
    return {
      logIndex: String(index),
      rootHash: base64(tree.root()),
      treeSize: String(size),
      hashes: tree.path(index).map(base64),
      checkpoint: { envelope: signNote(text, noteSigners) },
    };
  };
  const trust: TrustedLog = { baseUrl: `https://${host}`, key, id: own.keyId, from: now - year };
  return {
    parts: { host, key, id: own.keyId, trust },
    append: (body: EntryBody) => tree.add(body.bytes),
    prove,
  };
}
