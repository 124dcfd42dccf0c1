import type { AlgorithmIdentifier } from "../certificate-signature-algorithm.ts";
import type { DerReader } from "../der.ts";
import { refuse } from "../invalid.ts";
import type { HashAlgorithm } from "./signed-data.ts";

export type { AlgorithmIdentifier } from "../certificate-signature-algorithm.ts";

/** @throws CountersignError SIGNATURE_INVALID */
export function readAlgorithm(der: DerReader): AlgorithmIdentifier {
  const oid = der.oid() ?? refuse("malformed algorithm");
  const parameters = der.done ? new Uint8Array() : (der.next()?.raw ?? refuse("malformed algorithm"));
  return der.done ? { oid, parameters } : refuse("malformed algorithm");
}

/** Undefined for hashes that are broken or unusual. */
export function hashOf({ oid }: AlgorithmIdentifier): HashAlgorithm | undefined {
  return hashes.get(oid);
}

const hashes: ReadonlyMap<string, HashAlgorithm> = new Map([
  ["2.16.840.1.101.3.4.2.1", "sha256"],
  ["2.16.840.1.101.3.4.2.2", "sha384"],
  ["2.16.840.1.101.3.4.2.3", "sha512"],
]);
