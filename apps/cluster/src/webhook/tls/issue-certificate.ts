import { createPrivateKey, createPublicKey, generateKeyPairSync, hash, randomBytes, sign } from "node:crypto";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "@countersign/engine/signature/der-write";

/** A certificate and its private key, in PEM. */
export interface KeyedCertificate {
  readonly certificate: string;
  readonly key: string;
}

export interface Validity {
  /** milliseconds since the epoch */
  readonly from: number;
  readonly until: number;
}

/** Makes a certificate authority of its own, on P-256. Source: RFC 5280. */
export function issueAuthority(name: string, validity: Validity): KeyedCertificate {
  const key = newKey();
  const extensions = [
    extension("2.5.29.19", encodeDer(0x30, encodeDer(0x01, Buffer.from([0xff]))), true), // basicConstraints: a CA
    extension("2.5.29.15", encodeDer(0x03, Buffer.from([2, 0x04])), true), // keyUsage: keyCertSign
    subjectKeyIdentifier(key),
  ];
  return { certificate: issue({ name, issuer: name, validity, key, signer: key, extensions }), key };
}

/** Makes a server's certificate for some DNS names. */
export function issueServerCertificate(
  names: readonly string[],
  validity: Validity,
  issuer: KeyedCertificate & { readonly name: string },
): KeyedCertificate {
  const key = newKey();
  const alternatives = encodeDer(0x30, ...names.map((name) => encodeDer(0x82, Buffer.from(name))));
  const extensions = [
    extension("2.5.29.19", encodeDer(0x30), true),
    extension("2.5.29.15", encodeDer(0x03, Buffer.from([7, 0x80])), true), // digitalSignature
    extension("2.5.29.37", encodeDer(0x30, encodeOid("1.3.6.1.5.5.7.3.1")), false), // serverAuth
    extension("2.5.29.17", alternatives, false),
    extension("2.5.29.35", encodeDer(0x30, encodeDer(0x80, keyIdentifier(issuer.key))), false),
  ];
  // its name is in the alternative names; a common name must be short
  const name = "countersign-webhook";
  return {
    certificate: issue({ name, issuer: issuer.name, validity, key, signer: issuer.key, extensions }),
    key,
  };
}

interface Certificate {
  readonly name: string;
  readonly issuer: string;
  readonly validity: Validity;
  /** PEM: whose certificate it is, and who signs it */
  readonly key: string;
  readonly signer: string;
  readonly extensions: readonly Uint8Array[];
}

const ecdsaWithSha256 = encodeDer(0x30, encodeOid("1.2.840.10045.4.3.2"));

function issue({ name, issuer, validity, key, signer, extensions }: Certificate): string {
  const serial = randomBytes(16);
  const tbs = encodeDer(
    0x30,
    encodeDer(0xa0, encodeUnsignedInteger(Buffer.from([2]))),
    encodeUnsignedInteger(Buffer.concat([Buffer.from([1]), serial])),
    ecdsaWithSha256,
    distinguishedName(issuer),
    encodeDer(0x30, time(validity.from), time(validity.until)),
    distinguishedName(name),
    spkiOf(key),
    encodeDer(0xa3, encodeDer(0x30, ...extensions)),
  );
  const signature = sign("sha256", tbs, createPrivateKey(signer));
  const der = encodeDer(0x30, tbs, ecdsaWithSha256, encodeDer(0x03, Buffer.from([0]), signature));
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}

function newKey(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return privateKey.export({ type: "pkcs8", format: "pem" }) as string;
}

function spkiOf(key: string): Buffer {
  return createPublicKey(key).export({ type: "spki", format: "der" });
}

function keyIdentifier(key: string): Buffer {
  return hash("sha256", spkiOf(key), "buffer").subarray(0, 20);
}

function subjectKeyIdentifier(key: string): Uint8Array {
  return extension("2.5.29.14", encodeDer(0x04, keyIdentifier(key)), false);
}

function extension(oid: string, value: Uint8Array, critical: boolean): Uint8Array {
  const flag = critical ? [encodeDer(0x01, Buffer.from([0xff]))] : [];
  return encodeDer(0x30, encodeOid(oid), ...flag, encodeDer(0x04, value));
}

function distinguishedName(commonName: string): Uint8Array {
  const attribute = encodeDer(0x30, encodeOid("2.5.4.3"), encodeDer(0x0c, Buffer.from(commonName)));
  return encodeDer(0x30, encodeDer(0x31, attribute));
}

/** UTCTime up to 2049, GeneralizedTime after. */
function time(milliseconds: number): Uint8Array {
  const text = new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  const isShort = Number(text.slice(0, 4)) < 2050;
  return isShort ? encodeDer(0x17, Buffer.from(text.slice(2))) : encodeDer(0x18, Buffer.from(text));
}
