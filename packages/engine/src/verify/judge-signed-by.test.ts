import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import { certificate, subkey, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { signedMessage } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { createGpgSigner, simpleSigningBlob } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { simpleSigningDocument } from "@countersign/testkit/signing-kit/gpg/simple-signing-document";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { IdentityMatch, SignedByRequirement, TrustSource } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { noEvidence, type TrustFile } from "./evidence.ts";
import { judgeSignedBy } from "./judge-signed-by.ts";
import type { UnverifiedSignature } from "./ports.ts";

const subject = policySubject(parseDockerImage("registry.example/app:1"));
const now = Date.UTC(2026, 0, 1) / 1000;
const manifest = digestOf(Buffer.from("manifest"));
const other = digestOf(Buffer.from("other"));
const image = { digest: manifest, reference: "registry.example/app:1" };
const alice = createGpgSigner("alice");
const bob = createGpgSigner("bob");
const inline = (...data: readonly Uint8Array[]): TrustSource => ({ type: "inline", data });
const files = (...paths: readonly string[]): TrustSource => ({ type: "files", paths });
const exact: IdentityMatch = { type: "matchRepoDigestOrExact" };

interface Judged {
  readonly keys?: TrustSource;
  readonly keyType?: SignedByRequirement["keyType"];
  readonly identity?: IdentityMatch;
  readonly trustFiles?: ReadonlyMap<string, TrustFile>;
}

/** Judges signatures of registry.example/app:1. */
function judge(signatures: readonly UnverifiedSignature[], judged: Judged = {}) {
  const {
    keys = inline(alice.publicKey),
    keyType = "GPGKeys",
    identity = exact,
    trustFiles = new Map(),
  } = judged;
  const evidence = { ...noEvidence, manifestDigest: manifest, signatures, trustFiles, now };
  return judgeSignedBy({ type: "signedBy", keyType, keys, identity }, subject, evidence);
}

const saying = (document: string | object) =>
  simpleSigningBlob(
    signedMessage(alice.key, Buffer.from(typeof document === "string" ? document : JSON.stringify(document))),
  );
const signedAs = (reference: string, signer = alice) => signer.sign({ digest: manifest, reference });
const kit = createSigningKit();
const cosigned = kit.sign(kit.key("a"), image);

describe("judgeSignedBy accepts", () => {
  const repository: IdentityMatch = { type: "matchRepository" };
  const accepted: ReadonlyArray<
    readonly [what: string, signatures: readonly UnverifiedSignature[], judged?: Judged]
  > = [
    ["a signature by its key", [alice.sign(image)]],
    ["one of several keys", [bob.sign(image)], { keys: inline(alice.publicKey, bob.publicKey) }],
    ["the second of two signatures", [bob.sign(image), alice.sign(image)]],
    ["a signature among cosign's", [cosigned, alice.sign(image)]],
    [
      "another tag, if the repository will do",
      [signedAs("registry.example/app:2")],
      { identity: repository },
    ],
    [
      "a name without a tag, if the repository will do",
      [signedAs("registry.example/app")],
      { identity: repository },
    ],
    ["unknown members in what is optional", [saying({ ...whole(), optional: { x: [1], timestamp: 1e9 } })]],
  ];
  for (const [what, signatures, judged] of accepted) {
    it(what, () => assert.equal(judge(signatures, judged).outcome, "satisfied"));
  }

  it("keys from files", () => {
    const trustFiles = new Map([["/a", { type: "read", bytes: alice.publicKey } as const]]);
    assert.equal(judge([alice.sign(image)], { keys: files("/a"), trustFiles }).outcome, "satisfied");
  });
  it("and says whose signature it was, and what it says", () => {
    const { signatures } = judge([cosigned, bob.sign(image), alice.sign(image)]);
    assert.deepEqual(
      signatures.map(({ outcome, signer }) => [outcome, signer]),
      [
        ["not relevant", undefined],
        ["rejected", undefined],
        ["accepted", alice.fingerprint],
      ],
    );
    const claims = { digest: manifest, identity: "registry.example/app:1" };
    assert.deepEqual(
      signatures.map((signature) => signature.claims),
      [undefined, claims, claims],
    );
  });
  it("a subkey's signature as its primary key's", () => {
    const work = createGpgKey("work");
    const keys = inline(certificate(alice.key, userId("Alice"), subkey(work)));
    const signature = simpleSigningBlob(signedMessage(work, simpleSigningDocument(image)));
    const { outcome, signatures } = judge([signature], { keys });
    assert.equal(outcome, "satisfied");
    assert.equal(signatures[0]?.signer, alice.fingerprint);
  });
});

function whole(): { critical: Record<string, unknown>; optional: unknown } {
  return JSON.parse(simpleSigningDocument(image).toString());
}

describe("judgeSignedBy denies", () => {
  const { critical } = whole();
  const critically = (changes: object) => saying({ ...whole(), critical: { ...critical, ...changes } });
  const none = "A signature was required, but no signature exists";
  const denied: ReadonlyArray<
    readonly [
      what: string,
      reason: string | RegExp,
      signatures: readonly UnverifiedSignature[],
      judged?: Judged,
    ]
  > = [
    ["what is not signed", none, []],
    ["what cosign alone has signed", none, [cosigned]],
    ["another key", /^Invalid GPG signature: gpgme\.Signature\{Summary:128, /, [bob.sign(image)]],
    [
      "keys that are none",
      "No public keys imported",
      [alice.sign(image)],
      { keys: inline(Buffer.from("junk")) },
    ],
    ["no keys at all", "No public keys imported", [alice.sign(image)], { keys: files() }],
    [
      "another manifest",
      `Signature for digest ${other} does not match`,
      [alice.sign({ ...image, digest: other })],
    ],
    [
      "another tag",
      'Signature for identity "registry.example/app:2" is not accepted',
      [signedAs("registry.example/app:2")],
    ],
    [
      "a name without a tag",
      'Signature for identity "registry.example/app" is not accepted',
      [signedAs("registry.example/app")],
    ],
    ["a name that is none", 'Signature for identity "\\x00" is not accepted', [signedAs("\0")]],
    ["what is no message", "No data", [simpleSigningBlob(Buffer.from("no message"))]],
    ["a document that is no JSON", "unexpected end of JSON input", [saying("")]],
    [
      "cosign's document",
      "Unrecognized signature type cosign container image signature",
      [critically({ type: "cosign container image signature" })],
    ],
    [
      "no object for what is optional",
      "JSON object expected, got <nil>",
      [saying({ ...whole(), optional: null })],
    ],
    [
      "a broken digest",
      'invalid docker-manifest-digest value "sha256:ab": invalid checksum digest length',
      [critically({ image: { "docker-manifest-digest": "sha256:ab" } })],
    ],
    [
      "more than one, and tells all reasons",
      `None of the signatures were accepted, reasons: No data; Signature for digest ${other} does not match`,
      [simpleSigningBlob(Buffer.from("x")), alice.sign({ ...image, digest: other })],
    ],
    [
      "the wrong signer before the wrong image",
      /^Invalid GPG signature/,
      [bob.sign({ ...image, digest: other })],
    ],
    [
      "the wrong digest before the wrong name",
      /^Signature for digest/,
      [alice.sign({ digest: other, reference: "x" })],
    ],
  ];
  for (const [what, reason, signatures, judged] of denied) {
    it(what, () => {
      const judgement = judge(signatures, judged);
      assert.equal(judgement.outcome, "failed");
      if (typeof reason === "string") assert.equal(judgement.reason, reason);
      else assert.match(judgement.reason, reason);
    });
  }

  for (const { why, text } of [...brokenMembers(whole()), ...brokenMembers(critical).map(within)]) {
    it(`a document with ${why}`, () => assert.equal(judge([saying(text)]).outcome, "failed"));
  }
});

function within({ why, text }: { readonly why: string; readonly text: string }) {
  return { why: `critical ${why}`, text: `{"critical":${text},"optional":{}}` };
}

describe("judgeSignedBy leaves undecided", () => {
  const undecided: ReadonlyArray<readonly [what: string, code: string, message: string, judged: Judged]> = [
    [
      "a key file that cannot be read",
      "TRUST_FILE_UNREADABLE",
      "open /a: no such file or directory",
      { keys: files("/a"), trustFiles: new Map([["/a", missing()]]) },
    ],
    [
      "kinds of keys that containers/image does not judge either",
      "REQUIREMENT_UNSUPPORTED",
      'Unimplemented "keyType" value "X509Certificates"',
      { keyType: "X509Certificates" },
    ],
  ];
  for (const [what, code, message, judged] of undecided) {
    it(what, () => assert.throws(() => judge([alice.sign(image)], judged), { code, message }));
    it(`and not ${what}, where there is nothing to judge`, () => {
      assert.equal(judge([cosigned], judged).outcome, "failed");
    });
  }
  it("a subkey that two keys claim", () => {
    const work = createGpgKey("work");
    const claimed = [alice, bob].map(({ key }) => certificate(key, userId("Some One"), subkey(work)));
    const signature = simpleSigningBlob(signedMessage(work, simpleSigningDocument(image)));
    assert.throws(() => judge([signature], { keys: inline(...claimed) }), {
      code: "TRUST_MATERIAL_INVALID",
      message: "Ambiguous name",
    });
  });
});

function missing(): TrustFile {
  return {
    type: "failed",
    error: new CountersignError("TRUST_FILE_UNREADABLE", "open /a: no such file or directory"),
  };
}

it("a key's end is judged by the question's time", () => {
  const key = createGpgKey("carol");
  const keyFile = certificate(key, userId("Carol", { keyFlags: 3, keyExpires: 86_400 }));
  const signature = simpleSigningBlob(signedMessage(key, simpleSigningDocument(image)));
  const at = (seconds: number) => {
    const requirement = {
      type: "signedBy",
      keyType: "GPGKeys",
      keys: inline(keyFile),
      identity: exact,
    } as const;
    const evidence = {
      ...noEvidence,
      manifestDigest: manifest,
      signatures: [signature],
      now: seconds,
    };
    return judgeSignedBy(requirement, subject, evidence).outcome;
  };
  assert.equal(at(key.created + 86_400.9), "satisfied");
  assert.equal(at(key.created + 86_401), "failed");
});
