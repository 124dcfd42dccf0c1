import { asn1StringName, asn1StringText } from "./asn1-string.ts";
import { readCertificateTime } from "./certificate-time.ts";
import { DerReader, derTag } from "./der.ts";
import { refuse, refusing } from "./invalid.ts";

/** What messages need of a certificate's subject. Comparing names is done on their bytes. */
export interface DistinguishedName {
  readonly commonName: string;
  /** the first one; `""` if none */
  readonly organization: string;
}

/**
 * Reads a Name (RFC 5280 §4.1.2.4) as Go's x509 parseName: every attribute's value must be well formed.
 * @param raw the Name's whole element
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 */
export function readDistinguishedName(raw: Uint8Array): DistinguishedName {
  let commonName = "";
  let organization = "";
  const sequence = new DerReader(raw).enter(derTag.sequence) ?? refuse("x509: invalid RDNSequence");
  while (!sequence.done) {
    const set = sequence.enter(derTag.set) ?? refuse("x509: invalid RDNSequence");
    while (!set.done) {
      const attribute = set.enter(derTag.sequence) ?? refuse("x509: invalid RDNSequence: invalid attribute");
      const type = attribute.oid() ?? refuse("x509: invalid RDNSequence: invalid attribute type");
      const value = readAttributeValue(attribute);
      if (type === "2.5.4.3" && value !== undefined) commonName = value;
      if (type === "2.5.4.10" && value !== undefined && organization === "") organization = value;
    }
  }
  return { commonName, organization };
}

/** The value if it is a string; anything else is only checked. */
function readAttributeValue(attribute: DerReader): string | undefined {
  const element = attribute.next() ?? refuseValue("invalid ASN.1 element");
  const stringName = asn1StringName.get(element.tag);
  if (stringName !== undefined) {
    return asn1StringText(element.tag, element.content) ?? refuseValue(`invalid ${stringName}`);
  }
  const value = new DerReader(element.raw);
  switch (element.tag) {
    case derTag.integer:
      if (value.int64() === undefined) refuseValue("invalid ASN.1 integer");
      return undefined;
    case derTag.bitString:
      if (value.bitString() === undefined) refuseValue("invalid ASN.1 BIT STRING");
      return undefined;
    case derTag.oid:
      if (value.oid() === undefined) refuseValue("invalid ASN.1 OBJECT IDENTIFIER");
      return undefined;
    case derTag.boolean:
      if (value.boolean() === undefined) refuseValue("invalid ASN.1 BOOLEAN");
      return undefined;
    case derTag.utcTime:
    case derTag.generalizedTime:
      refusing(inValue, () => readCertificateTime(value));
      return undefined;
    default:
      return undefined;
  }
}

function refuseValue(reason: string): never {
  return refuse(`${inValue}${reason}`);
}

const inValue = "x509: invalid RDNSequence: invalid attribute value: ";
