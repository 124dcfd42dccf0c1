import { hash } from "node:crypto";
import { quoteCharacter } from "../values/go-format.ts";
import { readBytes, readInt64, readString } from "../values/go-value.ts";
import { decodeBase64 } from "../values/strict-base64.ts";
import { parseJson } from "../values/strict-json.ts";
import { type Report, readExactObject, readRaw } from "../values/strict-object.ts";
import { canonicalJson, hasLoneSurrogate } from "./canonical-json.ts";
import { sameBytes } from "./certificate-pool.ts";
import { ecdsaVerifies } from "./check-signature.ts";
import { type Hashedrekord, parseHashedrekord } from "./hashedrekord.ts";
import { refuse, refusing } from "./invalid.ts";
import { solePemBlock } from "./pem.ts";
import type { PublicKey } from "./public-key.ts";
import { quoteBytes } from "./quote-bytes.ts";

/** A log's key. */
export type RekorKey = PublicKey & { readonly type: "ecdsa" };

/** What the log entry must be about: this signature, by this signer, over this payload. */
export interface LoggedSignature {
  /** DER of the signer's key or certificate */
  readonly signer: () => Uint8Array;
  readonly base64Signature: string;
  readonly payload: Uint8Array;
}

/** What a log promised, its signature verified: when it took the entry, and the entry. */
export interface RekorPromise {
  /** seconds since 1970 */
  readonly integratedTime: number;
  readonly entry: Hashedrekord;
}

/**
 * Verifies a SignedEntryTimestamp with any of the keys; the log's ID is not looked at.
 * Source: containers/image signature/internal/rekor_set.go, VerifyRekorSET, first half.
 * @param set the JSON of the bundle annotation
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function verifyRekorSet(keys: readonly RekorKey[], set: string): RekorPromise {
  if (set.length > maxSetLength) refuse(`Rekor SET has more than ${maxSetLength} characters`);
  const json = refusing("", () => parseJson(set));
  const outer = readExactObject(json, "", stop, { SignedEntryTimestamp: readBytes, Payload: readRaw });
  const { SignedEntryTimestamp, Payload } = outer ?? refuse("Rekor SET is not an object");
  const canonical = refusing("canonicalizing Rekor SET JSON: ", () => {
    const text = canonicalJson(Payload);
    return hasLoneSurrogate(set) ? refuse("Missing surrogate") : text;
  });
  const signed = Buffer.from(canonical);
  const signature = SignedEntryTimestamp ?? new Uint8Array();
  if (!keys.some((key) => ecdsaVerifies(key, "sha256", signed, signature))) {
    refuse("cryptographic signature verification of Rekor SET failed");
  }
  const fields = refusing("parsing Rekor SET payload: ", () =>
    readExactObject(parseJson(signed), "", stop, {
      body: readBytes,
      integratedTime: readInt64,
      logIndex: readInt64,
      logID: readString,
    }),
  );
  const { body, integratedTime } = fields ?? refuse("parsing Rekor SET payload: not an object");
  return { integratedTime: Number(integratedTime), entry: parseHashedrekord(body ?? new Uint8Array()) };
}

/** A real one has a few thousand; it is parsed before anything of it is known to be true. */
const maxSetLength = 256 * 1024;

const stop: Report = (_path, message) => refuse(message);

/**
 * Requires the entry to be about `logged`: the second half of VerifyRekorSET, its checks in its order.
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function requireEntryOf({ signature, data }: Hashedrekord, logged: LoggedSignature): void {
  if (signature === undefined) missing("signature");
  if (signature.publicKey === undefined) missing("signature.publicKey");
  const loggedSigner = onlyPemBlock(signature.publicKey, "publicKey in Rekor SET");
  if (!sameBytes(loggedSigner, logged.signer())) refuse("publicKey in Rekor SET does not match");
  const bytes = refusing("decoding signature base64: ", () => decodeBase64(logged.base64Signature));
  if (!sameBytes(signature.content, bytes)) {
    refuse(
      `signature in Rekor SET does not match: ${quoteBytes(signature.content)} vs. ${quoteBytes(bytes)}`,
    );
  }
  if (data === undefined) missing("data");
  if (data.hash === undefined) missing("data.hash");
  const { algorithm, value } = data.hash;
  if (algorithm === undefined) missing("data.hash.algorithm");
  if (algorithm !== "sha256")
    refuse(`Unexpected "data.hash.algorithm" value ${quoteBytes(Buffer.from(algorithm))}`);
  if (value === undefined) missing("data.hash.value");
  if (decodeHex(value) !== hash("sha256", logged.payload)) refuse("payload in Rekor SET does not match");
}

/** DER of a PEM text that must hold one block and nothing after it, not even white space. Its label is ignored. */
export function onlyPemBlock(pem: Uint8Array, what: string): Uint8Array {
  return solePemBlock(pem, what).bytes;
}

/** Lower-cased hex; @throws in the words of Go's encoding/hex. */
function decodeHex(text: string): string {
  const invalid = /[^0-9A-Fa-f]/u.exec(text)?.[0];
  if (invalid !== undefined) refuseHex(`invalid byte: ${describeByte(invalid)}`);
  if (text.length % 2 !== 0) refuseHex("odd length hex string");
  return text.toLowerCase();
}

/** The first byte of a character as Go's `%#U`, which shows what can be printed. */
function describeByte(character: string): string {
  const [byte = 0] = Buffer.from(character);
  const number = `U+${byte.toString(16).toUpperCase().padStart(4, "0")}`;
  const shown = String.fromCharCode(byte);
  const isPrintable = "'\\".includes(shown) || !quoteCharacter(shown).startsWith("'\\");
  return isPrintable ? `${number} '${shown}'` : number;
}

function refuseHex(reason: string): never {
  return refuse(`Invalid "data.hash.value" field in hashedrekord: encoding/hex: ${reason}`);
}

function missing(field: string): never {
  return refuse(`Missing "${field}" field in hashedrekord`);
}
