import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { SigstoreAttachment, SimpleSigningBlob } from "@countersign/engine/verify/ports";
import { readSigstoreJson } from "./sigstore-json.ts";

/** No stored signature is larger (containers/image internal/iolimits, MaxSignatureBodySize). */
export const maxSignatureBlob = 4 * 1024 * 1024;

/**
 * What a stored file or lookaside answer holds: it says so itself, or its first byte looks like OpenPGP's. Nothing in it
 * is checked.
 * Source: containers/image internal/signature, FromBlob.
 * @param location - a path or address, kept with the signature
 * @param named - the location as the reference names it in an error: in quotes, unless it is an address
 * @throws CountersignError SIGNATURE_UNREADABLE, or TOO_LARGE for JSON of too many parts
 */
export function readSignatureBlob(
  bytes: Uint8Array,
  location: string,
  named: string = quote(location),
): SimpleSigningBlob | SigstoreAttachment {
  try {
    return parseBlob(bytes, location);
  } catch (caught) {
    const { code, message } = CountersignError.from(caught);
    const known = code === "TOO_LARGE" || code === "INTERNAL" ? code : "SIGNATURE_UNREADABLE";
    throw new CountersignError(known, `parsing signature ${named}: ${message}`, { cause: caught });
  }
}

/**
 * First bytes of OpenPGP packets, of the old form and the new, that begin a signed message: compressed data, a one-pass
 * signature, a signature. 3D is one only to the reference.
 */
const openPgp: ReadonlySet<number> = new Set([
  ...[0xa0, 0xa1, 0xa2, 0xa3, 0xc8],
  ...[0x90, 0x91, 0x92, 0x3d, 0xc4],
  ...[0x88, 0x89, 0x8a, 0x8b, 0xc2],
]);

function parseBlob(bytes: Uint8Array, location: string): SimpleSigningBlob | SigstoreAttachment {
  const [first] = bytes;
  if (first === undefined) throw unreadable("empty signature blob");
  if (openPgp.has(first)) return { type: "simpleSigning", bytes, location };
  if (first !== 0) {
    throw unreadable(`unrecognized signature format, starting with binary ${hex(first)}`);
  }
  const { format, content } = splitFormat(bytes.subarray(1));
  switch (format) {
    case "simple-signing":
      return { type: "simpleSigning", bytes: content, location };
    case "sigstore-json":
      return { type: "sigstore", ...readSigstoreJson(content), location };
    default:
      throw unreadable(`unrecognized signature format ${quote(format)}`);
  }
}

/** The newer form: after a zero byte, a line that names the format. */
function splitFormat(bytes: Uint8Array): { readonly format: string; readonly content: Uint8Array } {
  const end = bytes.indexOf(0x0a);
  if (end < 0) throw unreadable("invalid signature format, missing newline");
  const name = bytes.subarray(0, end);
  const strange = name.find((byte) => byte < 0x20 || byte >= 0x7f);
  if (strange !== undefined) throw unreadable(`invalid signature format, non-ASCII byte ${hex(strange)}`);
  return { format: Buffer.from(name).toString("latin1"), content: bytes.subarray(end + 1) };
}

function hex(byte: number): string {
  return `0x${byte.toString(16)}`;
}

function unreadable(message: string): CountersignError {
  return new CountersignError("SIGNATURE_UNREADABLE", message);
}
