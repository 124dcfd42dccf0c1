import { isUtf8 } from "node:buffer";
import { asciiText, generalName } from "../alternative-names.ts";
import type { Certificate } from "../certificate.ts";
import { constructedTag, DerReader, derTag } from "../der.ts";
import { refuse } from "../invalid.ts";
import { formatIpAddress } from "../ip-address.ts";
import type { SubjectName } from "./verified-entity.ts";

const subjectAltName = "2.5.29.17";
/** Fulcio's kind of name for who has neither e-mail address nor URI: a UTF8String. */
const fulcioUsername = "1.3.6.1.4.1.57264.1.7";

/**
 * The names of a certificate, in its order. That they are well-formed was seen to when it was parsed.
 * Source: RFC 5280 §4.2.1.6; fulcio docs/oid-info.md for the other names, of which there must be one kind.
 * @throws CountersignError SIGNATURE_INVALID for a Fulcio name that is no UTF-8
 */
export function subjectNames({ extensions }: Certificate): readonly SubjectName[] {
  const value = extensions.find(({ oid }) => oid === subjectAltName)?.value;
  const sequence = value && new DerReader(value).enter(derTag.sequence);
  const names: SubjectName[] = [];
  for (let name = sequence?.next(); name !== undefined; name = sequence?.next()) {
    const read = readName(name.tag, name.content);
    if (read !== undefined) names.push(read);
  }
  return names;
}

function readName(tag: number, content: Uint8Array): SubjectName | undefined {
  switch (tag) {
    case generalName.uri:
      return { type: "uri", value: asciiText(content) ?? "" };
    case generalName.email:
      return { type: "email", value: asciiText(content) ?? "" };
    case generalName.dns:
      return { type: "dns", value: asciiText(content) ?? "" };
    case generalName.ip:
      return { type: "ip", value: formatIpAddress(content) };
    case constructedTag(0):
      return readOtherName(new DerReader(content));
    default:
      return undefined;
  }
}

function readOtherName(der: DerReader): SubjectName | undefined {
  if (der.oid() !== fulcioUsername) return undefined;
  const text = der.enter(constructedTag(0))?.content(derTag.utf8String);
  if (text === undefined || !isUtf8(text) || !der.done)
    return refuse("certificate: its other name is malformed");
  return { type: "otherName", value: Buffer.from(text).toString() };
}
