import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  type AuthorityProfile,
  createAuthority,
  issueAuthority,
} from "@countersign/testkit/signing-kit/certificate-authority";
import {
  type AlternativeName,
  alternativeNames,
  basicConstraints,
  extendedKeyUsage,
  keyUsage,
  nameConstraints,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { parseCertificate } from "./certificate.ts";
import { verifyChain } from "./certificate-chain.ts";
import { certificatePool } from "./certificate-pool.ts";
import { certificateWork } from "./certificate-work.ts";

const now = Date.UTC(2026, 5, 1) / 1000;
const email = alternativeNames([["email", "dev@example.com"]]);
const authority = (changes: Partial<AuthorityProfile> = {}) =>
  createAuthority({ name: "ca", now, kind: "p256", ...changes });
const pool = (...certificates: readonly { readonly der: Uint8Array }[]) =>
  certificatePool(certificates.map(({ der }) => parseCertificate(der)));

/** Verifies a leaf of `ca`, as things are; every part can be replaced. */
function verify({
  ca = authority(),
  leaf = ca.issue({ extensions: [email] }),
  roots = pool(ca.root),
  intermediates = pool(ca.intermediate),
  at = now,
}: {
  ca?: ReturnType<typeof authority>;
  leaf?: { readonly der: Uint8Array };
  roots?: ReturnType<typeof pool>;
  intermediates?: ReturnType<typeof pool>;
  at?: number;
} = {}): void {
  verifyChain(parseCertificate(leaf.der), { roots, intermediates, seconds: at, work: certificateWork() });
}

const expired = "x509: certificate has expired or is not yet valid: current time";
const unknown = "x509: certificate signed by unknown authority";
const because = (fault: string, name: string) =>
  `${unknown} (possibly because of ${JSON.stringify(fault)} while trying to verify candidate authority certificate "${name}")`;
const cannotSign = "x509: invalid signature: parent certificate cannot sign this kind of certificate";

describe("verifyChain accepts", () => {
  const ca = authority();
  const accepted: ReadonlyArray<readonly [why: string, question: Parameters<typeof verify>[0]]> = [
    ["leaf, intermediate, root", {}],
    ["the first second", { ca, leaf: ca.issue({ extensions: [email], profile: { notBefore: now } }) }],
    ["the last second", { ca, leaf: ca.issue({ extensions: [email], profile: { notAfter: now } }) }],
    ["an intermediate as anchor", { ca, roots: pool(ca.intermediate), intermediates: pool() }],
    ["no usages at all", { ca, leaf: ca.issue({ extensions: [email], usages: [] }) }],
    ["any usage", { ca, leaf: ca.issue({ extensions: [email], usages: [oid.anyUsage] }) }],
    [
      "code signing among others",
      { ca, leaf: ca.issue({ extensions: [email], usages: ["1.2.3", oid.codeSigning] }) },
    ],
    [
      "a root that is no CA by its extensions, if it is v1",
      { ca: authority({ rootProfile: { version: 0, extensions: [] } }) },
    ],
    ["Ed25519", { ca: authority({ kind: "ed25519" }) }],
    ["P-384 with SHA-384", { ca: authority({ kind: "p384" }) }],
    ["P-224", { ca: authority({ kind: "p224" }) }],
    ["RSA", { ca: authority({ kind: "rsa2048" }) }],
  ];
  for (const [why, question] of accepted) {
    it(why, () => verify(question));
  }
  it("the leaf as anchor", () => {
    const leaf = ca.issue({ extensions: [email] });
    verify({ leaf, roots: pool(leaf), intermediates: pool() });
  });
});

describe("verifyChain refuses, in Go's words,", () => {
  const ca = authority();
  const stranger = createAuthority({ name: "ca", now: now + 1, kind: "p384" });
  const leafWith = (profile: object) => ({ ca, leaf: ca.issue({ extensions: [email], profile }) });
  const critical = { oid: "1.2.3.4", critical: true, value: Buffer.from([5, 0]) };
  const tooLow = issueAuthority("ca low", "p256", ca.intermediate, {
    subject: { commonName: "low" },
    issuer: ca.intermediate.profile.subject,
    notBefore: now - 1000,
    notAfter: now + 1000,
    extensions: [basicConstraints(true), keyUsage(0x06)],
  });
  const refused: ReadonlyArray<
    readonly [why: string, question: Parameters<typeof verify>[0], message: string]
  > = [
    [
      "a second too early",
      leafWith({ notBefore: now + 1 }),
      `${expired} 2026-06-01T00:00:00Z is before 2026-06-01T00:00:01Z`,
    ],
    [
      "a second too late",
      leafWith({ notAfter: now - 1 }),
      `${expired} 2026-06-01T00:00:00Z is after 2026-05-31T23:59:59Z`,
    ],
    [
      "half a second too late",
      { ...leafWith({ notAfter: now }), at: now + 0.5 },
      `${expired} 2026-06-01T00:00:00Z is after 2026-06-01T00:00:00Z`,
    ],
    [
      "an intermediate from before certificates could say that they are a CA's",
      { ca: authority({ intermediateProfile: { version: 0, extensions: [] } }) },
      "x509: certificate is not authorized to sign other certificates",
    ],
    ["no intermediate", { ca, intermediates: pool() }, unknown],
    ["no root", { ca, roots: pool() }, unknown],
    [
      "an expired root",
      { ca: authority({ rootProfile: { notAfter: now - 10 } }) },
      `${expired} 2026-06-01T00:00:00Z is after 2026-05-31T23:59:50Z`,
    ],
    [
      "an expired intermediate",
      { ca: authority({ intermediateProfile: { notAfter: now - 10 } }) },
      `${expired} 2026-06-01T00:00:00Z is after 2026-05-31T23:59:50Z`,
    ],
    [
      "an unknown critical extension",
      { ca, leaf: ca.issue({ extensions: [email, critical] }) },
      "x509: unhandled critical extension",
    ],
    [
      "an unknown critical extension of the intermediate",
      { ca: authority({ intermediateExtensions: [basicConstraints(true), critical] }) },
      "x509: unhandled critical extension",
    ],
    [
      "names of unknown types in a critical extension",
      { ca, leaf: ca.issue({ extensions: [alternativeNames([["other", Buffer.from([6, 1, 1])]], true)] }) },
      "x509: unhandled critical extension",
    ],
    [
      "a usage that is not code signing",
      { ca, leaf: ca.issue({ extensions: [email], usages: [oid.serverAuth] }) },
      "x509: certificate specifies an incompatible key usage",
    ],
    [
      "an intermediate for another usage",
      {
        ca: authority({ intermediateExtensions: [basicConstraints(true), extendedKeyUsage(oid.serverAuth)] }),
      },
      "x509: certificate specifies an incompatible key usage",
    ],
    [
      "an intermediate that is no CA",
      { ca: authority({ intermediateExtensions: [basicConstraints(false)] }) },
      because(cannotSign, "ca intermediate"),
    ],
    [
      "an intermediate that does not say it is a CA",
      { ca: authority({ intermediateExtensions: [keyUsage(0x06)] }) },
      because(cannotSign, "ca intermediate"),
    ],
    [
      "an intermediate that may not sign certificates",
      { ca: authority({ intermediateExtensions: [basicConstraints(true), keyUsage(0x80)] }) },
      because(cannotSign, "ca intermediate"),
    ],
    [
      "a leaf that issued a leaf",
      {
        ca,
        leaf: ca.issue({ extensions: [email], issuer: tooLow }),
        intermediates: pool(ca.intermediate, tooLow),
      },
      "x509: too many intermediates for path length constraint",
    ],
    [
      "a CA that demands policies",
      {
        ca: authority({
          intermediateExtensions: [
            basicConstraints(true),
            { oid: "2.5.29.36", critical: true, value: Buffer.from("3003800100", "hex") },
          ],
        }),
      },
      "x509: no valid chains built: 1 candidate chains with invalid policies",
    ],
  ];
  for (const [why, question, message] of refused) {
    it(why, () => assert.throws(() => verify(question), { code: "SIGNATURE_INVALID", message }));
  }
  it("a CA of the same name with another key", () => {
    const message = because("x509: ECDSA verification failure", "ca intermediate");
    assert.throws(() => verify({ ca, intermediates: pool(stranger.intermediate) }), { message });
  });
  it("SHA-1", () => {
    const leaf = ca.issue({ extensions: [email] });
    const weak = {
      ...parseCertificate(leaf.der),
      signatureAlgorithm: { name: "ECDSA-SHA1", keyType: "ECDSA", hash: "sha1", isPss: false } as const,
    };
    const message = because(
      "x509: cannot verify signature: insecure algorithm ECDSA-SHA1",
      "ca intermediate",
    );
    assert.throws(
      () =>
        verifyChain(weak, {
          roots: pool(ca.root),
          intermediates: pool(ca.intermediate),
          seconds: now,
          work: certificateWork(),
        }),
      { message },
    );
  });
});

describe("verifyChain gives up", () => {
  it("on a hundred CAs that all could have signed", () => {
    const ca = authority();
    const many = Array.from({ length: 120 }, (_, n) =>
      issueAuthority(`impostor ${n}`, "p256", undefined, {
        subject: ca.intermediate.profile.subject,
        issuer: ca.intermediate.profile.subject,
        notBefore: now - 10,
        notAfter: now + 10,
        extensions: [basicConstraints(true)],
      }),
    );
    assert.throws(() => verify({ ca, intermediates: pool(...many) }), {
      message: "x509: signature check attempts limit reached while verifying certificate chain",
    });
  });
  it("on CAs whose keys cost more than one image may, of which a P-521 counts for two", () => {
    const cost = (kind: "p256" | "p521") => {
      const ca = authority({ kind });
      const spent: number[] = [];
      verifyChain(parseCertificate(ca.issue({ extensions: [email] }).der), {
        ...{ roots: pool(ca.root), intermediates: pool(ca.intermediate), seconds: now },
        work: { spend: (units) => void spent.push(units) },
      });
      return spent;
    };
    assert.deepEqual(
      [cost("p256"), cost("p521")],
      [
        [1, 1],
        [2, 2],
      ],
    );
    const ca = authority();
    const question = { roots: pool(ca.root), intermediates: pool(ca.intermediate), seconds: now };
    const leaf = parseCertificate(ca.issue({ extensions: [email] }).der);
    assert.throws(() => verifyChain(leaf, { ...question, work: certificateWork(1) }), { code: "TOO_LARGE" });
  });
  it("on CAs that signed each other", () => {
    const [one, two] = ["one", "two"].map((commonName) => ({ commonName }));
    const profile = { notBefore: now - 10, notAfter: now + 10, extensions: [basicConstraints(true)] };
    const a = issueAuthority("a", "p256", undefined, { subject: one ?? {}, issuer: two ?? {}, ...profile });
    const b = issueAuthority("b", "p256", a, { subject: two ?? {}, issuer: one ?? {}, ...profile });
    const back = issueAuthority("a", "p256", b, { subject: one ?? {}, issuer: two ?? {}, ...profile });
    const leaf = authority().issue({ extensions: [email], issuer: back });
    assert.throws(() => verify({ leaf, intermediates: pool(back, b) }), { message: unknown });
  });
});

describe("name constraints of an intermediate", () => {
  const notAuthorized = "x509: a root or intermediate certificate is not authorized to sign for this name: ";
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  type Subtrees = Parameters<typeof nameConstraints>[0];
  const cases: ReadonlyArray<
    readonly [why: string, subtrees: Subtrees, name: AlternativeName, fault: string | undefined]
  > = [
    [
      "allow its domain's addresses",
      { permitted: [["email", "example.com"]] },
      ["email", "a@example.com"],
      undefined,
    ],
    [
      "allow addresses in any case of the domain",
      { permitted: [["email", "example.com"]] },
      ["email", "a@EXAMPLE.com"],
      undefined,
    ],
    [
      "refuse another domain's addresses",
      { permitted: [["email", "example.com"]] },
      ["email", "a@example.org"],
      'email address "a@example.org" is not permitted by any constraint',
    ],
    ["allow one address", { permitted: [["email", "a@example.com"]] }, ["email", "a@example.com"], undefined],
    [
      "refuse one address",
      { excluded: [["email", "a@example.com"]] },
      ["email", "a@example.com"],
      'email address "a@example.com" is excluded by constraint "a@example.com"',
    ],
    [
      "refuse the host itself below a leading dot",
      { permitted: [["email", ".example.com"]] },
      ["email", "a@example.com"],
      'email address "a@example.com" is not permitted by any constraint',
    ],
    [
      "refuse what is no address",
      { permitted: [["email", "example.com"]] },
      ["email", "example.com"],
      'cannot parse rfc822Name "example.com"',
    ],
    ["allow subdomains", { permitted: [["dns", "example.com"]] }, ["dns", "a.b.example.com"], undefined],
    [
      "do not take a suffix for a subdomain",
      { permitted: [["dns", "example.com"]] },
      ["dns", "badexample.com"],
      'DNS name "badexample.com" is not permitted by any constraint',
    ],
    [
      "refuse a wildcard over an excluded host",
      { excluded: [["dns", "a.example.com"]] },
      ["dns", "*.example.com"],
      'DNS name "*.example.com" is excluded by constraint "a.example.com"',
    ],
    ["allow everything with an empty one", { permitted: [["dns", ""]] }, ["dns", "a.example"], undefined],
    [
      "allow a host of a URI",
      { permitted: [["uri", "github.com"]] },
      ["uri", "https://github.com:443/x"],
      undefined,
    ],
    [
      "refuse a URI without host",
      { permitted: [["uri", "github.com"]] },
      ["uri", "urn:x"],
      'URI with empty host ("urn:x") cannot be matched against constraints',
    ],
    [
      "refuse a URI with an address for host",
      { permitted: [["uri", "github.com"]] },
      ["uri", "https://1.2.3.4/"],
      'URI with IP ("https://1.2.3.4/") cannot be matched against constraints',
    ],
    [
      "allow an address in range",
      { permitted: [["ip", hex("0a000000 ff000000")]] },
      ["ip", hex("0a010203")],
      undefined,
    ],
    [
      "refuse an address in an excluded range",
      { excluded: [["ip", hex("0a000000 ff000000")]] },
      ["ip", hex("0a010203")],
      'IP address "10.1.2.3" is excluded by constraint "10.0.0.0/8"',
    ],
    [
      "do not permit IPv6 by IPv4",
      { permitted: [["ip", hex("00000000 00000000")]] },
      ["ip", hex("20010db8 00000000 00000000 00000001")],
      'IP address "2001:db8::1" is not permitted by any constraint',
    ],
    [
      "say nothing about names of another type",
      { permitted: [["dns", "example.com"]] },
      ["email", "a@example.org"],
      undefined,
    ],
  ];
  for (const [why, subtrees, name, fault] of cases) {
    it(why, () => {
      const ca = authority({ intermediateExtensions: [basicConstraints(true), nameConstraints(subtrees)] });
      const leaf = ca.issue({ extensions: [alternativeNames([name])] });
      if (fault === undefined) verify({ ca, leaf });
      else assert.throws(() => verify({ ca, leaf }), { message: notAuthorized + fault });
    });
  }
  it("of a type nobody judges refuse the chain, if critical", () => {
    const constraints = nameConstraints({ permitted: [["other", Buffer.from([6, 1, 1])]] });
    const ca = authority({ intermediateExtensions: [basicConstraints(true), constraints] });
    assert.throws(() => verify({ ca }), { message: "x509: unhandled critical extension" });
  });
});
