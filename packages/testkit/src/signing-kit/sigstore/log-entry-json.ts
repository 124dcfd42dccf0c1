/** A TransparencyLogEntry of a bundle, in protobuf's JSON: int64 are strings, bytes base64. */
export interface LogEntryJson {
  readonly logIndex: string;
  readonly logId: { readonly keyId: string };
  readonly kindVersion: { readonly kind: string; readonly version: string };
  readonly integratedTime?: string;
  readonly inclusionPromise?: { readonly signedEntryTimestamp: string };
  readonly inclusionProof?: InclusionProofJson;
  readonly canonicalizedBody: string;
}

export interface InclusionProofJson {
  readonly logIndex: string;
  readonly rootHash: string;
  readonly treeSize: string;
  readonly hashes: readonly string[];
  readonly checkpoint: { readonly envelope: string };
}

/** The entry with parts of its proof replaced. */
export function withProof(entry: LogEntryJson, changes: Partial<InclusionProofJson>): LogEntryJson {
  const { inclusionProof } = entry;
  if (inclusionProof === undefined) throw new Error("there is no proof to change");
  return { ...entry, inclusionProof: { ...inclusionProof, ...changes } };
}

/** The entry without its promise. */
export function withoutPromise({ inclusionPromise: _, ...entry }: LogEntryJson): LogEntryJson {
  return entry;
}

/** The entry without its proof. */
export function withoutProof({ inclusionProof: _, ...entry }: LogEntryJson): LogEntryJson {
  return entry;
}
