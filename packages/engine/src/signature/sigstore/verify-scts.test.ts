import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  type CertificateLogProfile,
  createCertificateLog,
  promiseList,
} from "@countersign/testkit/signing-kit/certificate-log";
import {
  alternativeNames,
  type ExtensionProfile,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { type Certificate, parseCertificate } from "../certificate.ts";
import { certificateWork } from "../certificate-work.ts";
import { encodeDer } from "../der-write.ts";
import { parsePkix } from "../public-key-pem.ts";
import type { TransparencyLog } from "./trusted-root.ts";
import { countScts } from "./verify-scts.ts";

const now = Date.UTC(2026, 0, 1) / 1000;
const ca = createAuthority({ name: "ca", now, kind: "p256" });
const issuer = parseCertificate(ca.intermediate.der);
const names = [alternativeNames([["email", "dev@example.com"]])];

type Log = ReturnType<typeof createCertificateLog>;

function logOf(changes: Partial<CertificateLogProfile> = {}): Log {
  return createCertificateLog({ name: "ct log", time: now, ...changes });
}

function trusted(
  { id, key }: Log,
  window = { from: now, to: now } as TransparencyLog["window"],
): TransparencyLog {
  return { id, key: parsePkix(key.spki), window, origin: "ct.example" };
}

function certified(...logs: readonly Log[]): Certificate {
  return parseCertificate(ca.issue({ extensions: names, logs }).der);
}

function withExtension(extension: ExtensionProfile): Certificate {
  return parseCertificate(ca.issue({ extensions: [...names, extension] }).der);
}

function count(certificate: Certificate, logs: readonly TransparencyLog[], issuers = [issuer]): number {
  return countScts(certificate, issuers, logs, certificateWork());
}

const log = logOf();
const another = logOf({ name: "another" });

describe("promises to show a certificate", () => {
  const rows: ReadonlyArray<
    readonly [what: string, certificate: Certificate, logs: readonly TransparencyLog[], found: number]
  > = [
    ["of a trusted log count", certified(log), [trusted(log)], 1],
    ["of two trusted logs count twice", certified(log, another), [trusted(log), trusted(another)], 2],
    ["of logs that are not trusted are passed over", certified(another, log), [trusted(log)], 1],
    ["of nobody who is trusted are none", certified(another), [trusted(log)], 0],
    ["may be missing", parseCertificate(ca.issue({ extensions: names }).der), [trusted(log)], 0],
    ["of another version are passed over", certified(logOf({ version: 1 })), [trusted(log)], 0],
    [
      "with extensions count",
      certified(logOf({ extensions: Buffer.from("0000050000000001", "hex") })),
      [trusted(log)],
      1,
    ],
    [
      "signed with RSA count",
      certified(logOf({ kind: "rsa2048" })),
      [trusted(logOf({ kind: "rsa2048" }))],
      1,
    ],
  ];
  for (const [what, certificate, logs, found] of rows) {
    it(what, () => assert.equal(count(certificate, logs), found));
  }

  it("are found wherever their extension stands", () => {
    const own = withExtension({ oid: "1.2.3", value: encodeDer(0x05) });
    assert.equal(count(own, [trusted(log)]), 0);
    const profile = { extensions: names, logs: [log] };
    assert.equal(count(parseCertificate(ca.issue(profile).der), [trusted(log)]), 1);
  });

  it("hold for whichever of two issuers it was", () => {
    const stranger = parseCertificate(createAuthority({ name: "stranger", now }).root.der);
    assert.equal(count(certified(log), [trusted(log)], [stranger, issuer]), 1);
  });
});

describe("a promise that a trusted log is made out to have given refuses the certificate", () => {
  const impostor = logOf({ name: "impostor", id: log.id });
  const other = createAuthority({ name: "other", now, kind: "p256" });
  const rows: ReadonlyArray<
    readonly [
      why: string,
      certificate: Certificate,
      says: RegExp,
      logs?: readonly TransparencyLog[] | undefined,
      issuers?: Certificate[] | undefined,
    ]
  > = [
    ["by another key", certified(impostor), /^SCT 1: its signature does not verify/],
    [
      "by what it calls SHA-1",
      certified(logOf({ algorithms: [2, 3] })),
      /^SCT 1: its signature does not verify/,
    ],
    [
      "by what it calls RSA",
      certified(logOf({ algorithms: [4, 1] })),
      /^SCT 1: its signature does not verify/,
    ],
    [
      "by RSA that it calls ECDSA",
      certified(logOf({ kind: "rsa2048", algorithms: [4, 3] })),
      /^SCT 1: its signature does not verify/,
      [trusted(logOf({ kind: "rsa2048" }))],
    ],
    [
      "by another key, beside a true one",
      certified(another, impostor),
      /^SCT 2: its signature does not verify/,
      [trusted(another), trusted(log)],
    ],
    [
      "for another issuer",
      certified(log),
      /does not verify/,
      undefined,
      [parseCertificate(other.intermediate.der)],
    ],
    [
      "for another certificate",
      withExtension(
        promiseList([log.promise({ tbs: Buffer.from("other"), issuerSpki: ca.intermediate.key.spki })]),
      ),
      /does not verify/,
    ],
    [
      "before its key was valid",
      certified(log),
      /not valid at its time, 2026-01-01T00:00:00Z/,
      [trusted(log, { from: now + 1, to: undefined })],
    ],
    [
      "after its key was valid",
      certified(log),
      /not valid at its time/,
      [trusted(log, { from: undefined, to: now - 1 })],
    ],
  ];
  for (const [why, certificate, message, logs = [trusted(log)], issuers] of rows) {
    it(why, () =>
      assert.throws(() => count(certificate, logs, issuers), { code: "SIGNATURE_INVALID", message }),
    );
  }
});

// found by the fuzzer: sigstore-js says "duplicate SCT", whatever else the two of them say
describe("two promises by one log refuse the certificate", () => {
  const rows: ReadonlyArray<
    readonly [what: string, certificate: Certificate, at: number, logs?: readonly TransparencyLog[]]
  > = [
    ["the same one twice", certified(log, log), 2],
    ["with other extensions", certified(log, logOf({ extensions: Buffer.of(1) })), 2],
    ["of another time", certified(log, logOf({ time: now - 1 })), 2],
    ["one of them by an impostor", certified(log, logOf({ name: "impostor", id: log.id })), 2],
    ["beside another log's", certified(log, another, log), 3, [trusted(log), trusted(another)]],
    ["of which nobody trusts the log", certified(log, another, another), 3],
  ];
  for (const [what, certificate, at, logs = [trusted(log)]] of rows) {
    it(what, () =>
      assert.throws(() => count(certificate, logs), {
        code: "SIGNATURE_INVALID",
        message: `SCT ${at}: its log has promised already`,
      }),
    );
  }
});

describe("a list of promises is refused", () => {
  const promise = log.promise({ tbs: Buffer.alloc(0), issuerSpki: Buffer.alloc(0) });
  const list = "1.3.6.1.4.1.11129.2.4.2";
  const inOctets = (bytes: Uint8Array) => ({ oid: list, value: encodeDer(0x04, bytes) });
  const rows: ReadonlyArray<readonly [why: string, extension: ExtensionProfile, says: RegExp]> = [
    ["that is none", { oid: list, value: encodeDer(0x05) }, /malformed list of SCTs/],
    [
      "with bytes after it",
      { oid: list, value: Buffer.concat([encodeDer(0x04, Buffer.of(0, 0)), Buffer.of(0)]) },
      /malformed list/,
    ],
    ["that is cut off", inOctets(Buffer.of(0, 9, 1)), /cut off/],
    ["of which there is more than it says", inOctets(Buffer.of(0, 0, 1)), /bytes after its end/],
    ["with one that is cut off", promiseList([promise.subarray(0, -1)]), /cut off/],
    ["with one that goes on", promiseList([Buffer.concat([promise, Buffer.of(0)])]), /bytes after its end/],
    ["with an empty one", promiseList([Buffer.alloc(0)]), /cut off/],
    ["with a crowd", promiseList(Array(17).fill(promise)), /more than 16/],
  ];
  for (const [why, extension, message] of rows) {
    it(why, () =>
      assert.throws(() => count(withExtension(extension), []), { code: "SIGNATURE_INVALID", message }),
    );
  }
});
