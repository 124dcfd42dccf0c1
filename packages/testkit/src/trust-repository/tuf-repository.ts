import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import type { ServerOptions } from "node:https";
import { digestHex, digestOf } from "@countersign/engine/values/digest";
import {
  Key,
  Metadata,
  MetaFile,
  Root,
  Signature,
  Snapshot,
  TargetFile,
  Targets,
  Timestamp,
} from "@tufjs/models";
import { type FaultyServer, startFaultyServer } from "../registry/faulty-server.ts";
import { answer } from "../registry/registry-answer.ts";

export type TufRole = "root" | "timestamp" | "snapshot" | "targets";

/** When a role's metadata expires, milliseconds since 1970. */
export type Expiries = Readonly<Record<TufRole, number>>;

/** A repository of The Update Framework in this process; its files are served as they are. */
export interface TufRepository extends FaultyServer {
  /** what a policy calls it */
  readonly mirror: string;
  /** the first root.json, which a policy pins */
  readonly root: Uint8Array;
  /** path below the mirror → content; for what no honest repository has */
  readonly files: Map<string, Uint8Array>;
  /** Replaces a target, and everything that leads to it by newer versions. */
  publish(name: string, content: Uint8Array): void;
  /** Signs the same targets anew, with newer versions. */
  renew(expiries?: Partial<Expiries>): void;
  /** Gives a role another key, and the repository another root.json, signed by the old and the new root keys. */
  rotate(role: TufRole): void;
  /** What each role is signed by from now on; to put another here is what a thief does. */
  readonly keys: Record<TufRole, RoleKey>;
}

export interface RoleKey {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly key: Key;
}

export interface TufRepositoryOptions {
  readonly expiries: Expiries;
  /** false: files have no versions and hashes in their names */
  readonly consistentSnapshot?: boolean;
  /** HTTPS with these, as a policy wants it; plain HTTP when undefined */
  readonly tls?: ServerOptions;
}

const roles: readonly TufRole[] = ["root", "timestamp", "snapshot", "targets"];

/** @param content - of `trusted_root.json` */
export async function startTufRepository(
  content: Uint8Array,
  { expiries: first, consistentSnapshot = true, tls }: TufRepositoryOptions,
): Promise<TufRepository> {
  const files = new Map<string, Uint8Array>();
  const targets = new Map<string, Uint8Array>();
  const keys = Object.fromEntries(roles.map((role) => [role, newKey()])) as Record<TufRole, RoleKey>;
  const versions: Record<TufRole, number> = { root: 0, timestamp: 0, snapshot: 0, targets: 0 };
  let expiries = first;

  const common = (role: TufRole) => ({
    version: versions[role],
    specVersion: "1.0.31",
    expires: new Date(expiries[role]).toISOString().replace(/\.\d+Z$/, "Z"),
  });
  const next = (role: TufRole): void => void versions[role]++;
  const path = (role: TufRole): string =>
    role !== "timestamp" && (consistentSnapshot || role === "root")
      ? `${versions[role]}.${role}.json`
      : `${role}.json`;
  const store = (role: TufRole, metadata: Metadata<Root | Timestamp | Snapshot | Targets>): Uint8Array => {
    const bytes = Buffer.from(JSON.stringify(metadata.toJSON()));
    files.set(path(role), bytes);
    return bytes;
  };

  function writeRoot(signers: readonly RoleKey[]): Uint8Array {
    next("root");
    const root = new Root({ ...common("root"), consistentSnapshot });
    for (const role of roles) root.addKey(keys[role].key, role);
    const metadata = new Metadata(root);
    for (const signer of signers) signBy(metadata, signer);
    return store("root", metadata);
  }

  function writeTargets(): void {
    const listed = Object.fromEntries(
      [...targets].map(([name, bytes]) => {
        const hash = digestHex(digestOf(bytes));
        const [base = "", ...dirs] = name.split("/").reverse();
        const file = consistentSnapshot ? `${hash}.${base}` : base;
        files.set(["targets", ...dirs.reverse(), file].join("/"), bytes);
        return [name, new TargetFile({ path: name, length: bytes.length, hashes: { sha256: hash } })];
      }),
    );
    for (const role of ["targets", "snapshot", "timestamp"] as const) next(role);
    const written = (role: "targets" | "snapshot", bytes: Uint8Array): MetaFile =>
      new MetaFile({
        version: versions[role],
        length: bytes.length,
        hashes: { sha256: digestHex(digestOf(bytes)) },
      });
    const targetsBytes = store(
      "targets",
      signed(new Targets({ ...common("targets"), targets: listed }), keys.targets),
    );
    const meta = { "targets.json": written("targets", targetsBytes) };
    const snapshotBytes = store(
      "snapshot",
      signed(new Snapshot({ ...common("snapshot"), meta }), keys.snapshot),
    );
    const snapshotMeta = written("snapshot", snapshotBytes);
    store("timestamp", signed(new Timestamp({ ...common("timestamp"), snapshotMeta }), keys.timestamp));
  }

  const root = writeRoot([keys.root]);
  targets.set("trusted_root.json", content);
  writeTargets();

  const server = await startFaultyServer(({ path: asked }) => {
    const file = files.get(decodeURIComponent(asked.slice(1)));
    return file === undefined ? answer(404) : answer(200, { "content-type": "application/json" }, file);
  }, tls);
  return {
    ...server,
    mirror: `${tls === undefined ? "http" : "https"}://${server.address}`,
    root,
    files,
    keys,
    publish(name, bytes) {
      targets.set(name, bytes);
      writeTargets();
    },
    renew(changed = {}) {
      expiries = { ...expiries, ...changed };
      writeTargets();
    },
    rotate(role) {
      const before = keys.root;
      keys[role] = newKey();
      writeRoot([...new Set([before, keys.root])]);
      writeTargets();
    },
  };
}

export function newKey(): RoleKey {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const spki = publicKey.export({ format: "der", type: "spki" });
  const id = digestHex(digestOf(spki));
  const keyVal = { public: spki.subarray(-32).toString("hex") };
  return { id, privateKey, key: new Key({ keyID: id, keyType: "ed25519", scheme: "ed25519", keyVal }) };
}

function signed<T extends Timestamp | Snapshot | Targets>(content: T, key: RoleKey): Metadata<T> {
  const metadata = new Metadata<T>(content);
  signBy(metadata as Metadata<Timestamp | Snapshot | Targets>, key);
  return metadata;
}

function signBy(
  metadata: Metadata<Root | Timestamp | Snapshot | Targets>,
  { id, privateKey }: RoleKey,
): void {
  metadata.sign((data) => new Signature({ keyID: id, sig: sign(null, data, privateKey).toString("hex") }));
}
