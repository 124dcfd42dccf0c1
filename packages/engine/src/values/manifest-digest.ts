import { type Digest, digestOf } from "./digest.ts";
import { CountersignError } from "./error.ts";
import { guessMediaType, mediaTypes } from "./manifest.ts";
import { decodeBase64 } from "./strict-base64.ts";
import { type Json, parseJson } from "./strict-json.ts";

/**
 * The sha256 digest by which a manifest is known: that of its bytes; for Docker's schema 1 with its own signatures
 * inside, that of the bytes before those were put in.
 * Source: containers/image internal/manifest/manifest.go, Digest; the signatures are not checked.
 * @throws CountersignError MANIFEST_INVALID for a schema 1 manifest from which those bytes cannot be had
 */
export function manifestDigest(bytes: Uint8Array): Digest {
  if (guessMediaType(bytes) !== mediaTypes.schema1Signed) return digestOf(bytes);
  try {
    return digestOf(schema1Payload(bytes));
  } catch (error) {
    throw invalid(CountersignError.from(error).message);
  }
}

/**
 * Each signature's protected header says how much of the text was there before, and how that ended.
 * Source: libtrust jsonsign.go, ParsePrettySignature.
 */
function schema1Payload(bytes: Uint8Array): Uint8Array {
  const signatures = exactMember(parseJson(bytes), "signatures");
  if (signatures?.kind !== "array") throw malformed("missing signature key");
  const formats = signatures.items.map(readFormat);
  const [first, ...others] = formats;
  if (first === undefined) throw malformed("missing signature");
  if (others.some(({ length }) => length !== first.length)) throw malformed("conflicting format length");
  if (others.some(({ tail }) => !first.tail.equals(tail))) throw malformed("conflicting format tail");
  if (first.length > bytes.length) throw malformed("invalid format length");
  return Buffer.concat([bytes.subarray(0, first.length), first.tail]);
}

function readFormat(signature: Json): { readonly length: number; readonly tail: Buffer } {
  const header = parseJson(decodeBase64Url(exactText(signature, "protected")));
  const length = exactMember(header, "formatLength");
  if (length?.kind !== "number" || !/^[0-9]{1,9}$/.test(length.text))
    throw malformed("missing formatted length");
  return { length: Number(length.text), tail: decodeBase64Url(exactText(header, "formatTail")) };
}

function exactText(json: Json, name: string): string {
  const value = exactMember(json, name);
  if (value?.kind !== "string") throw malformed(`missing ${name}`);
  return value.value;
}

function exactMember(json: Json, name: string): Json | undefined {
  const [only, another] = json.kind === "object" ? json.members.filter(([each]) => each === name) : [];
  if (another !== undefined) throw malformed(`${name} occurs more than once`);
  return only?.[1];
}

/** JOSE's alphabet, without padding; libtrust skips spaces and line ends. */
function decodeBase64Url(text: string): Buffer {
  const compact = text.replaceAll(/[ \n]/g, "");
  if (/[+/=]/.test(compact)) throw malformed("illegal base64url string");
  const standard = compact.replaceAll("-", "+").replaceAll("_", "/");
  return Buffer.from(decodeBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, "=")));
}

function malformed(why: string): CountersignError {
  return new CountersignError("MANIFEST_INVALID", why);
}

function invalid(why: string): CountersignError {
  return malformed(`computing manifest digest: ${why}`);
}
