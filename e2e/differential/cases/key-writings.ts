import { createPublicKey } from "node:crypto";
import { encodePem } from "@countersign/testkit/signing-kit/issue-certificate";
import type { Question, Site } from "../case.ts";
import { kit, stranger, trusted } from "../evidence/kit.ts";
import { signatureOf, storeSigned, trusting } from "../evidence/signed.ts";
import { type Rows, rowsOf } from "./table.ts";

const pem = trusted.publicKeyPem;
const spki = Buffer.from(trusted.spki);

/** One good key as text that is more or less PEM. */
const texts: Readonly<Record<string, string | Uint8Array>> = {
  "an empty file": "",
  "white space": " \n",
  "no PEM": "this is no key\n",
  "DER without PEM": spki,
  "bare base64": spki.toString("base64"),
  "Windows line ends": pem.replaceAll("\n", "\r\n"),
  "old Mac line ends": pem.replaceAll("\n", "\r"),
  "no line end at the end": pem.trimEnd(),
  "a byte order mark": `\ufeff${pem}`,
  "UTF-16": Buffer.from(pem, "utf16le"),
  "text before": `who: me\n${pem}`,
  "text on the line before": `key: ${pem}`,
  "text after": `${pem}who: me\n`,
  "text on the line after": `${pem.trimEnd()} me\n`,
  "a space before": ` ${pem}`,
  "a space after the first line": pem.replace("KEY-----\n", "KEY----- \n"),
  "a space after the last line": `${pem.trimEnd()} \n`,
  "an empty line before": `\n\n${pem}`,
  "an empty line after the first": pem.replace("KEY-----\n", "KEY-----\n\n"),
  "PEM headers": pem.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n"),
  "a PEM header without an empty line": pem.replace("KEY-----\n", "KEY-----\nComment: x\n"),
  "a PEM header without a colon": pem.replace("KEY-----\n", "KEY-----\nComment\n"),
  "one long line": `-----BEGIN PUBLIC KEY-----\n${spki.toString("base64")}\n-----END PUBLIC KEY-----\n`,
  "everything on one line": pem.replaceAll("\n", ""),
  "the end on the data's line": pem.replace("\n-----END", "-----END"),
  "short lines": pem.replaceAll(/([A-Za-z0-9+/]{16})(?=[A-Za-z0-9+/=]{17})/g, "$1\n"),
  "spaces in the base64": pem.replace("MF", "M F").replace("Ag", " Ag "),
  "a tab in the base64": pem.replace("MF", "M\tF"),
  "broken base64": pem.replace("MF", "*F"),
  "base64 without padding": pem.replaceAll("=", ""),
  "URL base64": pem.replace("MF", "-F"),
  "no end line": pem.replace(/-----END.*\n/, ""),
  "no begin line": pem.replace(/-----BEGIN.*\n/, ""),
  "another label at the end": pem.replace("END PUBLIC", "END PRIVATE"),
  "a lower-case label": pem.replaceAll("PUBLIC KEY", "public key"),
  "the label CERTIFICATE": pem.replaceAll("PUBLIC KEY", "CERTIFICATE"),
  "the label EC PUBLIC KEY": pem.replaceAll("PUBLIC KEY", "EC PUBLIC KEY"),
  "an empty label": pem.replaceAll("PUBLIC KEY", ""),
  "the label RSA PUBLIC KEY on a P-256 key": pem.replaceAll("PUBLIC KEY", "RSA PUBLIC KEY"),
  "a label with a line feed": pem.replaceAll("PUBLIC KEY", "PUBLIC\nKEY"),
  "four dashes": pem.replaceAll("-----", "----"),
  "six dashes": pem.replaceAll("-----", "------"),
  "the good key first, a stranger's second": pem + stranger.publicKeyPem,
  "a stranger's key first, the good one second": stranger.publicKeyPem + pem,
  "a broken block first, the good key second": pem.replace("MF", "*F") + pem,
  "a begin line first, the good key second": `-----BEGIN PUBLIC KEY-----\n${pem}`,
  "an empty block first, the good key second": `-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n${pem}`,
  "an empty block": "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n",
  "a private key": trusted.privateKey.export({ type: "pkcs8", format: "pem" }),
  "a SEC 1 private key": trusted.privateKey.export({ type: "sec1", format: "pem" }),
  "a certificate": kit.pki.root.pem,
};

/** One good key's DER, spoilt. */
const ders: Readonly<Record<string, Uint8Array>> = {
  truncated: spki.subarray(0, 40),
  "with data after it": Buffer.concat([spki, Buffer.from([0])]),
  "with data after the key inside": Buffer.concat([
    Buffer.from([0x30, 0x5b]),
    spki.subarray(2),
    Buffer.from([5, 0]),
  ]),
  "with a length too large": withByte(1, 0x7f),
  "with a length too small": withByte(1, 0x20),
  "with an indefinite length": withByte(1, 0x80),
  "with a long-form length": Buffer.concat([Buffer.from([0x30, 0x81, 0x59]), spki.subarray(2)]),
  "with another outer tag": withByte(0, 0x31),
  "of something else": Buffer.from("3003020101", "hex"),
  "of an empty sequence": Buffer.from("3000", "hex"),
  "of one zero byte": Buffer.from([0]),
  "of an unknown algorithm": withByte(8, 0x49),
  "of an unknown curve": withByte(22, 0x33),
  "of a curve that is no identifier": withByte(13, 0x05),
  "of a point off the curve": withByte(90, (spki[90] ?? 0) ^ 1),
  "of a point at infinity": Buffer.from("3019301306072a8648ce3d020106082a8648ce3d03010703020000", "hex"),
  "of a compressed point": compressed(),
  "of a point of a wrong form": withByte(26, 5),
  "of a point without its last byte": Buffer.concat([
    Buffer.from("3058301306072a8648ce3d020106082a8648ce3d03010703410004", "hex"),
    spki.subarray(27, 90),
  ]),
  "with unused bits": withByte(25, 1),
  "with a key that is no bit string": withByte(23, 0x04),
};

function withByte(at: number, value: number): Buffer {
  const changed = Buffer.from(spki);
  changed[at] = value;
  return changed;
}

function compressed(): Buffer {
  const head = Buffer.from("3039301306072a8648ce3d020106082a8648ce3d030107032200", "hex");
  const odd = ((spki.at(-1) ?? 0) & 1) === 1;
  return Buffer.concat([head, Buffer.from([odd ? 3 : 2]), spki.subarray(27, 59)]);
}

const rsa = kit.key("signer", "rsa2048");

/** One good RSA key, and some that are good for nothing. */
const rsaTexts: Readonly<Record<string, string>> = {
  "PKCS #1 under its own label": pkcs1("RSA PUBLIC KEY"),
  "PKCS #1 under PUBLIC KEY": pkcs1("PUBLIC KEY"),
  "PKIX under RSA PUBLIC KEY": rsa.publicKeyPem.replaceAll("PUBLIC KEY", "RSA PUBLIC KEY"),
  "with exponent 3": withNumbers({ e: "Aw" }),
  "with exponent 1": withNumbers({ e: "AQ" }),
  "with an even exponent": withNumbers({ e: "AQAA" }),
  "with an exponent of 33 bits": withNumbers({ e: "AQAAAAE" }),
};

function pkcs1(label: string): string {
  const der = createPublicKey(rsa.publicKeyPem).export({ type: "pkcs1", format: "der" });
  return encodePem(label, der);
}

function withNumbers(numbers: { readonly n?: string; readonly e?: string }): string {
  const jwk = createPublicKey(rsa.publicKeyPem).export({ format: "jwk" });
  const key = createPublicKey({ key: { ...jwk, ...numbers }, format: "jwk" });
  return key.export({ type: "spki", format: "pem" }).toString();
}

export const keyWritingRows: Rows = {
  ...rowsOf(Object.entries(texts), (key) => (site) => {
    storeSigned(site);
    return trusting(site, key);
  }),
  ...rowsOf(
    Object.entries(ders).map(([name, der]) => [`DER ${name}`, encodePem("PUBLIC KEY", der)] as const),
    (key) => (site) => {
      storeSigned(site);
      return trusting(site, key);
    },
  ),
  ...rowsOf(
    Object.entries(rsaTexts).map(([name, text]) => [`RSA ${name}`, text] as const),
    (key) => (site) => signedByRsa(site, key),
  ),
};

function signedByRsa(site: Site, key: string): Question {
  storeSigned(site, (_, image) => signatureOf(image, `${site.name}:v1`, rsa));
  return trusting(site, key);
}
