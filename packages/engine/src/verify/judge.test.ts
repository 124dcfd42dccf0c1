import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attachment } from "@countersign/testkit/signing-kit/cosign-signature";
import { createGpgSigner } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { Requirement, Requirements } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { digestOf } from "../values/digest.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { type Evidence, noEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import type { UnverifiedSignature } from "./ports.ts";

const kit = createSigningKit();
const manifest = digestOf(Buffer.from("manifest"));
const gpg = createGpgSigner("a");
const accept: Requirement = { type: "insecureAcceptAnything" };
const reject: Requirement = { type: "reject" };
const baseLayer: Requirement = { type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } };
const signedBy: Requirement = {
  type: "signedBy",
  keyType: "GPGKeys",
  keys: { type: "inline", data: [gpg.publicKey] },
  identity: { type: "matchRepository" },
};
const signed = (name: string): Requirement => ({
  type: "sigstoreSigned",
  trust: {
    type: "keys",
    keys: { type: "inline", data: [Buffer.from(kit.key(name).publicKeyPem)] },
    rekor: undefined,
  },
  identity: { type: "matchRepository" },
});
const pgp = gpg.sign({ digest: manifest, reference: "busybox" });
const signature = (name: string) => kit.sign(kit.key(name), { digest: manifest, reference: "busybox" });

const judged = (requirements: Requirements, ...signatures: readonly UnverifiedSignature[]) => {
  const evidence: Evidence = { ...noEvidence, manifestDigest: manifest, signatures, now: kit.now };
  return judge(requirements, policySubject(parseDockerImage("busybox")), evidence);
};

const none = "A signature was required, but no signature exists";

describe("judge allows", () => {
  const allowed: ReadonlyArray<
    readonly [why: string, requirements: Requirements, signatures: readonly UnverifiedSignature[]]
  > = [
    ["anything, if anything will do", [accept], []],
    ["a signature for each requirement", [signed("a"), signed("b")], [signature("b"), signature("a")]],
    ["one signature for the same requirement twice", [signed("a"), signed("a")], [signature("a")]],
    ["a signature of each kind", [signed("a"), signedBy], [signature("a"), pgp]],
  ];
  for (const [why, requirements, signatures] of allowed) {
    it(why, () => assert.equal(judged(requirements, ...signatures).allowed, true));
  }
});

describe("judge denies", () => {
  const denied: ReadonlyArray<
    readonly [
      why: string,
      requirements: Requirements,
      reason: string,
      signatures?: readonly UnverifiedSignature[],
    ]
  > = [
    [
      "by reject, naming the image as people do",
      [reject],
      "Running image docker://busybox:latest is rejected by policy.",
    ],
    [
      "by reject after all else held",
      [accept, reject],
      "Running image docker://busybox:latest is rejected by policy.",
    ],
    ["by the first failure", [signed("a"), reject], none],
    [
      "by a base layer's signature, which nothing satisfies",
      [baseLayer],
      "signedBaseLayer not implemented yet!",
    ],
    ["an unsigned image that needs an OpenPGP signature", [signedBy], none],
    [
      "an image with cosign's signatures that needs an OpenPGP one",
      [signedBy],
      none,
      [signature("a"), attachment(Buffer.from("{}"), {}, "text/plain")],
    ],
  ];
  for (const [why, requirements, reason, signatures = []] of denied) {
    it(why, () => {
      const verdict = judged(requirements, ...signatures);
      assert.equal(!verdict.allowed && verdict.reason, reason);
    });
  }
});

it("judge tells how each requirement went", () => {
  const { requirements } = judged([accept, signed("a"), reject]);
  assert.deepEqual(
    requirements.map(({ outcome }) => outcome),
    ["satisfied", "failed", "not judged"],
  );
  assert.deepEqual(
    requirements.map(({ reason }) => reason),
    ["", none, ""],
  );
});

describe("judge leaves undecided", () => {
  it("kinds of keys that containers/image does not judge either", () => {
    assert.throws(() => judged([{ ...signedBy, keyType: "X509Certificates" }], pgp), {
      code: "REQUIREMENT_UNSUPPORTED",
      message: 'Unimplemented "keyType" value "X509Certificates"',
    });
  });
});
