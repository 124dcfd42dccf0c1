import { readString } from "../../values/go-value.ts";
import type { Json } from "../../values/json.ts";
import { refuse } from "../invalid.ts";
import { bytesUpTo, count, message, present, refuseAt, repeated } from "./protojson.ts";
import type { BundleFormat, InclusionProof, LogEntry } from "./signed-entity.ts";

/**
 * Reads a TransparencyLogEntry of a bundle. Version 0.1 lives by the log's promise; from 0.2 on the proof must be there.
 * A number that is absent is 0: protobuf leaves those out.
 * Source: sigstore/protobuf-specs sigstore_rekor.proto
 * @throws CountersignError SIGNATURE_INVALID
 */
export function readLogEntry(json: Json, path: string, format: BundleFormat): LogEntry {
  const fields = present(readFields(json, path, refuseAt), path);
  const promise = fields.inclusionPromise?.signedEntryTimestamp;
  const proof = fields.inclusionProof && readProof(fields.inclusionProof, `${path}.inclusionProof`, format);
  if (format === "bundle 0.1" && promise === undefined) {
    refuse(`${path}.inclusionPromise is missing, by which version 0.1 goes`);
  }
  if (format !== "bundle 0.1" && proof === undefined) refuse(`${path}.inclusionProof is missing`);
  return {
    logId: present(fields.logId?.keyId, `${path}.logId.keyId`),
    logIndex: fields.logIndex ?? 0n,
    kind: present(fields.kindVersion?.kind, `${path}.kindVersion.kind`),
    version: present(fields.kindVersion?.version, `${path}.kindVersion.version`),
    integratedTime: fields.integratedTime ?? 0n,
    promise,
    proof,
    body: present(fields.canonicalizedBody, `${path}.canonicalizedBody`),
  };
}

const readProofFields = message({
  logIndex: count,
  treeSize: count,
  rootHash: bytesUpTo(32),
  hashes: repeated(bytesUpTo(32), 64),
  checkpoint: message({ envelope: readString }),
});

const readFields = message({
  logIndex: count,
  logId: message({ keyId: bytesUpTo(32) }),
  kindVersion: message({ kind: readString, version: readString }),
  integratedTime: count,
  inclusionPromise: message({ signedEntryTimestamp: bytesUpTo(1024) }),
  inclusionProof: readProofFields,
  // certificates and hashes, some thousand bytes; the log keeps no payload in it
  canonicalizedBody: bytesUpTo(1024 * 1024),
});

type ProofFields = NonNullable<ReturnType<typeof readProofFields>>;

/** Old bundles of version 0.1 carry proofs without a checkpoint, which prove nothing. */
function readProof(fields: ProofFields, path: string, format: BundleFormat): InclusionProof | undefined {
  const checkpoint = fields.checkpoint?.envelope;
  if (checkpoint === undefined && format === "bundle 0.1") return undefined;
  return {
    logIndex: fields.logIndex ?? 0n,
    treeSize: fields.treeSize ?? 0n,
    rootHash: present(fields.rootHash, `${path}.rootHash`),
    hashes: fields.hashes ?? [],
    checkpoint: present(checkpoint, `${path}.checkpoint.envelope`),
  };
}
