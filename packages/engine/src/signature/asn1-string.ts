import { isAscii, isUtf8 } from "node:buffer";
import { derTag } from "./der.ts";

/**
 * Text of an ASN.1 string as Go reads it (x509's parseASN1String, encoding/asn1): T61String is taken for Latin-1,
 * BMPString for UCS-2 without surrogates.
 * @param tag universal tag number
 * @returns undefined if the bytes do not belong in such a string, or if it is none of these types
 */
export function asn1StringText(tag: number, content: Uint8Array): string | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.length);
  switch (tag) {
    case derTag.utf8String:
      return isUtf8(bytes) ? bytes.toString() : undefined;
    case derTag.printableString:
      return bounded(bytes, /^[A-Za-z0-9'()+,\-./ :=?*&]*$/);
    case derTag.numericString:
      return bounded(bytes, /^[0-9 ]*$/);
    case derTag.ia5String:
      return isAscii(bytes) ? bytes.toString("latin1") : undefined;
    case derTag.t61String:
      return bytes.toString("latin1");
    case derTag.bmpString:
      return bmpText(bytes);
    default:
      return undefined;
  }
}

/** Go's words for each kind that {@link asn1StringText} refused. */
export const asn1StringName: ReadonlyMap<number, string> = new Map([
  [derTag.utf8String, "UTF-8 string"],
  [derTag.printableString, "PrintableString"],
  [derTag.numericString, "NumericString"],
  [derTag.ia5String, "IA5String"],
  [derTag.t61String, "T61String"],
  [derTag.bmpString, "BMPString"],
]);

function bounded(bytes: Buffer, allowed: RegExp): string | undefined {
  const text = bytes.toString("latin1");
  // `$` also matches before a final newline
  return allowed.test(text) && !text.endsWith("\n") ? text : undefined;
}

function bmpText(bytes: Buffer): string | undefined {
  if (bytes.length % 2 !== 0) return undefined;
  const terminated = bytes.length >= 2 && bytes.readUInt16BE(bytes.length - 2) === 0;
  const end = terminated ? bytes.length - 2 : bytes.length;
  let text = "";
  for (let at = 0; at < end; at += 2) {
    const point = bytes.readUInt16BE(at);
    const reserved = point >= 0xfffe || (point >= 0xfdd0 && point <= 0xfdef);
    if (reserved || (point >= 0xd800 && point <= 0xdfff)) return undefined;
    text += String.fromCharCode(point);
  }
  return text;
}
