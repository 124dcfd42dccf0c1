import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { type BundleJson, bundleBytes } from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  type AttachedEvidence,
  cosignSignatureLayer,
} from "@countersign/testkit/signing-kit/sigstore/cosign-attachment";
import { type LogEntryJson, withoutProof } from "@countersign/testkit/signing-kit/sigstore/log-entry-json";
import { signEnvelope, signMessage } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import {
  type Ceremony,
  createPocketSigstore,
} from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { keyParty } from "../testing/signing-site.ts";
import { noWitnesses, type TimestampAuthority, type TransparencyLog, type Witnesses } from "../witness.ts";
import { findAsGood } from "./already-there.ts";

const sigstore = createPocketSigstore();
const stranger = createPocketSigstore(sigstore.now, "stranger");
const release = createSigningKey("release");
const signer = keySigner(release);
const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const made = signEnvelope(release, payload);

const neverAsked = () => Promise.reject(new Error("what is there is shown to nobody"));
const log: TransparencyLog = {
  ...{ givesPromises: true, hashFor: () => "sha256" },
  ...{ takeMessage: neverAsked, takeEnvelope: neverAsked },
};
const stamps: TimestampAuthority = { stamp: neverAsked };
const trust = parseTrustedRoot(sigstore.trustedRoot);

/** Who is to see the signature, and whether what others saw before can be verified. */
const unseen: Witnesses = noWitnesses;
const unseenTrusting: Witnesses = { ...noWitnesses, trust };
const logged: Witnesses = { ...noWitnesses, log, trust };
const loggedUntrusting: Witnesses = { ...noWitnesses, log };
const stamped: Witnesses = { ...noWitnesses, timestampAuthority: stamps, trust };
const stampedUntrusting: Witnesses = { ...noWitnesses, timestampAuthority: stamps };

const seenBy = (by: typeof sigstore, ceremony: Ceremony): BundleJson => by.bundle(made, signer, ceremony);
const none = seenBy(sigstore, { entry: "none" });
const once = seenBy(sigstore, { entry: "dsse" });

/** The same signature, beside log entries as whoever may write to the registry likes them. */
function beside(...tlogEntries: readonly LogEntryJson[]): BundleJson {
  return { ...none, verificationMaterial: { ...none.verificationMaterial, tlogEntries } };
}

const entryIn = ({ verificationMaterial: { tlogEntries } }: BundleJson): LogEntryJson => {
  const [entry] = tlogEntries;
  assert.ok(entry !== undefined);
  return entry;
};
const ofAnother = entryIn(
  sigstore.bundle(signEnvelope(release, Buffer.from("{}")), signer, { entry: "dsse" }),
);
const promised = withoutProof(entryIn(once));
const forged: LogEntryJson = {
  ...promised,
  inclusionPromise: { signedEntryTimestamp: Buffer.from("no promise").toString("base64") },
};

const stampedBy = (by: typeof sigstore): BundleJson => seenBy(by, { entry: "none", timestamped: true });

describe("a bundle is as good as the one that is about to be made", () => {
  const rows: readonly (readonly [
    what: string,
    bundle: BundleJson,
    witnesses: Witnesses,
    isAsGood: boolean,
  ])[] = [
    ["that nobody saw, where nobody is to", none, unseen, true],
    ["that nobody saw, where nobody is to but a log is known", none, unseenTrusting, true],
    ["that a known log took, where nobody is to see it", once, unseenTrusting, true],
    ["that a known log took, where one is to", once, logged, true],
    ["that a known authority stamped, where one is to", stampedBy(sigstore), stamped, true],

    ["that nobody saw, where a log is to", none, logged, false],
    ["that a log is said to have taken, of which nothing is known", once, loggedUntrusting, false],
    ["that a stranger's log took", seenBy(stranger, { entry: "dsse" }), logged, false],
    ["beside a forged log entry", beside(forged), logged, false],
    ["beside another signature's log entry", beside(ofAnother), logged, false],
    ["beside its log entry twice", beside(entryIn(once), entryIn(once)), logged, false],
    // a verifier who knows that log refuses a signature for one false entry, also where none is demanded
    ["beside a forged log entry, where nobody is to see it", beside(forged), unseen, false],
    [
      "beside a forged log entry, where nobody is to but the log is known",
      beside(forged),
      unseenTrusting,
      false,
    ],
    [
      "beside a stranger's log entry and its own",
      beside(entryIn(once), entryIn(seenBy(stranger, {}))),
      logged,
      false,
    ],
    ["that nobody saw, where an authority is to", none, stamped, false],
    ["that a stranger stamped", stampedBy(stranger), stamped, false],
    ["that is stamped, where no authority is known", stampedBy(sigstore), stampedUntrusting, false],
  ];
  for (const [what, bundle, witnesses, isAsGood] of rows) {
    it(`${isAsGood ? "if it is one" : "but not one"} ${what}`, () => {
      const stored = { type: "bundle", location: "here", bytes: bundleBytes(bundle) } as const;
      assert.equal(find(stored, "bundle", witnesses), isAsGood);
    });
  }

  it("but not one by another key", () => {
    const other = createSigningKey("other");
    const bundle = sigstore.bundle(signEnvelope(other, payload), keySigner(other), { entry: "none" });
    assert.equal(
      find({ type: "bundle", location: "here", bytes: bundleBytes(bundle) }, "bundle", unseen),
      false,
    );
  });

  it("but not one of another payload", () => {
    const bundle = sigstore.bundle(signEnvelope(release, Buffer.from("{}")), signer, { entry: "none" });
    assert.equal(
      find({ type: "bundle", location: "here", bytes: bundleBytes(bundle) }, "bundle", unseen),
      false,
    );
  });

  it("but not with the payload put in the place of what was signed", () => {
    const { dsseEnvelope } = sigstore.bundle(signEnvelope(release, Buffer.from("{}")), signer, {
      entry: "none",
    });
    assert.ok(dsseEnvelope !== undefined);
    const bundle = { ...none, dsseEnvelope: { ...dsseEnvelope, payload: payload.toString("base64") } };
    assert.equal(
      find({ type: "bundle", location: "here", bytes: bundleBytes(bundle) }, "bundle", unseen),
      false,
    );
  });
});

describe("a layer of the old format is as good as the one that is about to be made", () => {
  const message = signMessage(release, payload);
  const { verificationMaterial } = sigstore.bundle(message, signer, { entry: "hashedrekord" });
  const [logEntry] = verificationMaterial.tlogEntries;
  assert.ok(logEntry !== undefined);
  const bogus = { ...logEntry, inclusionPromise: { signedEntryTimestamp: "bm8=" } };
  const rows: readonly (readonly [
    what: string,
    evidence: AttachedEvidence,
    witnesses: Witnesses,
    isAsGood: boolean,
  ])[] = [
    ["that nobody saw, where nobody is to", {}, unseen, true],
    ["that a known log promised to take, where one is to", { logEntry }, logged, true],
    ["that nobody saw, where a log is to", {}, logged, false],
    ["with a forged promise", { logEntry: bogus }, logged, false],
    ["with a forged promise, where nobody is to see it", { logEntry: bogus }, unseen, false],
    ["with a promise of a log of which nothing is known", { logEntry }, loggedUntrusting, false],
    [
      "with an annotation that cannot be read",
      { annotations: { "dev.sigstore.cosign/bundle": "{" } },
      unseen,
      false,
    ],
  ];
  for (const [what, evidence, witnesses, isAsGood] of rows) {
    it(`${isAsGood ? "if it is one" : "but not one"} ${what}`, () =>
      assert.equal(find(cosignSignatureLayer(message, signer, evidence), "legacy", witnesses), isAsGood));
  }
});

function find(stored: UnverifiedSignature, format: "bundle" | "legacy", witnesses: Witnesses): boolean {
  return findAsGood([stored], { format, payload, party: keyParty("release"), witnesses }) !== undefined;
}
