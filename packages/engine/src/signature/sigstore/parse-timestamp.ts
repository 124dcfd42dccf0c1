import { constructedTag, DerReader, derTag, signedInteger } from "../der.ts";
import { encodeDer } from "../der-write.ts";
import { refuse } from "../invalid.ts";
import { type AlgorithmIdentifier, hashOf, readAlgorithm } from "./algorithm-identifier.ts";
import type { HashAlgorithm } from "./signed-data.ts";
import { readSignedAttributes, type SignedAttributes } from "./timestamp-attributes.ts";
import { readTimestampInfo, type TimestampInfo } from "./timestamp-info.ts";

/** An answer of a timestamp authority, parsed and not yet believed. */
export interface Timestamp {
  readonly info: TimestampInfo;
  /** the TSTInfo's bytes, of which the signed attributes hold the digest */
  readonly content: Uint8Array;
  /** sent along, DER */
  readonly certificates: readonly Uint8Array[];
  readonly signer: SignerId;
  readonly digestAlgorithm: HashAlgorithm;
  readonly attributes: SignedAttributes;
  /** what is signed */
  readonly signedBytes: Uint8Array;
  readonly signatureAlgorithm: AlgorithmIdentifier;
  readonly signature: Uint8Array;
}

/** Which certificate it is signed with. */
export type SignerId =
  | { readonly type: "serial"; readonly issuer: Uint8Array; readonly serial: bigint }
  | { readonly type: "key id"; readonly keyId: Uint8Array };

const signedDataType = "1.2.840.113549.1.7.2";
const tstInfoType = "1.2.840.113549.1.9.16.1.4";

/**
 * Reads a TimeStampResp: a status, and a CMS SignedData around a TSTInfo. Only DER is read, and only one signer.
 * Source: RFC 3161 §2.4.2, RFC 5652 §5.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function parseTimestamp(der: Uint8Array): Timestamp {
  const outer = new DerReader(der);
  const response = needed(outer.enter(derTag.sequence), "response");
  if (!outer.done) refuse("malformed: bytes after the response");
  const status = needed(response.enter(derTag.sequence), "status").int64();
  // granted, with or without modifications
  if (status !== 0n && status !== 1n) refuse("the authority did not grant it");
  const token = needed(response.enter(derTag.sequence), "token");
  if (token.oid() !== signedDataType) refuse("malformed: the token is no signed data");
  return readSignedData(needed(token.enter(constructedTag(0))?.enter(derTag.sequence), "signed data"));
}

function readSignedData(data: DerReader): Timestamp {
  needed(data.int64(), "version");
  const algorithms = needed(data.enter(derTag.set), "digest algorithms");
  while (!algorithms.done) readAlgorithm(needed(algorithms.enter(derTag.sequence), "digest algorithm"));
  const encapsulated = needed(data.enter(derTag.sequence), "content");
  if (encapsulated.oid() !== tstInfoType) refuse("malformed: what is signed is no timestamp");
  const content = needed(encapsulated.enter(constructedTag(0))?.content(derTag.octetString), "content");
  const certificates = data.peek(constructedTag(0))
    ? readCertificates(needed(data.enter(constructedTag(0)), "certificates"))
    : [];
  if (data.peek(constructedTag(1))) data.next();
  const signers = needed(data.enter(derTag.set), "signers");
  const signer = needed(signers.enter(derTag.sequence), "signer");
  if (!signers.done || !data.done) refuse("malformed: one signer is expected");
  return { info: readTimestampInfo(content), content, certificates, ...readSigner(signer) };
}

function readCertificates(set: DerReader): readonly Uint8Array[] {
  const certificates: Uint8Array[] = [];
  while (!set.done) {
    if (certificates.length === maxCertificates) refuse(`more than ${maxCertificates} certificates`);
    certificates.push(needed(set.element(derTag.sequence), "certificate").raw);
  }
  return certificates;
}

const maxCertificates = 8;

function readSigner(signer: DerReader) {
  needed(signer.int64(), "signer's version");
  const id = readSignerId(signer);
  const digest = readAlgorithm(needed(signer.enter(derTag.sequence), "digest algorithm"));
  const digestAlgorithm = hashOf(digest) ?? refuse("malformed: its digest is of no known kind");
  const attributes = needed(signer.element(constructedTag(0)), "signed attributes");
  const signatureAlgorithm = readAlgorithm(needed(signer.enter(derTag.sequence), "signature algorithm"));
  const signature = needed(signer.content(derTag.octetString), "signature");
  // unsigned attributes: whatever they say, nobody vouches for it
  if (signer.peek(constructedTag(1))) signer.next();
  if (!signer.done) refuse("malformed: bytes after the signature");
  return {
    signer: id,
    digestAlgorithm,
    attributes: readSignedAttributes(new DerReader(attributes.content)),
    // RFC 5652 §5.4: signed as the SET they are, not under the tag they are sent with
    signedBytes: encodeDer(derTag.set, attributes.content),
    signatureAlgorithm,
    signature,
  };
}

function readSignerId(signer: DerReader): SignerId {
  if (signer.peek(0x80)) {
    return { type: "key id", keyId: needed(signer.content(0x80), "signer's key id") };
  }
  const id = needed(signer.enter(derTag.sequence), "signer's id");
  const issuer = needed(id.element(derTag.sequence), "signer's issuer").raw;
  return { type: "serial", issuer, serial: signedInteger(needed(id.integer(), "signer's serial number")) };
}

/** @throws CountersignError SIGNATURE_INVALID if it is not there */
export function needed<T>(value: T | undefined, what: string): T {
  return value ?? refuse(`malformed ${what}`);
}
