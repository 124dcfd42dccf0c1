import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { IssuedLeaf } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  type ExtensionProfile,
  issuerV1,
  issuerV2,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import {
  defaultEmail,
  defaultOidcIssuer,
  type FulcioIdentityProfile,
} from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { emptyPool } from "./certificate-pool.ts";
import { certificateWork } from "./certificate-work.ts";
import { parseAnchors } from "./certificates-pem.ts";
import { verifyFulcioCertificate } from "./fulcio-identity.ts";

const kit = createSigningKit();
const identity = {
  anchors: parseAnchors(Buffer.from(kit.fulcio.caPem)) ?? emptyPool,
  oidcIssuer: defaultOidcIssuer,
  subjectEmail: defaultEmail,
};

function verify(leaf: Pick<IssuedLeaf, "pem" | "chainPem">, seconds = kit.now) {
  return verifyFulcioCertificate(
    identity,
    { certificate: leaf.pem, chain: leaf.chainPem },
    seconds,
    certificateWork(),
  );
}

describe("verifyFulcioCertificate accepts", () => {
  const accepted: ReadonlyArray<readonly [why: string, profile: FulcioIdentityProfile]> = [
    ["what Fulcio issues", {}],
    ["the issuer's first form alone", { issuerExtensions: [issuerV1(defaultOidcIssuer)] }],
    ["the issuer's second form alone", { issuerExtensions: [issuerV2(defaultOidcIssuer)] }],
    ["the second form as PrintableString", { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x13)] }],
    ["the second form as IA5String", { issuerExtensions: [issuerV2(defaultOidcIssuer, 0x16)] }],
    [
      "one of several addresses",
      {
        names: [
          ["email", "a@example.com"],
          ["email", defaultEmail],
        ],
      },
    ],
    [
      "other kinds of names beside it",
      {
        names: [
          ["uri", "https://x.example"],
          ["other", Buffer.from([6, 1, 1])],
          ["email", defaultEmail],
        ],
      },
    ],
  ];
  for (const [why, profile] of accepted) {
    it(why, () => {
      const leaf = kit.fulcio.issue(profile);
      const key = verify(leaf);
      assert.ok(Buffer.from(leaf.key.spki).equals(key?.spki ?? Buffer.alloc(0)));
    });
  }
});

describe("verifyFulcioCertificate refuses", () => {
  const raw = (value: Uint8Array): readonly ExtensionProfile[] => [{ oid: oid.fulcioIssuerV2, value }];
  const tooFewLetters = "asn1: syntax error: data truncated";
  const refused: ReadonlyArray<readonly [why: string, profile: FulcioIdentityProfile, message: string]> = [
    ["no issuer", { issuerExtensions: [] }, "Fulcio certificate is missing the issuer extension"],
    [
      "a critical extension that is not known",
      {
        issuerExtensions: [
          issuerV1(defaultOidcIssuer),
          { oid: "1.2.3.4", critical: true, value: Buffer.of(0x05, 0) },
        ],
      },
      "veryfing leaf certificate failed: x509: unhandled critical extension",
    ],
    [
      "another issuer",
      { oidcIssuer: "https://other.example" },
      'Unexpected Fulcio OIDC issuer "https://other.example"',
    ],
    [
      "an issuer with a slash more",
      { oidcIssuer: `${defaultOidcIssuer}/` },
      `Unexpected Fulcio OIDC issuer "${defaultOidcIssuer}/"`,
    ],
    [
      "an issuer that only begins like it, before a NUL",
      { oidcIssuer: `${defaultOidcIssuer}\0.evil.example` },
      `Unexpected Fulcio OIDC issuer "${defaultOidcIssuer}\\x00.evil.example"`,
    ],
    [
      "an issuer that is not UTF-8",
      { issuerExtensions: [issuerV1(Buffer.from([0x68, 0xff, 0x69]))] },
      'Unexpected Fulcio OIDC issuer "h\\xffi"',
    ],
    [
      "two forms that disagree",
      { issuerExtensions: [issuerV1(defaultOidcIssuer), issuerV2("https://evil.example")] },
      `inconsistent OIDC issuer extension values: v1 "${defaultOidcIssuer}", v2 "https://evil.example"`,
    ],
    [
      "a second form that is no string",
      { issuerExtensions: raw(Buffer.from([2, 1, 1])) },
      "invalid ASN.1 in OIDC issuer v2 extension: asn1: structure error: tags don't match (19 vs {class:0 tag:2 length:1 isCompound:false}) {optional:false explicit:false application:false private:false defaultValue:<nil> tag:<nil> stringType:0 timeType:0 set:false omitEmpty:false} string @2",
    ],
    [
      "a second form that is cut off",
      { issuerExtensions: raw(Buffer.from([0x0c, 5, 0x41])) },
      `invalid ASN.1 in OIDC issuer v2 extension: ${tooFewLetters}`,
    ],
    [
      "a second form with something after it",
      { issuerExtensions: raw(Buffer.from([0x0c, 1, 0x41, 0x0c, 1, 0x42])) },
      "invalid ASN.1 in OIDC issuer v2 extension, trailing data",
    ],
    [
      "a second form that is not UTF-8",
      { issuerExtensions: raw(Buffer.from([0x0c, 1, 0xff])) },
      "invalid ASN.1 in OIDC issuer v2 extension: asn1: invalid UTF-8 string",
    ],
    [
      "another address",
      { email: "eve@example.com" },
      `Required email "${defaultEmail}" not found (got ["eve@example.com"])`,
    ],
    [
      "the address in another case",
      { email: "Dev@example.com" },
      `Required email "${defaultEmail}" not found (got ["Dev@example.com"])`,
    ],
    [
      "the address before a NUL",
      { email: `${defaultEmail}\0.evil.example` },
      `Required email "${defaultEmail}" not found (got ["${defaultEmail}\\x00.evil.example"])`,
    ],
    [
      "the address as a DNS name",
      { names: [["dns", defaultEmail]] },
      `Required email "${defaultEmail}" not found (got [])`,
    ],
    [
      "the address as a URI",
      { names: [["uri", `mailto:${defaultEmail}`]] },
      `Required email "${defaultEmail}" not found (got [])`,
    ],
    [
      "the address as another kind of name",
      { names: [["other", defaultEmail]] },
      `Required email "${defaultEmail}" not found (got [])`,
    ],
    [
      "the address only in the subject",
      { names: [], profile: { subject: { commonName: defaultEmail } } },
      `Required email "${defaultEmail}" not found (got [])`,
    ],
  ];
  for (const [why, profile, message] of refused) {
    it(why, () =>
      assert.throws(() => verify(kit.fulcio.issue(profile)), { code: "SIGNATURE_INVALID", message }),
    );
  }
});

describe("verifyFulcioCertificate refuses annotations", () => {
  const leaf = kit.fulcio.issue({});
  const refused: ReadonlyArray<
    readonly [why: string, annotations: { pem?: string; chainPem?: string }, message: string]
  > = [
    ["with no certificate", { pem: "" }, "no certificate found in signature certificate data"],
    [
      "with white space for a certificate",
      { pem: " \n\u00a0" },
      "no certificate found in signature certificate data",
    ],
    [
      "with text for a certificate",
      { pem: "not a certificate" },
      "parsing leaf certificate: error during PEM decoding",
    ],
    [
      "with text after the certificate",
      { pem: `${leaf.pem}x` },
      "parsing leaf certificate: error during PEM decoding",
    ],
    [
      "with two certificates",
      { pem: leaf.pem + leaf.pem },
      "unexpected multiple certificates present in signature certificate data",
    ],
    [
      "with text for a chain",
      { chainPem: "not a certificate" },
      "loading certificate chain: error during PEM decoding",
    ],
    [
      "with a chain of the intermediate alone, which counts as its root",
      { chainPem: kit.fulcio.authority.intermediate.pem },
      "veryfing leaf certificate failed: x509: certificate signed by unknown authority",
    ],
    [
      "with a huge chain",
      { chainPem: leaf.pem.repeat(17) },
      "loading certificate chain: too many certificates specified in PEM block",
    ],
  ];
  for (const [why, annotations, message] of refused) {
    it(why, () =>
      assert.throws(() => verify({ ...leaf, ...annotations }), { code: "SIGNATURE_INVALID", message }),
    );
  }
  it("with a certificate that had expired when the log saw it", () => {
    assert.throws(() => verify(leaf, kit.now + 301), {
      message:
        "veryfing leaf certificate failed: x509: certificate has expired or is not yet valid: current time 2026-01-01T00:05:01Z is after 2026-01-01T00:05:00Z",
    });
  });
});
