import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeDer, encodeOid } from "@countersign/engine/signature/der-write";
import { extendedKeyUsage } from "@countersign/testkit/signing-kit/certificate-profile";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  createTimestampAuthority,
  type StampChanges,
  timeStampingUsage,
} from "@countersign/testkit/signing-kit/sigstore/timestamp-authority";
import { attribute } from "@countersign/testkit/signing-kit/sigstore/timestamp-response";
import fc from "fast-check";
import { parseCertificate } from "../certificate.ts";
import { certificatePool, emptyPool } from "../certificate-pool.ts";
import { certificateWork } from "../certificate-work.ts";
import type { CertificateAuthority } from "./trusted-root.ts";
import { verifyTimestamps } from "./verify-timestamps.ts";

const now = Date.UTC(2026, 0, 1) / 1000;
const signature = Buffer.from("signature");
const honest = createTimestampAuthority({ name: "tsa", now });

type Authority = ReturnType<typeof createTimestampAuthority>;

function trusted(
  { root, leaf }: Authority,
  changes: Partial<CertificateAuthority> = {},
): CertificateAuthority {
  return {
    uri: "https://tsa.example",
    roots: certificatePool([parseCertificate(root.der)]),
    intermediates: emptyPool,
    leaf: leaf.der,
    window: { from: now - 10, to: now + 10 },
    ...changes,
  };
}

const trust = [trusted(honest)];
const withoutLeaf = [trusted(honest, { leaf: undefined })];

function verify(
  timestamps: readonly Uint8Array[],
  authorities: readonly CertificateAuthority[] = trust,
  stamped: readonly Uint8Array[] = [signature],
) {
  return verifyTimestamps(timestamps, authorities, stamped, certificateWork());
}

const stamp = (changes: StampChanges = {}, time = now) => honest.stamp(signature, time, changes);

describe("a timestamp counts", () => {
  const der = (text: string) => encodeDer(0x18, Buffer.from(text));
  const rows: ReadonlyArray<
    readonly [
      why: string,
      timestamp: Uint8Array,
      authorities?: readonly CertificateAuthority[],
      seconds?: number,
    ]
  > = [
    ["of a trusted authority", stamp()],
    ["with its certificate in it", stamp({ withCertificate: true })],
    [
      "with its certificate, which the trusted root does not have",
      stamp({ withCertificate: true }),
      withoutLeaf,
    ],
    ["granted with changes", stamp({ status: 1 })],
    ["at the window's first second", stamp({}, now - 10), trust, now - 10],
    ["at the window's last second", stamp({}, now + 10), trust, now + 10],
    ["with a fraction of a second", stamp({ genTime: der("20260101000000.25Z") }), trust, now + 0.25],
    [
      "of the second of two authorities",
      stamp(),
      [trusted(createTimestampAuthority({ name: "another", now })), ...trust],
    ],
    [
      "with what nobody asks for: accuracy, ordering, nonce",
      stamp({ furtherInfo: [encodeDer(0x30), encodeDer(0x01, Buffer.of(0xff))], nonce: Buffer.of(1) }),
    ],
    ["with an extension that need not be understood", stamp({ furtherInfo: [extension(false)] })],
  ];
  for (const [why, timestamp, authorities, seconds = now] of rows) {
    it(why, () => {
      const { verified, faults } = verify([timestamp], authorities);
      assert.deepEqual(faults, []);
      assert.deepEqual(
        verified.map((one) => one.seconds),
        [seconds],
      );
    });
  }

  it("over whichever of two things it may be of", () =>
    assert.equal(verify([stamp()], trust, [Buffer.from("envelope"), signature]).verified.length, 1));

  for (const kind of ["p256", "p384", "p521", "rsa2048", "ed25519"] as const) {
    it(`signed with a key of ${kind}`, () => {
      const authority = createTimestampAuthority({ name: "other tsa", now, kind });
      const { faults } = verify([authority.stamp(signature, now)], [trusted(authority)]);
      assert.deepEqual(faults, []);
    });
  }
});

function extension(critical: boolean): Uint8Array {
  const flag = critical ? [encodeDer(0x01, Buffer.of(0xff))] : [];
  return encodeDer(0xa1, encodeDer(0x30, encodeOid("1.2.3.4"), ...flag, encodeDer(0x04)));
}

describe("a timestamp counts for nothing", () => {
  const stranger = createTimestampAuthority({ name: "stranger", now });
  const der = (text: string) => encodeDer(0x18, Buffer.from(text));
  const rows: ReadonlyArray<
    readonly [why: string, timestamp: Uint8Array, says: RegExp, authorities?: readonly CertificateAuthority[]]
  > = [
    ["of nobody who is trusted", stranger.stamp(signature, now), /its certificate is another one/],
    [
      "of nobody who is trusted, with its certificate",
      stranger.stamp(signature, now, { withCertificate: true }),
      /its certificate is another one/,
    ],
    [
      "with a stranger's certificate, where any below the root would do",
      stranger.stamp(signature, now, { withCertificate: true }),
      /its certificate: x509: certificate signed by unknown authority/,
      withoutLeaf,
    ],
    ["where nobody is trusted", stamp(), /it is of no trusted authority$/, []],
    [
      "without its certificate, which the trusted root does not have",
      stamp(),
      /comes without its certificate/,
      withoutLeaf,
    ],
    ["of another signature", honest.stamp(Buffer.from("another"), now), /it is of another signature/],
    [
      "a second before its authority is trusted",
      stamp({}, now - 11),
      /not trusted at its time, 2025-12-31T23:59:49Z/,
    ],
    ["a second after its authority was trusted", stamp({}, now + 11), /not trusted at its time/],
    ["a fraction of a second after", stamp({ genTime: der("20260101000010.5Z") }), /not trusted at its time/],
    [
      "signed with another key",
      stamp({ key: createSigningKey("other", "p384") }),
      /its signature does not verify: x509: ECDSA/,
    ],
    [
      "signed with a key of another kind",
      stamp({ key: createSigningKey("other", "rsa2048") }),
      /signature algorithm specifies an RSA/,
    ],
    ["signed with SHA-1", stamp({ signerHash: "sha1" }), /its digest is of no known kind/],
    ["over SHA-1", stamp({ imprintHash: "sha1" }), /its imprint is by no known hash/],
    [
      "whose digest is another",
      stamp({ messageDigest: Buffer.alloc(32) }),
      /what it says is not what was signed/,
    ],
    [
      "whose attributes are of something else",
      stamp({ attributeContentType: "1.2.3" }),
      /its signed attributes are of no timestamp/,
    ],
    [
      "that is something else",
      stamp({ contentType: "1.2.840.113549.1.7.1" }),
      /what is signed is no timestamp/,
    ],
    [
      "that names another certificate",
      stamp({ namedCertificate: honest.root.der }),
      /it names another certificate/,
    ],
    ["of another serial number", stamp({ serial: Buffer.of(7) }), /its certificate is another one/],
    [
      "of another issuer's serial number",
      stamp({ issuer: encodeDer(0x30) }),
      /its certificate is another one/,
    ],
    [
      "whose token is something else",
      stamp({ tokenType: "1.2.840.113549.1.7.1" }),
      /the token is no signed data/,
    ],
    ["with two signers", stamp({ signers: 2 }), /one signer is expected/],
    ["with no signer", stamp({ signers: 0 }), /malformed signer/],
    [
      "with a second digest of what it says",
      stamp({ furtherAttributes: [attribute("1.2.840.113549.1.9.4", encodeDer(0x04, Buffer.alloc(32)))] }),
      /malformed signed attributes/,
    ],
    [
      "with another certificate in it",
      stamp({ certificates: [stranger.leaf.der] }),
      /its certificate is another one/,
    ],
    ["with what is no certificate in it", stamp({ certificates: [encodeDer(0x30)] }), /x509: malformed/],
    [
      "with a crowd of certificates in it",
      stamp({ certificates: Array(9).fill(honest.leaf.der) }),
      /more than 8 certificates/,
    ],
    ["that was refused", stamp({ status: 2 }), /did not grant it/],
    ["that says no more than that it was granted", stamp({ withToken: false }), /malformed token/],
    ["of another version", stamp({ version: 2 }), /version 1 is expected/],
    [
      "with an extension that must be understood",
      stamp({ furtherInfo: [extension(true)] }),
      /unknown critical extension/,
    ],
    ["of a month that there is not", stamp({ genTime: der("20261301000000Z") }), /its time/],
    ["of a day that there is not", stamp({ genTime: der("20260230000000Z") }), /its time/],
    ["in another zone", stamp({ genTime: der("20260101010000+0100") }), /its time/],
    ["with a fraction that ends in 0", stamp({ genTime: der("20260101000000.50Z") }), /its time/],
    ["with bytes after it", Buffer.concat([stamp(), Buffer.of(0)]), /bytes after the response/],
    ["that is cut off", stamp().subarray(0, -1), /malformed response/],
    ["that is empty", Buffer.alloc(0), /malformed response/],
  ];
  for (const [why, timestamp, message, authorities] of rows) {
    it(why, () => {
      const { verified, faults } = verify([timestamp], authorities);
      assert.deepEqual(verified, []);
      assert.match(faults.join(), message);
      assert.match(faults.join(), /^timestamp 1: /);
    });
  }

  const ofAuthority = (why: string, authority: Authority, message: RegExp) =>
    it(why, () => {
      const { faults } = verify([authority.stamp(signature, now)], [trusted(authority)]);
      assert.match(faults.join(), message);
    });
  const usages = [
    ["for servers", { ...extendedKeyUsage("1.3.6.1.5.5.7.3.1"), critical: true }],
    ["for servers too", { ...extendedKeyUsage("1.3.6.1.5.5.7.3.8", "1.3.6.1.5.5.7.3.1"), critical: true }],
    ["for anything", { ...extendedKeyUsage("2.5.29.37.0"), critical: true }],
    ["for timestamps, and does not insist", { ...timeStampingUsage, critical: false }],
  ] as const;
  for (const [what, usage] of usages) {
    const authority = createTimestampAuthority({ name: "odd tsa", now, extensions: [usage] });
    ofAuthority(`when its certificate is ${what}`, authority, /not for timestamps alone/);
  }
  ofAuthority(
    "when its certificate is for nothing in particular",
    createTimestampAuthority({ name: "odd tsa", now, extensions: [] }),
    /not for timestamps alone/,
  );
  ofAuthority(
    "when its certificate had expired",
    createTimestampAuthority({ name: "odd tsa", now, leafProfile: { notAfter: now - 1 } }),
    /has expired/,
  );
  ofAuthority(
    "when its authority's certificate had expired",
    createTimestampAuthority({ name: "odd tsa", now, rootProfile: { notAfter: now - 1 } }),
    /has expired/,
  );
});

describe("of several timestamps", () => {
  it("those count that are good", () => {
    const { verified, faults } = verify([Buffer.alloc(0), stamp(), stamp({}, now + 99)]);
    assert.deepEqual(
      verified.map(({ seconds }) => seconds),
      [now],
    );
    assert.equal(faults.length, 2);
    assert.match(faults[1] ?? "", /^timestamp 3: /);
  });

  it("none may be there twice", () => {
    const twice = Array(2).fill(stamp());
    assert.throws(() => verify(twice), {
      code: "SIGNATURE_INVALID",
      message: "timestamp 2: it is there twice",
    });
  });
});

it("whatever is changed in a timestamp, nothing but its time, or nothing at all, is believed", () => {
  const whole = stamp({ withCertificate: true });
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const { verified } = verify([whole.map((byte, n) => (n === at ? byte ^ change : byte))]);
      return verified.every(({ seconds }) => seconds === now);
    }),
  );
});
