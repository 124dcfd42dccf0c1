import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, it } from "node:test";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  basicConstraints,
  extendedKeyUsage,
  oid,
} from "@countersign/testkit/signing-kit/certificate-profile";
import {
  type CertificatePart,
  certificate,
  flags,
  keyRevocation,
  subkey,
  userId,
} from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey, fingerprintText } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { createGpgSigner } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { armor, octets, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { encodePem } from "@countersign/testkit/signing-kit/issue-certificate";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import fc from "fast-check";
import { readPolicy } from "../../policy/parse-policy.ts";
import { CountersignError } from "../../values/error.ts";
import { readJsonDocument } from "../../values/json-document.ts";
import type { TrustFile } from "../evidence.ts";
import { namedTrustFiles, trustHints } from "./trust-hints.ts";

const kit = createSigningKit();
const day = 24 * 3600;
const tenYears = 3650 * day;
const key = kit.key("signer").publicKeyPem;
const rekor = kit.log.publicKeyPem;
const ca = kit.fulcio.caPem;
const keyPem = (type: "pkcs8" | "spki", curve: string) => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: curve });
  return (type === "pkcs8" ? privateKey : publicKey).export({ type, format: "pem" } as never).toString();
};
const authority = (profile: Partial<Parameters<typeof createAuthority>[0]> = {}) =>
  createAuthority({ name: "shop", now: kit.now, kind: "p256", ...profile });
const usage = (...usages: readonly string[]) =>
  authority({ rootExtensions: [basicConstraints(true), extendedKeyUsage(...usages)] }).root.pem;
const critical = { oid: "1.2.3.4", critical: true, value: Buffer.from([5, 0]) };

const keys = { type: "sigstoreSigned", keyPath: "/f" };
const logged = {
  type: "sigstoreSigned",
  keyData: Buffer.from(key).toString("base64"),
  rekorPublicKeyPath: "/f",
};
const gpg = { type: "signedBy", keyType: "GPGKeys", keyPath: "/f" };
const fulcio = {
  type: "sigstoreSigned",
  fulcio: { caPath: "/f", oidcIssuer: "https://i.example", subjectEmail: "a@b.example" },
  rekorPublicKeyData: Buffer.from(rekor).toString("base64"),
};
const pki = { type: "sigstoreSigned", pki: { caRootsPath: "/f", subjectEmail: "a@b.example" } };
const below = {
  type: "sigstoreSigned",
  pki: {
    caRootsData: Buffer.from(ca).toString("base64"),
    caIntermediatesPath: "/f",
    subjectEmail: "a@b.example",
  },
};

function hintsOf(requirements: readonly object[], files: ReadonlyMap<string, TrustFile>, now = kit.now) {
  const text = Buffer.from(JSON.stringify({ default: requirements }));
  const { policy } = readPolicy(text);
  assert.ok(policy !== undefined);
  return trustHints(policy, readJsonDocument(text), files, now);
}

function hintsFor(requirement: object, content: string | Uint8Array, now?: number) {
  const bytes = Buffer.from(content);
  return hintsOf([requirement], new Map([["/f", { type: "read", bytes }]]), now);
}

type Row = readonly [
  what: string,
  requirement: object,
  content: string | Uint8Array,
  ...hints: readonly (readonly [code: string, text: RegExp])[],
];

function itHints([what, requirement, content, ...expected]: Row, now?: number) {
  it(what, () => {
    const hints = hintsFor(requirement, content, now);
    assert.deepEqual(
      hints.map(({ code }) => code),
      expected.map(([code]) => code),
    );
    for (const [index, [, text]] of expected.entries()) {
      assert.match(`${hints[index]?.message}\n${hints[index]?.remedy}`, text);
    }
  });
}

describe("of key files, lint hints at", () => {
  const rows: readonly Row[] = [
    [
      "one that is empty",
      keys,
      "",
      ["TRUST_MATERIAL_INVALID", /^\/f: PEM decoding failed\n.*BEGIN PUBLIC KEY/],
    ],
    ["one that is something else", keys, "nonsense", ["TRUST_MATERIAL_INVALID", /PEM decoding failed/]],
    ["a private key", keys, keyPem("pkcs8", "P-256"), ["KEY_IS_PRIVATE", /\(PRIVATE KEY\).*\ntake it away/]],
    [
      "a private key of cosign's",
      keys,
      encodePem("ENCRYPTED SIGSTORE PRIVATE KEY", Buffer.from("{}")),
      ["KEY_IS_PRIVATE", /ENCRYPTED SIGSTORE/],
    ],
    [
      "a curve of bitcoin's",
      keys,
      keyPem("spki", "secp256k1"),
      ["TRUST_MATERIAL_INVALID", /unsupported elliptic curve\n.*P-256/],
    ],
    ["a certificate for a key", keys, ca, ["TRUST_MATERIAL_INVALID", /CERTIFICATE.*\n.*openssl x509/]],
    [
      "an OpenPGP key for another",
      keys,
      "-----BEGIN PGP PUBLIC KEY BLOCK-----\n",
      ["TRUST_MATERIAL_INVALID", /"signedBy"/],
    ],
    ["an SSH key", keys, "ssh-ed25519 AAAA", ["TRUST_MATERIAL_INVALID", /ssh-keygen/]],
    ["a key in DER", keys, kit.key("signer").spki, ["TRUST_MATERIAL_INVALID", /openssl pkey/]],
    [
      "a key in base64 once more",
      keys,
      Buffer.from(key).toString("base64"),
      ["TRUST_MATERIAL_INVALID", /encode it once/],
    ],
    [
      "a key for other things than signatures",
      keys,
      generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "pem" }).toString(),
      ["TRUST_MATERIAL_INVALID", /unsupported public key type/],
    ],
    ["a short RSA key", keys, kit.key("old", "rsa1024").publicKeyPem, ["KEY_WEAK", /1024 bits/]],
    ["a second key", keys, key + rekor, ["KEYS_IGNORED", /first of 2 .*\n.*"keyPaths"/]],
    [
      "a log's key that is not ECDSA",
      logged,
      kit.key("log", "ed25519").publicKeyPem,
      ["TRUST_MATERIAL_INVALID", /Rekor public key is not using ECDSA/],
    ],
    ["a sigstore key for an OpenPGP one", gpg, key, ["TRUST_MATERIAL_INVALID", /"sigstoreSigned"/]],
    ["no OpenPGP key at all", gpg, "nonsense", ["TRUST_MATERIAL_INVALID", /gpg --export/]],
    [
      "a private OpenPGP key",
      gpg,
      "-----BEGIN PGP PRIVATE KEY BLOCK-----\n",
      ["KEY_IS_PRIVATE", /PGP PRIVATE KEY BLOCK/],
    ],
    ["nothing, of a good key", keys, key],
    ["nothing, of a good RSA key", keys, kit.key("new", "rsa2048").publicKeyPem],
    ["nothing, of a log's key", logged, rekor],
  ];
  for (const row of rows) itHints(row);
});

describe("of OpenPGP key files, lint hints at", () => {
  const alice = createGpgKey("alice", "ed25519", { created: kit.now - 100 * day });
  const work = createGpgKey("work", "ed25519", { created: kit.now - 50 * day });
  const named = userId("Alice", { keyFlags: flags.certify | flags.sign });
  const until = (days: number) =>
    userId("Alice", { keyFlags: flags.certify | flags.sign, keyExpires: (100 + days) * day });
  const of = (...parts: readonly CertificatePart[]) => certificate(alice, ...parts);
  const certifying = userId("Alice", { keyFlags: flags.certify });
  const armored = (file: Uint8Array) => armor("PUBLIC KEY BLOCK", file);
  const old = certificate(createGpgKey("old"), userId("Old", { keyFlags: 3, keyExpires: day }));
  const fingerprint = new RegExp(`key ${fingerprintText(alice)} has expired`);
  const small = createGpgSigner("small", "rsa1024").publicKey;
  const secret = packet(tag.secretKey, Buffer.concat([alice.body, octets(0, 0, 8, 1, 0, 1)]));
  const rows: readonly Row[] = [
    ["nothing, of a good one", gpg, of(named)],
    ["nothing, of one in armor", gpg, armored(of(until(31)))],
    ["nothing, of an old one beside it", gpg, Buffer.concat([old, of(named)])],
    ["nothing, of one whose subkey signs", gpg, of(certifying, subkey(work))],
    ["one that has expired", gpg, of(until(-1)), ["KEY_EXPIRED", fingerprint]],
    ["several that have", gpg, Buffer.concat([old, of(until(-1))]), ["KEY_EXPIRED", /every key in it has/]],
    ["one that is about to", gpg, of(until(29)), ["KEY_EXPIRES_SOON", /--quick-set-expire/]],
    ["one that is revoked", gpg, of(keyRevocation(), named), ["KEY_REVOKED", /is revoked/]],
    ["one that only certifies", gpg, of(certifying), ["KEY_CANNOT_SIGN", /may not sign/]],
    [
      "one whose subkey has not signed back",
      gpg,
      of(certifying, subkey(work, { keyFlags: flags.sign, backsig: false })),
      ["KEY_CANNOT_SIGN", /may not sign/],
    ],
    [
      "one from the future",
      gpg,
      certificate(createGpgKey("alice", "ed25519", { created: kit.now + day }), named),
      ["KEY_CANNOT_SIGN", /or not yet/],
    ],
    ["one without a name", gpg, of(), ["TRUST_MATERIAL_INVALID", /no OpenPGP key in it that has signed its/]],
    ["octets that begin as one", gpg, Buffer.from([0x99, 1, 2]), ["TRUST_MATERIAL_INVALID", /gpg --export/]],
    ["a secret one, in octets", gpg, secret, ["KEY_IS_PRIVATE", /OpenPGP/]],
    ["a small RSA key", gpg, small, ["KEY_WEAK", /1024 bits/]],
    [
      "one that is too small to be read",
      gpg,
      createGpgSigner("smaller", "rsa768").publicKey,
      ["TRUST_MATERIAL_INVALID", /an RSA key of 768 bits/],
    ],
  ];
  for (const row of rows) itHints(row);
});

describe("of CA files, lint hints at", () => {
  const leaf = kit.pki.issue({ extensions: [] }).pem;
  const rows: readonly Row[] = [
    [
      "one without a certificate",
      fulcio,
      "nonsense",
      ["TRUST_MATERIAL_INVALID", /no PEM.*\n.*BEGIN CERTIFICATE/],
    ],
    ["a key for a certificate", fulcio, key, ["TRUST_MATERIAL_INVALID", /labelled "PUBLIC KEY"/]],
    [
      "a block that is passed over",
      fulcio,
      ca + key,
      ["CERTIFICATES_IGNORED", /one block is passed over: .*"PUBLIC KEY"/],
    ],
    [
      "a certificate cut short",
      pki,
      ca + encodePem("CERTIFICATE", Buffer.from([0x30])),
      ["CERTIFICATES_IGNORED", /malformed certificate/],
    ],
    [
      "base64 that was damaged",
      pki,
      `${ca}-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n`,
      ["CERTIFICATES_IGNORED", /cannot be decoded/],
    ],
    [
      "a CA's private key",
      pki,
      ca + keyPem("pkcs8", "P-256"),
      ["KEY_IS_PRIVATE", /take it away/],
      ["CERTIFICATES_IGNORED", /"PRIVATE KEY"/],
    ],
    [
      "a signer's certificate for a CA's",
      pki,
      leaf,
      ["CERTIFICATE_EXPIRES_SOON", /expires on/],
      ["CERTIFICATE_NOT_CA", /but itself/],
    ],
    ["a CA for servers", pki, usage(oid.serverAuth), ["CERTIFICATE_NOT_FOR_CODE", /"shop root" is limited/]],
    [
      "a critical extension",
      pki,
      authority({ rootExtensions: [basicConstraints(true), critical] }).root.pem,
      ["TRUST_MATERIAL_INVALID", /1\.2\.3\.4/],
    ],
    [
      "a short RSA key of a CA",
      pki,
      authority({ kind: "rsa1024" }).root.pem,
      ["KEY_WEAK", /key of "shop root" has 1024 bits/],
    ],
    [
      "intermediates that are none",
      below,
      key,
      ["TRUST_MATERIAL_INVALID", /loading trusted intermediate certificates: /],
    ],
    [
      "intermediates of which there are none",
      below,
      "\n",
      ["TRUST_MATERIAL_INVALID", /no certificate in it/],
    ],
    [
      "an intermediate that is no CA's",
      below,
      leaf,
      ["CERTIFICATE_EXPIRES_SOON", /expires/],
      ["CERTIFICATE_NOT_CA", /itself/],
    ],
    ["nothing, of a good CA", fulcio, ca],
    [
      "nothing, of a CA for all and one for code",
      pki,
      usage(oid.anyUsage) + usage(oid.serverAuth, oid.codeSigning),
    ],
    ["nothing, of a good intermediate", below, kit.pki.intermediate.pem],
  ];
  for (const row of rows) itHints(row);
});

describe("of a CA's time, lint hints at", () => {
  const old = authority({ rootProfile: { notAfter: kit.now - day } }).root.pem;
  const current = authority().root.pem;
  itHints(
    [
      "the end of a Fulcio's",
      fulcio,
      ca,
      ["CERTIFICATE_EXPIRED", /expired on 2035-12-30: only what was signed before/],
    ],
    kit.now + tenYears + 1,
  );
  itHints(
    ["the end of one's own", pki, ca, ["CERTIFICATE_EXPIRED", /nothing that needs it is accepted any more/]],
    kit.now + tenYears + 1,
  );
  itHints(
    ["the last month", pki, ca, ["CERTIFICATE_EXPIRES_SOON", /expires on 2035-12-30/]],
    kit.now + tenYears,
  );
  itHints(
    ["the beginning", pki, ca, ["CERTIFICATE_NOT_YET_VALID", /is valid from 2016-01-04 on/]],
    kit.now - tenYears - 1,
  );
  itHints(
    [
      "an intermediate's end",
      below,
      kit.pki.intermediate.pem,
      ["CERTIFICATE_EXPIRED", /"kit fulcio root"/],
      ["CERTIFICATE_EXPIRED", /"kit pki intermediate"/],
    ],
    kit.now + tenYears + 1,
  );
  itHints([
    "an expired one beside a current one of one's own",
    pki,
    old + current,
    ["CERTIFICATE_EXPIRED", /2025-12-31/],
  ]);
  itHints(["nothing, where a Fulcio's old certificate stands beside the current one", fulcio, old + current]);
  itHints(["nothing, at the very last second but the month", pki, ca], kit.now + tenYears - 30 * day);
});

describe("a file that several requirements name", () => {
  it("is told of once for each use, where it is named first", () => {
    const failed = new CountersignError("TRUST_FILE_UNREADABLE", "open /f: no such file or directory");
    const hints = hintsOf([keys, keys, logged], new Map([["/f", { type: "failed", error: failed }]]));
    assert.deepEqual(
      hints.map(({ code, path, message }) => [code, path, message]),
      [
        ["TRUST_FILE_UNREADABLE", "default[0].keyPath", "open /f: no such file or directory"],
        ["TRUST_FILE_UNREADABLE", "default[2].rekorPublicKeyPath", "open /f: no such file or directory"],
      ],
    );
  });

  it("is named once among those to read; relative ones are not", () => {
    const text = Buffer.from(
      JSON.stringify({ default: [keys, { ...keys, keyPath: "f" }, fulcio, { ...gpg, keyPath: "/g" }] }),
    );
    const { policy } = readPolicy(text);
    assert.ok(policy !== undefined);
    assert.deepEqual(
      [...namedTrustFiles(policy, readJsonDocument(text))],
      [
        ["/f", "default[0].keyPath"],
        ["/g", "default[3].keyPath"],
      ],
    );
  });

  it("is not told of when it was not looked for", () => assert.deepEqual(hintsOf([keys], new Map()), []));
});

it("what stands in the policy itself is looked at too", () => {
  const keyDatas = ["", "bm9uc2Vuc2U=", Buffer.from(key).toString("base64")];
  const hints = hintsOf([{ type: "sigstoreSigned", keyDatas }], new Map());
  assert.deepEqual(
    hints.map(({ code, path, message }) => [code, path, message]),
    [["TRUST_MATERIAL_INVALID", "default[0].keyDatas[1]", "PEM decoding failed"]],
  );
});

it("no bytes stop lint", () => {
  const whole = Buffer.from(ca + key + keyPem("pkcs8", "P-256"));
  const bytes = fc.oneof(
    fc.uint8Array(),
    fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 5 }).map((changes) => {
      const changed = Uint8Array.from(whole);
      for (const [at, byte] of changes) changed[at] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(keys, logged, gpg, fulcio, pki, below), bytes, (requirement, bytes) => {
      assert.ok(Array.isArray(hintsFor(requirement, bytes)));
    }),
    { numRuns: 500 },
  );
});
