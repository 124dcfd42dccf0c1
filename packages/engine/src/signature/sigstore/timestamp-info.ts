import { constructedTag, contextTag, DerReader, derTag } from "../der.ts";
import { refuse } from "../invalid.ts";
import { hashOf, readAlgorithm } from "./algorithm-identifier.ts";
import type { HashAlgorithm } from "./signed-data.ts";

/** What a timestamp says: that bytes with this digest existed at this time. */
export interface TimestampInfo {
  readonly imprint: { readonly algorithm: HashAlgorithm; readonly value: Uint8Array };
  /** since 1970, with fractions */
  readonly seconds: number;
  /** what whoever asked for it had sent along, as an INTEGER's octets: of use to nobody else */
  readonly nonce: Uint8Array | undefined;
}

/**
 * Reads a TSTInfo. Accuracy, ordering and the authority's name are not asked about.
 * Source: RFC 3161 §2.4.2.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function readTimestampInfo(der: Uint8Array): TimestampInfo {
  const outer = new DerReader(der);
  const info = outer.enter(derTag.sequence);
  if (info === undefined || !outer.done) return refuse("malformed timestamp");
  if (info.int64() !== 1n) refuse("malformed timestamp: version 1 is expected");
  if (info.oid() === undefined) refuse("malformed timestamp: its policy");
  const imprint = info.enter(derTag.sequence);
  const algorithm = imprint?.enter(derTag.sequence);
  const value = imprint?.content(derTag.octetString);
  if (algorithm === undefined || value === undefined) return refuse("malformed timestamp: its imprint");
  const hash = hashOf(readAlgorithm(algorithm)) ?? refuse("its imprint is by no known hash");
  if (info.integer() === undefined) refuse("malformed timestamp: its serial number");
  const seconds = readTime(info.content(derTag.generalizedTime));
  refuseUnknownBefore(info);
  const nonce = readNonce(info);
  refuseUnknownAfter(info);
  return { imprint: { algorithm: hash, value }, seconds, nonce };
}

/** RFC 3161 asks for Z and allows fractions, which must not end in 0. */
function readTime(content: Uint8Array | undefined): number {
  const text = Buffer.from(content ?? []).toString("latin1");
  const [, y, mo, d, h, mi, s, fraction = ""] = generalizedTime.exec(text) ?? [];
  const iso = `${y}-${mo}-${d}T${h}:${mi}:${s}`;
  const milliseconds = Date.parse(`${iso}Z`);
  if (Number.isNaN(milliseconds) || !new Date(milliseconds).toISOString().startsWith(iso)) {
    return refuse("malformed timestamp: its time");
  }
  return milliseconds / 1000 + Number(`0${fraction}`);
}

const generalizedTime = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\.\d{0,8}[1-9])?Z$/;

/** What comes after the time, all of it optional: accuracy and ordering before the nonce. */
function refuseUnknownBefore(rest: DerReader): void {
  if (rest.peek(derTag.sequence)) requireAccuracy(rest.enter(derTag.sequence));
  if (rest.peek(derTag.boolean) && rest.boolean() === undefined) refuse("malformed timestamp: its ordering");
}

function readNonce(rest: DerReader): Uint8Array | undefined {
  return rest.peek(derTag.integer) ? (rest.integer() ?? refuse("malformed timestamp: its nonce")) : undefined;
}

/** A name and extensions after it. An extension that must be understood, and is not, refuses it. */
function refuseUnknownAfter(rest: DerReader): void {
  if (rest.peek(constructedTag(0))) rest.next();
  const extensions = rest.enter(constructedTag(1)) ?? new DerReader(new Uint8Array());
  while (!extensions.done) {
    const extension = extensions.enter(derTag.sequence);
    if (extension?.oid() === undefined) refuse("malformed timestamp: its extensions");
    if (extension?.peek(derTag.boolean) && extension.boolean() !== false)
      refuse("it has an unknown critical extension");
  }
  if (!rest.done) refuse("malformed timestamp: what comes after its time");
}

/** Seconds, milliseconds and microseconds. */
function requireAccuracy(accuracy: DerReader | undefined): void {
  for (const tag of [derTag.integer, contextTag(0), contextTag(1)]) {
    if (accuracy?.peek(tag) && accuracy.integer(tag) === undefined)
      refuse("malformed timestamp: its accuracy");
  }
  if (!accuracy?.done) refuse("malformed timestamp: its accuracy");
}
