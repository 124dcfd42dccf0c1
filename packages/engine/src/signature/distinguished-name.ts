import { asn1StringName, asn1StringText } from "./asn1-string.ts";
import { DerReader, derTag } from "./der.ts";
import { refuse } from "./invalid.ts";

/** What messages need of a certificate's subject. Comparing names is done on their bytes. */
export interface DistinguishedName {
  readonly commonName: string;
  /** the first one; `""` if none */
  readonly organization: string;
}

/**
 * Reads a Name (RFC 5280 §4.1.2.4) as Go's x509 parseName: every attribute's value must be a
 * string, well formed.
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
      if (type === "2.5.4.3") commonName = value;
      if (type === "2.5.4.10" && organization === "") organization = value;
    }
  }
  return { commonName, organization };
}

function readAttributeValue(attribute: DerReader): string {
  const { tag, content } = attribute.next() ?? refuse("x509: invalid RDNSequence: invalid attribute value");
  const stringName = asn1StringName.get(tag) ?? refuseValue(`unsupported string type: ${tag}`);
  return asn1StringText(tag, content) ?? refuseValue(`invalid ${stringName}`);
}

function refuseValue(reason: string): never {
  return refuse(`x509: invalid RDNSequence: invalid attribute value: ${reason}`);
}
