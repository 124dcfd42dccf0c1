import { encodeDer, encodeOid, encodeUnsignedInteger } from "@countersign/engine/signature/der-write";

/** One extension as it goes into a certificate, well formed or not. */
export interface ExtensionProfile {
  readonly oid: string;
  readonly critical?: boolean;
  readonly value: Uint8Array;
}

export type NameType = "other" | "email" | "dns" | "uri" | "ip";

export type AlternativeName = readonly [type: NameType, value: string | Uint8Array];

export const oid = {
  codeSigning: "1.3.6.1.5.5.7.3.3",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  anyUsage: "2.5.29.37.0",
  fulcioIssuerV1: "1.3.6.1.4.1.57264.1.1",
  fulcioIssuerV2: "1.3.6.1.4.1.57264.1.8",
} as const;

export function basicConstraints(isCa: boolean, maxPathLength?: number): ExtensionProfile {
  const parts = [
    ...(isCa ? [encodeDer(0x01, Buffer.from([0xff]))] : []),
    ...(maxPathLength === undefined ? [] : [encodeUnsignedInteger(Buffer.from([maxPathLength]))]),
  ];
  return { oid: "2.5.29.19", critical: true, value: encodeDer(0x30, ...parts) };
}

/** @param bits of the first octet: 0x80 digitalSignature, 0x04 keyCertSign, 0x02 cRLSign */
export function keyUsage(bits: number): ExtensionProfile {
  let unused = 0;
  while (unused < 7 && ((bits >> unused) & 1) === 0) unused++;
  return { oid: "2.5.29.15", critical: true, value: encodeDer(0x03, Buffer.from([unused, bits])) };
}

export function extendedKeyUsage(...usages: readonly string[]): ExtensionProfile {
  return { oid: "2.5.29.37", value: encodeDer(0x30, ...usages.map(encodeOid)) };
}

export function subjectKeyId(bytes: Uint8Array): ExtensionProfile {
  return { oid: "2.5.29.14", value: encodeDer(0x04, bytes) };
}

export function authorityKeyId(bytes: Uint8Array): ExtensionProfile {
  return { oid: "2.5.29.35", value: encodeDer(0x30, encodeDer(0x80, bytes)) };
}

export function alternativeNames(names: readonly AlternativeName[], critical = false): ExtensionProfile {
  return { oid: "2.5.29.17", critical, value: encodeDer(0x30, ...names.map(encodeGeneralName)) };
}

/** Subtrees are general names; an IP range is address and mask, 8 or 32 bytes. */
export function nameConstraints(
  subtrees: {
    readonly permitted?: readonly AlternativeName[];
    readonly excluded?: readonly AlternativeName[];
  },
  critical = true,
): ExtensionProfile {
  const encode = (tag: number, names: readonly AlternativeName[] | undefined) =>
    names === undefined
      ? []
      : [encodeDer(tag, ...names.map((name) => encodeDer(0x30, encodeGeneralName(name))))];
  const value = encodeDer(0x30, ...encode(0xa0, subtrees.permitted), ...encode(0xa1, subtrees.excluded));
  return { oid: "2.5.29.30", critical, value };
}

/** Fulcio's first form: the raw bytes of the issuer's URL. */
export function issuerV1(issuer: string | Uint8Array): ExtensionProfile {
  return { oid: oid.fulcioIssuerV1, value: Buffer.from(issuer) };
}

/** Fulcio's second form: a DER UTF8String. */
export function issuerV2(issuer: string | Uint8Array, tag = 0x0c): ExtensionProfile {
  return { oid: oid.fulcioIssuerV2, value: encodeDer(tag, Buffer.from(issuer)) };
}

const nameTags: Readonly<Record<NameType, number>> = {
  other: 0xa0,
  email: 0x81,
  dns: 0x82,
  uri: 0x86,
  ip: 0x87,
};

function encodeGeneralName([type, value]: AlternativeName): Uint8Array {
  return encodeDer(nameTags[type], Buffer.from(value));
}
