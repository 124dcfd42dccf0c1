import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { issueAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import { alternativeNames, basicConstraints } from "@countersign/testkit/signing-kit/certificate-profile";
import {
  attachment,
  cosignPayload,
  signLogged,
  signWithCertificate,
  signWithKey,
  signWithPki,
  withAnnotations,
} from "@countersign/testkit/signing-kit/cosign-signature";
import { createFulcio, defaultEmail, defaultOidcIssuer } from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { createLog } from "@countersign/testkit/signing-kit/transparency-log";
import type { PkiTrust, SigstoreTrust, TrustSource } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { cosignAnnotation } from "../signature/cosign-annotation.ts";
import { digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { noEvidence, type TrustFile } from "./evidence.ts";
import { judgeSigstoreSigned } from "./judge-sigstore.ts";
import type { SigstoreAttachment, UnverifiedSignature } from "./ports.ts";

const subject = policySubject(parseDockerImage("registry.example/app:1"));

const kit = createSigningKit();
const manifest = digestOf(Buffer.from("manifest"));
const image = { digest: manifest, reference: "registry.example/app" };
const payload = cosignPayload(image);
const key = kit.key("release");
const eve = kit.key("eve");

const inline = (...texts: readonly string[]): TrustSource => ({
  type: "inline",
  data: texts.map((text) => Buffer.from(text)),
});
const files = (...paths: readonly string[]): TrustSource => ({ type: "files", paths });
const keyed: SigstoreTrust = { type: "keys", keys: inline(key.publicKeyPem), rekor: undefined };
const logged: SigstoreTrust = {
  type: "keys",
  keys: inline(key.publicKeyPem),
  rekor: inline(kit.log.publicKeyPem),
};
const fulcio: SigstoreTrust = {
  type: "fulcio",
  fulcio: { ca: inline(kit.fulcio.caPem), oidcIssuer: defaultOidcIssuer, subjectEmail: defaultEmail },
  rekor: inline(kit.log.publicKeyPem),
};
const pki = (changes: Partial<PkiTrust> = {}): SigstoreTrust => ({
  type: "pki",
  pki: {
    roots: inline(kit.pki.root.pem),
    intermediates: undefined,
    subjectEmail: defaultEmail,
    subjectHostname: undefined,
    ...changes,
  },
});

/** Judges signatures of registry.example/app:1 by one requirement. */
function judge(
  trust: SigstoreTrust,
  signatures: readonly UnverifiedSignature[],
  {
    now = kit.now,
    trustFiles = new Map(),
  }: { now?: number; trustFiles?: ReadonlyMap<string, TrustFile> } = {},
) {
  const requirement = { type: "sigstoreSigned", trust, identity: { type: "matchRepository" } } as const;
  const evidence = { ...noEvidence, manifestDigest: manifest, signatures, trustFiles, now };
  return judgeSigstoreSigned(requirement, subject, evidence);
}

const keyless = kit.signKeyless({}, image);
const good = signWithKey(key, payload);

describe("a signature is accepted", () => {
  const host = kit.pki.issue({
    extensions: [
      alternativeNames([
        ["dns", "build.example.com"],
        ["email", defaultEmail],
      ]),
    ],
  });
  const accepted: ReadonlyArray<readonly [why: string, trust: SigstoreTrust, signature: SigstoreAttachment]> =
    [
      ["by a key", keyed, good],
      ["by one of several keys", { ...keyed, keys: inline(eve.publicKeyPem, key.publicKeyPem) }, good],
      ["by a key the log has seen", logged, kit.signLogged(key, image)],
      ["by a Fulcio certificate", fulcio, keyless],
      [
        "by a Fulcio certificate whose issuer is an anchor",
        { ...fulcio, fulcio: { ...fulcio.fulcio, ca: inline(kit.fulcio.authority.intermediate.pem) } },
        withAnnotations(keyless, { [cosignAnnotation.chain]: undefined }),
      ],
      ["by a PKI certificate", pki(), kit.signPki(defaultEmail, image)],
      [
        "by a PKI certificate whose intermediate is in the policy",
        pki({ intermediates: inline(kit.pki.intermediate.pem) }),
        withAnnotations(kit.signPki(defaultEmail, image), { [cosignAnnotation.chain]: undefined }),
      ],
      [
        "by a PKI certificate of a host",
        pki({ subjectEmail: undefined, subjectHostname: "build.example.com" }),
        signWithPki(host, payload),
      ],
      [
        "by a PKI certificate of an address and a host",
        pki({ subjectHostname: "BUILD.example.com" }),
        signWithPki(host, payload),
      ],
      [
        "by an RSA key",
        { ...keyed, keys: inline(kit.key("rsa", "rsa2048").publicKeyPem) },
        signWithKey(kit.key("rsa", "rsa2048"), payload),
      ],
      [
        "by an Ed25519 key",
        { ...keyed, keys: inline(kit.key("ed", "ed25519").publicKeyPem) },
        signWithKey(kit.key("ed", "ed25519"), payload),
      ],
      ["in IEEE P1363", keyed, signWithKey(key, payload, { encoding: "ieee-p1363" })],
    ];
  for (const [why, trust, signature] of accepted) {
    it(why, () => assert.equal(judge(trust, [signature]).outcome, "satisfied"));
  }
});

describe("a signature is rejected: keys,", () => {
  const refuses = "invalid signature when validating ASN.1 encoded signature";
  const failed = `cryptographic signature verification failed: ${refuses}`;
  const another = { ...image, digest: digestOf(Buffer.from("another manifest")) };
  const sha512 = { ...image, digest: digestOf(Buffer.from("manifest"), "sha512") };
  const renamed = { ...image, reference: "registry.example/other" };
  const rejected: ReadonlyArray<
    readonly [why: string, signature: SigstoreAttachment, reason: string, trust?: SigstoreTrust]
  > = [
    ["of another key", signWithKey(eve, payload), failed],
    [
      "of neither of two keys",
      signWithKey(eve, payload),
      `${failed}, ${refuses}`,
      { ...keyed, keys: inline(key.publicKeyPem, kit.key("spare").publicKeyPem) },
    ],
    ["without its annotation", attachment(payload, {}), `missing ${cosignAnnotation.signature} annotation`],
    [
      "with an empty annotation",
      withAnnotations(good, { [cosignAnnotation.signature]: "" }),
      "cryptographic signature verification failed: ecdsa: Invalid IEEE_P1363 encoded bytes",
    ],
    [
      "with bad base64",
      withAnnotations(good, { [cosignAnnotation.signature]: "&" }),
      "base64 decoding: illegal base64 data at input byte 0",
    ],
    ["over other bytes", { ...good, payload: Buffer.concat([payload, Buffer.from(" ")]) }, failed],
    [
      "over what is no JSON",
      signWithKey(key, Buffer.from("&")),
      "invalid character '&' looking for beginning of value",
    ],
    [
      "of another image",
      signWithKey(key, cosignPayload(another)),
      `Signature for digest ${another.digest} does not match`,
    ],
    [
      "of the same image by its sha512",
      signWithKey(key, cosignPayload(sha512)),
      `Signature for digest ${sha512.digest} does not match`,
    ],
    [
      "under another name",
      signWithKey(key, cosignPayload(renamed)),
      'Signature for identity "registry.example/other" is not accepted',
    ],
    [
      "under no name",
      signWithKey(key, cosignPayload({ ...image, reference: "" })),
      'Signature for identity "" is not accepted',
    ],
    [
      "of another image under another name: the digest is looked at first",
      signWithKey(key, cosignPayload({ ...another, reference: "x" })),
      `Signature for digest ${another.digest} does not match`,
    ],
  ];
  for (const [why, signature, reason, trust = keyed] of rejected) {
    it(why, () => assert.equal(judge(trust, [signature]).reason, reason));
  }
});

describe("a signature is rejected: a log,", () => {
  const set = (signature: SigstoreAttachment) => signature.annotations.get(cosignAnnotation.bundle);
  const other = kit.signLogged(key, { ...image, reference: "registry.example/other" });
  const byEve = kit.signLogged(eve, image);
  const rejected: ReadonlyArray<readonly [why: string, signature: SigstoreAttachment, reason: RegExp]> = [
    ["that was not asked", good, /^missing dev\.sigstore\.cosign\/bundle annotation$/],
    [
      "of a stranger",
      signLogged(key, payload, createLog("stranger"), kit.now),
      /^No public key verified against the RekorSET: cryptographic signature verification of Rekor SET failed$/,
    ],
    [
      "that has seen another signature of the same key",
      withAnnotations(good, { [cosignAnnotation.bundle]: set(other) }),
      /^No public key verified against the RekorSET: signature in Rekor SET does not match: "/,
    ],
    [
      "that has seen someone else sign the same",
      withAnnotations(good, { [cosignAnnotation.bundle]: set(byEve) }),
      /^No public key verified against the RekorSET: publicKey in Rekor SET does not match$/,
    ],
    [
      "that has seen our key named by someone else for a signature of theirs",
      withAnnotations(byEve, {
        [cosignAnnotation.bundle]: kit.log.promise({
          signer: key.publicKeyPem,
          signature: Buffer.from(byEve.annotations.get(cosignAnnotation.signature) ?? "", "base64"),
          payload,
          integratedTime: kit.now,
        }),
      }),
      /^cryptographic signature verification failed: invalid signature when validating ASN\.1 encoded signature$/,
    ],
    [
      "whose promise is text",
      withAnnotations(good, { [cosignAnnotation.bundle]: "not a SET" }),
      /invalid character 'o' in literal null \(expecting 'u'\)$/,
    ],
  ];
  for (const [why, signature, reason] of rejected) {
    it(why, () => assert.match(judge(logged, [signature]).reason, reason));
  }
});

describe("a signature is rejected: a Fulcio certificate,", () => {
  const strangers = createFulcio({ name: "strangers", now: kit.now });
  const impostor = createFulcio({ name: "kit fulcio", now: kit.now, kind: "p256" });
  const certified = (leaf: ReturnType<typeof kit.fulcio.issue>, at = kit.now) =>
    signWithCertificate(leaf, payload, kit.log, at);
  const swapped = kit.fulcio.issue({ name: "swapped" });
  const failed = "veryfing leaf certificate failed: x509: certificate";
  const rejected: ReadonlyArray<readonly [why: string, signature: SigstoreAttachment, reason: RegExp]> = [
    [
      "without a promise",
      withAnnotations(keyless, { [cosignAnnotation.bundle]: undefined }),
      /^missing dev\.sigstore\.cosign\/bundle annotation$/,
    ],
    [
      "that is missing",
      withAnnotations(keyless, { [cosignAnnotation.certificate]: undefined }),
      /^missing dev\.sigstore\.cosign\/certificate annotation$/,
    ],
    [
      "without its chain",
      withAnnotations(keyless, { [cosignAnnotation.chain]: undefined }),
      new RegExp(`^${failed} signed by unknown authority$`),
    ],
    ["of another CA", certified(strangers.issue({})), new RegExp(`^${failed} signed by unknown authority$`)],
    [
      "of a CA that took our CA's name",
      certified(impostor.issue({})),
      new RegExp(`^${failed} signed by unknown authority \\(possibly because of `),
    ],
    [
      "that had expired when it was logged",
      certified(kit.fulcio.issue({}), kit.now + 400),
      /has expired or is not yet valid: current time 2026-01-01T00:06:40Z is after 2026-01-01T00:05:00Z$/,
    ],
    [
      "logged before it was issued",
      certified(kit.fulcio.issue({}), kit.now - 400),
      /is not yet valid: current time 2025-12-31T23:53:20Z is before 2025-12-31T23:55:00Z$/,
    ],
    [
      "of another person",
      certified(kit.fulcio.issue({ email: "eve@example.com" })),
      /^Required email "dev@example\.com" not found \(got \["eve@example\.com"\]\)$/,
    ],
    [
      "of another issuer",
      certified(kit.fulcio.issue({ oidcIssuer: "https://evil.example" })),
      /^Unexpected Fulcio OIDC issuer "https:\/\/evil\.example"$/,
    ],
    [
      "put in another's place",
      withAnnotations(keyless, { [cosignAnnotation.certificate]: swapped.pem }),
      /^publicKey in Rekor SET does not match$/,
    ],
    [
      "logged by a stranger",
      signWithCertificate(kit.fulcio.issue({}), payload, createLog("stranger"), kit.now),
      /^cryptographic signature verification of Rekor SET failed$/,
    ],
    [
      "with a line after it, which the log's comparison does not forgive",
      withAnnotations(keyless, {
        [cosignAnnotation.certificate]: `${keyless.annotations.get(cosignAnnotation.certificate)}\n`,
      }),
      /^public key or cert to be matched against publicKey in Rekor SET has trailing data$/,
    ],
    [
      "that did not sign",
      (() => {
        const leaf = kit.fulcio.issue({});
        return signWithCertificate({ ...leaf, key: eve }, payload, kit.log, kit.now);
      })(),
      /^cryptographic signature verification failed: /,
    ],
  ];
  for (const [why, signature, reason] of rejected) {
    it(why, () => assert.match(judge(fulcio, [signature]).reason, reason));
  }
});

describe("a signature is rejected: a PKI certificate,", () => {
  const signed = kit.signPki(defaultEmail, image);
  const rejected: ReadonlyArray<
    readonly [why: string, trust: SigstoreTrust, signature: SigstoreAttachment, reason: RegExp, now?: number]
  > = [
    ["that is missing", pki(), good, /^missing dev\.sigstore\.cosign\/certificate annotation$/],
    [
      "that has expired now",
      pki(),
      signed,
      /has expired or is not yet valid: current time 2026-01-01T00:05:01Z is after 2026-01-01T00:05:00Z$/,
      kit.now + 301,
    ],
    ["of another CA", pki({ roots: inline(kit.fulcio.caPem) }), signed, /signed by unknown authority$/],
    [
      "of another person",
      pki({ subjectEmail: "boss@example.com" }),
      signed,
      /^Required email "boss@example\.com" not found \(got \["dev@example\.com"\]\)$/,
    ],
    [
      "of the person and not the host",
      pki({ subjectHostname: "build.example.com" }),
      signed,
      /^Unexpected subject hostname: x509: certificate is not valid for any names, but wanted to match build\.example\.com$/,
    ],
    [
      "whose intermediate the policy has, but no root",
      pki({ roots: inline(kit.fulcio.caPem), intermediates: inline(kit.pki.intermediate.pem) }),
      signed,
      /signed by unknown authority$/,
    ],
  ];
  for (const [why, trust, signature, reason, now = kit.now] of rejected) {
    it(why, () => assert.match(judge(trust, [signature], { now }).reason, reason));
  }
});

describe("among several", () => {
  const pgp: UnverifiedSignature = {
    type: "simpleSigning",
    bytes: Buffer.from([0xa0]),
    location: "sigstore/1",
  };
  const sbom = attachment(Buffer.from("{}"), {}, "application/spdx+json");
  const bad = signWithKey(eve, payload);
  const none = "A signature was required, but no signature exists";
  it("one good signature suffices", () =>
    assert.equal(judge(keyed, [pgp, sbom, bad, good]).outcome, "satisfied"));
  it("what comes after it is not looked at", () => {
    assert.deepEqual(
      judge(keyed, [bad, good, bad]).signatures.map(({ outcome }) => outcome),
      ["rejected", "accepted"],
    );
  });
  it("all reasons are told", () => {
    const failed =
      "cryptographic signature verification failed: invalid signature when validating ASN.1 encoded signature";
    const missing = `missing ${cosignAnnotation.signature} annotation`;
    const reason = `None of the signatures were accepted, reasons: ${failed}; ${missing}`;
    assert.equal(judge(keyed, [bad, attachment(payload, {})]).reason, reason);
  });
  it("a single reason stands alone, whatever else is there", () => {
    assert.equal(
      judge(keyed, [pgp, attachment(payload, {}), sbom]).reason,
      `missing ${cosignAnnotation.signature} annotation`,
    );
  });
  it("none is none", () => assert.equal(judge(keyed, []).reason, none));
  it("what is no cosign signature is counted", () => {
    const reason = `${none} (2 non-sigstore signatures, 1 sigstore non-signature attachments)`;
    assert.equal(judge(keyed, [pgp, sbom, pgp]).reason, reason);
  });
  it("each says what it claims, believed or not", () => {
    const { signatures } = judge(keyed, [bad, sbom, good]);
    const claims = { digest: manifest, identity: "registry.example/app" };
    assert.deepEqual(
      signatures.map((result) => result.claims),
      [claims, undefined, claims],
    );
  });
});

describe("an unusable key or CA leaves it undecided", () => {
  const unreadable: TrustFile = {
    type: "failed",
    error: new CountersignError("TRUST_FILE_UNREADABLE", "open /k: permission denied"),
  };
  const readable: TrustFile = { type: "read", bytes: Buffer.from(key.publicKeyPem) };
  const trustFiles = new Map<string, TrustFile>([
    ["/k", unreadable],
    ["/ok", readable],
  ]);
  const undecided: ReadonlyArray<
    readonly [why: string, trust: SigstoreTrust, code: string, message: string]
  > = [
    [
      "a file that cannot be read",
      { ...keyed, keys: files("/k") },
      "TRUST_FILE_UNREADABLE",
      "open /k: permission denied",
    ],
    [
      "a second file that cannot be read",
      { ...keyed, keys: files("/ok", "/k") },
      "TRUST_FILE_UNREADABLE",
      "open /k: permission denied",
    ],
    [
      "a key that is none",
      { ...keyed, keys: inline(key.publicKeyPem, "") },
      "TRUST_MATERIAL_INVALID",
      "parsing public key 2: PEM decoding failed",
    ],
    [
      "a log key that is none",
      { ...logged, rekor: inline("x") },
      "TRUST_MATERIAL_INVALID",
      "parsing Rekor public key 1: PEM decoding failed",
    ],
    [
      "a log key of another kind",
      { ...logged, rekor: inline(kit.log.publicKeyPem, kit.key("ed", "ed25519").publicKeyPem) },
      "TRUST_MATERIAL_INVALID",
      "Rekor public key 2 is not using ECDSA",
    ],
    [
      "a CA that is none",
      { ...fulcio, fulcio: { ...fulcio.fulcio, ca: inline("x") } },
      "TRUST_MATERIAL_INVALID",
      "error loading Fulcio CA certificates",
    ],
    [
      "PKI roots that are none",
      pki({ roots: inline(key.publicKeyPem) }),
      "TRUST_MATERIAL_INVALID",
      "error loading PKI CA Roots certificates",
    ],
    [
      "PKI intermediates that are none",
      pki({ intermediates: inline("x") }),
      "TRUST_MATERIAL_INVALID",
      "loading trusted intermediate certificates: error during PEM decoding",
    ],
  ];
  for (const [why, trust, code, message] of undecided) {
    it(why, () => assert.throws(() => judge(trust, [good], { trustFiles }), { code, message }));
    it(`${why}, but an unsigned image is denied`, () =>
      assert.equal(judge(trust, [], { trustFiles }).outcome, "failed"));
  }
  it("a good signature beside a bad one, and no key for either", () => {
    const message =
      "None of the signatures were accepted, reasons: open /k: permission denied; open /k: permission denied";
    const trust = { ...keyed, keys: files("/k") };
    assert.throws(() => judge(trust, [good, good], { trustFiles }), {
      code: "TRUST_FILE_UNREADABLE",
      message,
    });
  });
  it("a key that verifies nothing, even beside one that would", () => {
    const x25519 =
      "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VuAyEAAQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=\n-----END PUBLIC KEY-----\n";
    const trust = { ...keyed, keys: inline(key.publicKeyPem, x25519) };
    assert.throws(() => judge(trust, [good]), {
      code: "TRUST_MATERIAL_INVALID",
      message: "unsupported public key type",
    });
  });
});

describe("strangers who push too much", () => {
  const fakes = Array.from({ length: 15 }, (_, n) =>
    issueAuthority(`fake ${n}`, "p256", undefined, {
      subject: kit.pki.intermediate.profile.subject,
      issuer: kit.pki.intermediate.profile.subject,
      notBefore: kit.now - 10,
      notAfter: kit.now + 10,
      extensions: [basicConstraints(true)],
    }),
  );
  const chain = [...fakes, kit.pki.root].map(({ pem }) => pem).join("");
  const costly = withAnnotations(kit.signPki(defaultEmail, image), { [cosignAnnotation.chain]: chain });
  it("are judged while it is few", () => {
    assert.match(judge(pki(), [costly]).reason, /signed by unknown authority/);
  });
  it("are not judged to the end, and an image is not allowed for it", () => {
    assert.throws(() => judge(pki(), new Array<SigstoreAttachment>(60).fill(costly)), { code: "TOO_LARGE" });
  });
  it("do not get all their reasons told", () => {
    const { reason } = judge(keyed, new Array<SigstoreAttachment>(40).fill(attachment(payload, {})));
    assert.match(reason, /annotation; and 8 more$/);
  });
});
