import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { Alternative, EnforcedRequirement, Requirement, Requirements } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import type { Authority } from "../policy/sigstore-requirement.ts";
import { digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { denialCode } from "./denial-code.ts";
import { type Evidence, noEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { warningsOf } from "./warnings.ts";

const kit = createSigningKit();
const manifest = digestOf(Buffer.from("manifest"));
const accept: EnforcedRequirement = { type: "insecureAcceptAnything" };
const reject: EnforcedRequirement = { type: "reject" };
const signed = (name: string, paths?: readonly string[]): EnforcedRequirement => ({
  type: "sigstoreSigned",
  trust: {
    type: "keys",
    keys:
      paths === undefined
        ? { type: "inline", data: [Buffer.from(kit.key(name).publicKeyPem)] }
        : { type: "files", paths },
    rekor: undefined,
  },
  identity: { type: "matchRepository" },
});
const unreadable = signed("", ["/k"]);
const anyOf = (first: Alternative, ...others: readonly Alternative[]): EnforcedRequirement => ({
  type: "anyOf",
  alternatives: [first, ...others],
});
const warn = (requirement: EnforcedRequirement): Requirement => ({ type: "warn", requirement });
const fixed = (action: "pass" | "fail", message = ""): Authority => ({
  type: "static",
  name: action,
  action,
  message,
});
const sigstore = (first: Authority, ...others: readonly Authority[]): EnforcedRequirement => ({
  type: "sigstore",
  authorities: [first, ...others],
  identity: { type: "digestOnly" },
  acceptsIndexSignatures: false,
});

const missing = new CountersignError("TRUST_FILE_UNREADABLE", "open /k: no such file or directory");
/** Signed by a. */
const evidence: Evidence = {
  ...noEvidence,
  manifestDigest: manifest,
  signatures: [kit.sign(kit.key("a"), { digest: manifest, reference: "busybox" })],
  trustFiles: new Map([["/k", { type: "failed", error: missing }]]),
  now: kit.now,
};
const judged = (...requirements: Requirements) =>
  judge(requirements, policySubject(parseDockerImage("busybox")), evidence);

const rejected = "Running image docker://busybox:latest is rejected by policy.";
const notSigned =
  "cryptographic signature verification failed: invalid signature when validating ASN.1 encoded signature";

describe("anyOf", () => {
  const allowed: ReadonlyArray<readonly [why: string, requirement: EnforcedRequirement]> = [
    ["holds when the first alternative does", anyOf([signed("a")], [reject])],
    ["holds when the last alternative does", anyOf([reject], [signed("b")], [accept, signed("a")])],
    ["holds although another alternative cannot be judged", anyOf([unreadable], [signed("a")])],
    ["holds within another", anyOf([reject], [anyOf([signed("b")], [signed("a")])])],
  ];
  for (const [why, requirement] of allowed) it(why, () => assert.equal(judged(requirement).allowed, true));

  const denied: ReadonlyArray<
    readonly [why: string, requirement: EnforcedRequirement, reason: string, code: string]
  > = [
    ["fails with the reason of its only alternative", anyOf([reject]), rejected, "POLICY_REJECTS"],
    [
      "fails with the reasons of all",
      anyOf([reject], [signed("b")]),
      `None of the alternatives holds, reasons: ${rejected}; ${notSigned}`,
      "SIGNATURE_NOT_ACCEPTED",
    ],
    [
      "fails when no alternative holds whole",
      anyOf([signed("a"), reject], [accept, reject]),
      `None of the alternatives holds, reasons: ${rejected}; ${rejected}`,
      "POLICY_REJECTS",
    ],
  ];
  for (const [why, requirement, reason, code] of denied) {
    it(why, () => {
      const verdict = judged(requirement);
      assert.ok(!verdict.allowed);
      assert.deepEqual([verdict.reason, denialCode(verdict)], [reason, code]);
    });
  }

  it("is undecided when none holds and one cannot be judged", () => {
    assert.throws(() => judged(anyOf([unreadable], [reject])), {
      code: "TRUST_FILE_UNREADABLE",
      message: `None of the alternatives holds, reasons: ${missing.message}; ${rejected}`,
    });
  });

  it("tells how each alternative went", () => {
    const [result] = judged(
      anyOf([accept, reject, accept], [unreadable], [signed("a")], [accept]),
    ).requirements;
    assert.deepEqual(
      result?.alternatives.map((all) => all.map(({ outcome }) => outcome)),
      [["satisfied", "failed", "not judged"], ["undecided"], ["satisfied"], ["not judged"]],
    );
    assert.equal(result.alternatives[1]?.[0]?.fault, "TRUST_FILE_UNREADABLE");
  });
});

describe("a requirement that only warns", () => {
  it("keeps nobody out, and is told with its code", () => {
    const verdict = judged(warn(signed("b")), signed("a"), warn(reject));
    assert.equal(verdict.allowed, true);
    assert.deepEqual(warningsOf(verdict.requirements), [
      { code: "SIGNATURE_NOT_ACCEPTED", reason: notSigned },
      { code: "POLICY_REJECTS", reason: rejected },
    ]);
  });
  it("keeps nobody out when it cannot be judged, and says why", () => {
    const verdict = judged(warn(unreadable));
    assert.equal(verdict.allowed, true);
    assert.equal(verdict.requirements[0]?.outcome, "undecided");
    assert.deepEqual(warningsOf(verdict.requirements), [
      { code: "TRUST_FILE_UNREADABLE", reason: missing.message },
    ]);
  });
  it("says nothing when it holds", () =>
    assert.deepEqual(warningsOf(judged(warn(signed("a"))).requirements), []));
  it("saves no image that another requirement keeps out", () => {
    const verdict = judged(warn(signed("b")), signed("b"), warn(reject));
    assert.ok(!verdict.allowed);
    assert.deepEqual([verdict.reason, denialCode(verdict)], [notSigned, "SIGNATURE_NOT_ACCEPTED"]);
    assert.deepEqual(
      verdict.requirements.map(({ outcome }) => outcome),
      ["failed", "failed", "not judged"],
    );
  });
});

describe("a static authority", () => {
  it("vouches for all", () => assert.equal(judged(sigstore(fixed("fail"), fixed("pass"))).allowed, true));
  const denied: ReadonlyArray<readonly [why: string, requirement: EnforcedRequirement, reason: string]> = [
    ["refuses all", sigstore(fixed("fail")), "disallowed by static policy"],
    ["refuses all, and says why", sigstore(fixed("fail", "no more")), "disallowed by static policy: no more"],
    [
      "refuses all, among others",
      sigstore(fixed("fail", "a"), { ...fixed("fail"), name: "b" }),
      'None of the authorities vouches for the image, reasons: "fail": disallowed by static policy: a; "b": disallowed by static policy',
    ],
  ];
  for (const [why, requirement, reason] of denied) {
    it(why, () => {
      const verdict = judged(requirement);
      assert.ok(!verdict.allowed);
      assert.deepEqual([verdict.reason, denialCode(verdict)], [reason, "POLICY_REJECTS"]);
    });
  }
});
