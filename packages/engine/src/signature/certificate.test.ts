import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  alternativeNames,
  authorityKeyId,
  basicConstraints,
  type ExtensionProfile,
  extendedKeyUsage,
  nameConstraints,
  oid,
  subjectKeyId,
} from "@countersign/testkit/signing-kit/certificate-profile";
import {
  type CertificateProfile,
  issueCertificate,
} from "@countersign/testkit/signing-kit/issue-certificate";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import fc from "fast-check";
import { CountersignError } from "../values/error.ts";
import { parseCertificate } from "./certificate.ts";
import { encodeDer, encodeOid } from "./der-write.ts";

const key = createSigningKey("certificate");
const name = { organization: "Example", commonName: "signer" };
const valid: CertificateProfile = {
  subject: name,
  issuer: name,
  notBefore: Date.UTC(2026, 0, 1) / 1000,
  notAfter: Date.UTC(2060, 0, 1) / 1000,
  spki: key.spki,
};
const issue = (changes: Partial<CertificateProfile> = {}) =>
  issueCertificate({ ...valid, ...changes }, key).der;
const extended = (...extensions: readonly ExtensionProfile[]) => issue({ extensions });
const hex = (text: string): Buffer => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("parseCertificate reads", () => {
  it("names, times and number", () => {
    const certificate = parseCertificate(issue({ serial: hex("00 ff 01") }));
    assert.deepEqual(certificate.subjectName, name);
    assert.equal(certificate.serialNumber, 0xff01n);
    assert.deepEqual(certificate.notBefore, { seconds: valid.notBefore, offsetMinutes: 0 });
    assert.deepEqual(certificate.notAfter, { seconds: valid.notAfter, offsetMinutes: 0 });
    assert.equal(certificate.version, 3);
  });
  it("a number whose CA forgot a leading zero", () => {
    assert.equal(parseCertificate(issue({ serial: hex("80") })).serialNumber, -128n);
  });
  it("what its extensions say", () => {
    const { facts } = parseCertificate(
      extended(
        basicConstraints(true, 3),
        extendedKeyUsage(oid.codeSigning, "1.2.3"),
        subjectKeyId(hex("aa")),
        authorityKeyId(hex("bb")),
        alternativeNames([
          ["email", "a@example.com"],
          ["dns", "*.example.com"],
          ["uri", "https://example.com/x"],
          ["ip", hex("01020304")],
        ]),
      ),
    );
    assert.deepEqual(facts.basicConstraints, { isCa: true, maxPathLength: 3 });
    assert.deepEqual(facts.extendedKeyUsages, [oid.codeSigning, "1.2.3"]);
    assert.deepEqual(facts.names.emails, ["a@example.com"]);
    assert.deepEqual(facts.names.dns, ["*.example.com"]);
    assert.deepEqual(facts.names.uris, [{ text: "https://example.com/x", host: "example.com" }]);
    assert.deepEqual(facts.unhandledCritical, []);
  });
  it("names of unknown types in a critical extension, and says that it cannot judge them", () => {
    const { facts } = parseCertificate(extended(alternativeNames([["other", hex("0601 01")]], true)));
    assert.deepEqual(facts.unhandledCritical, ["2.5.29.17"]);
  });
  it("a key of an unknown algorithm as no key", () => {
    const spki = encodeDer(0x30, encodeDer(0x30, encodeOid("1.2.3")), hex("03 02 00 01"));
    assert.equal(parseCertificate(issue({ spki })).publicKey, undefined);
  });
});

describe("parseCertificate refuses, in Go's words,", () => {
  const whole = Buffer.from(issue());
  const other = encodeDer(0x30, encodeOid("1.2.840.10045.4.3.3"));
  const raw = (id: string, value: string, critical = false): ExtensionProfile => ({
    oid: id,
    critical,
    value: hex(value),
  });
  const names = (value: string) => extended(raw("2.5.29.17", value));
  const refused: ReadonlyArray<readonly [why: string, der: Uint8Array, message: string]> = [
    ["nothing", Buffer.alloc(0), "x509: malformed certificate"],
    ["text", Buffer.from("not a certificate"), "x509: malformed certificate"],
    ["half of it", whole.subarray(0, 100), "x509: malformed certificate"],
    ["a byte after it", Buffer.concat([whole, Buffer.from([0])]), "x509: trailing data"],
    ["BER", Buffer.concat([hex("30 80"), whole.subarray(4), Buffer.alloc(2)]), "x509: malformed certificate"],
    [
      "another algorithm outside than inside",
      issue({ outerAlgorithm: other }),
      "x509: inner and outer signature algorithm identifiers don't match",
    ],
    ["a number with a needless zero", issue({ serial: hex("00 01") }), "x509: malformed serial number"],
    ["no number", issue({ serial: hex("") }), "x509: malformed serial number"],
    ["version 4", issue({ version: 3 }), "x509: invalid version"],
    [
      "a time without zone",
      issue({ notBefore: encodeDer(0x17, Buffer.from("260101000000")) }),
      "x509: malformed UTCTime",
    ],
    [
      "a day that does not exist",
      issue({ notBefore: encodeDer(0x17, Buffer.from("260230000000Z")) }),
      "x509: malformed UTCTime",
    ],
    [
      "+0000 for Z",
      issue({ notAfter: encodeDer(0x18, Buffer.from("20260101000000+0000")) }),
      "x509: malformed GeneralizedTime",
    ],
    [
      "fractions of a second",
      issue({ notAfter: encodeDer(0x18, Buffer.from("20260101000000.5Z")) }),
      "x509: malformed GeneralizedTime",
    ],
    [
      "a number for a time",
      issue({ notBefore: encodeDer(0x02, Buffer.from([1])) }),
      "x509: unsupported time format",
    ],
    ["a key on another curve", issue({ spki: secp256k1() }), "x509: unsupported elliptic curve"],
    [
      "an extension twice",
      extended(basicConstraints(false), basicConstraints(true)),
      'x509: certificate contains duplicate extension with OID "2.5.29.19"',
    ],
    ["TRUE written as 1", extended(raw("2.5.29.19", "30 03 01 01 01")), "x509: invalid basic constraints"],
    [
      "a negative path length",
      extended(raw("2.5.29.19", "30 06 01 01 ff 02 01 ff")),
      "x509: invalid basic constraints",
    ],
    ["key usage that is no BIT STRING", extended(raw("2.5.29.15", "04 01 80")), "x509: invalid key usage"],
    [
      "usages that are no OIDs",
      extended(raw("2.5.29.37", "30 02 05 00")),
      "x509: invalid extended key usages",
    ],
    [
      "a critical key identifier",
      extended({ ...subjectKeyId(hex("aa")), critical: true }),
      "x509: subject key identifier incorrectly marked critical",
    ],
    ["names that are no sequence", names("04 00"), "x509: invalid subject alternative names"],
    ["an e-mail address outside ASCII", names("30 04 81 02 c3 a9"), "x509: SAN rfc822Name is malformed"],
    [
      "an IP address of five bytes",
      names("30 07 87 05 01 02 03 04 05"),
      "x509: cannot parse IP address of length 5",
    ],
    [
      "a URI with a newline",
      extended(alternativeNames([["uri", "https://a\n.example"]])),
      'x509: cannot parse URI "https://a\\n.example": parse "https://a\\n.example": net/url: invalid control character in URL',
    ],
    [
      "a URI of an empty label",
      extended(alternativeNames([["uri", "https://a..example"]])),
      'x509: cannot parse URI "https://a..example": invalid domain',
    ],
    [
      "name constraints without any",
      extended(raw("2.5.29.30", "30 00")),
      "x509: empty name constraints extension",
    ],
    [
      "a mask with holes",
      extended(nameConstraints({ permitted: [["ip", hex("0a000000 ff00ff00")]] })),
      "x509: IP constraint contained invalid mask ff00ff00",
    ],
    [
      "a constraint that is no domain",
      extended(nameConstraints({ permitted: [["dns", "a..b"]] })),
      'x509: failed to parse dnsName constraint "a..b"',
    ],
    [
      "a policy twice",
      extended(raw("2.5.29.32", "30 0a 30 03 06 01 2a 30 03 06 01 2a")),
      "x509: invalid certificate policies",
    ],
    [
      "a name that is no text",
      Buffer.from(whole.toString("latin1").replace("\x0c\x07Example", "\x02\x07Example"), "latin1"),
      "x509: invalid RDNSequence: invalid attribute value: unsupported string type: 2",
    ],
    [
      "text that is not what its type says",
      Buffer.from(whole.toString("latin1").replaceAll("Example", "Ex\xffmple"), "latin1"),
      "x509: invalid RDNSequence: invalid attribute value: invalid UTF-8 string",
    ],
  ];
  for (const [why, der, message] of refused) {
    it(why, () => assert.throws(() => parseCertificate(der), { code: "SIGNATURE_INVALID", message }));
  }
});

describe("parseCertificate, given a certificate with any bytes changed,", () => {
  const der = extended(
    basicConstraints(true),
    alternativeNames([
      ["email", "a@example.com"],
      ["uri", "https://example.com/%20"],
    ]),
    nameConstraints({ permitted: [["email", "example.com"]], excluded: [["ip", hex("0a000000 ff000000")]] }),
  );
  const change = fc.record({
    at: fc.nat(der.length - 1),
    byte: fc.nat(255),
    cut: fc.nat(2),
    insert: fc.boolean(),
  });
  it("reads it or refuses it, and nothing else", () => {
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        let bytes = Buffer.from(der);
        for (const { at, byte, cut, insert } of changes) {
          bytes = Buffer.concat([
            bytes.subarray(0, at),
            Buffer.from(insert ? [byte] : []),
            bytes.subarray(at + cut),
          ]);
        }
        try {
          assert.ok(parseCertificate(bytes).raw.length === bytes.length);
        } catch (error) {
          assert.equal(error instanceof CountersignError && error.code, "SIGNATURE_INVALID");
        }
      }),
      { numRuns: 1000 },
    );
  });
});

function secp256k1(): Uint8Array {
  const algorithm = encodeDer(0x30, encodeOid("1.2.840.10045.2.1"), encodeOid("1.3.132.0.10"));
  return encodeDer(0x30, algorithm, encodeDer(0x03, Buffer.from([0]), Buffer.from(key.spki).subarray(-65)));
}
