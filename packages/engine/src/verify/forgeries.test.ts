import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { cosignPayload } from "@countersign/testkit/signing-kit/cosign-signature";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { type BundleSigner, keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { cosignSignatureLayer } from "@countersign/testkit/signing-kit/sigstore/cosign-attachment";
import {
  predicateTypes,
  type StatementProfile,
  subjectOf,
} from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import { signMessage } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { type Weakening, weaken } from "@countersign/testkit/weakened/weakened-package";
import type { TrustSource } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import type { Authority, SigstoreRequirement } from "../policy/sigstore-requirement.ts";
import { type Digest, digestOf } from "../values/digest.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { type Evidence, noEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { attachmentNeedKey } from "./needs.ts";
import type { UnverifiedSignature } from "./ports.ts";

/**
 * What an attacker may store beside an image. Each forgery is a genuine signature, and lets the image in where the engine
 * lacks the check named with it; as it is, the engine refuses.
 */
interface Forgery {
  readonly what: string;
  readonly stored: UnverifiedSignature;
  readonly requirement: SigstoreRequirement;
  readonly reason: RegExp;
  readonly check: readonly Weakening[];
}

const pocket = createPocketSigstore();
const manifest = digestOf(Buffer.from("manifest"));
const another = digestOf(Buffer.from("another manifest"));
const repository = "registry.example/shop/app";
const workflow = "https://ci.example/shop/app/release.yaml@refs/heads/main";
const oidcIssuer = "https://token.ci.example";
const release = keySigner(createSigningKey("release"));
const inline = (text: string | Uint8Array): TrustSource => ({ type: "inline", data: [Buffer.from(text)] });

const asking = { timestamp: { type: "none" }, attestations: [], sources: [] } as const;
const byKey: Authority = {
  ...asking,
  type: "key",
  name: "release",
  keys: inline(release.key.publicKeyPem),
  hashAlgorithm: undefined,
  transparency: { type: "none" },
};
const byWorkflow: Authority = {
  ...asking,
  type: "keyless",
  name: "ci",
  trust: { type: "trustedRoot", root: inline(pocket.trustedRoot) },
  identities: [{ issuer: { type: "exact", text: oidcIssuer }, subject: { type: "exact", text: workflow } }],
  ignoresSct: false,
  transparency: { type: "logged", threshold: 1, logs: undefined },
};

function requirement(authority: Authority, changes: Partial<SigstoreRequirement> = {}): SigstoreRequirement {
  const identity = { type: "digestOnly" } as const;
  return { type: "sigstore", authorities: [authority], identity, acceptsIndexSignatures: false, ...changes };
}

function stated(signer: BundleSigner, changes: Partial<StatementProfile> = {}): UnverifiedSignature {
  const profile = { subjects: [subjectOf(manifest)], predicateType: predicateTypes.signature, ...changes };
  return { type: "bundle", bytes: pocket.attest(profile, signer), location: "a bundle" };
}

function layer(digest: Digest, reference: string): UnverifiedSignature {
  return cosignSignatureLayer(signMessage(release.key, cosignPayload({ digest, reference })), release);
}

function certified(uri: string, issuer = oidcIssuer): UnverifiedSignature {
  return stated(pocket.certify({ names: [["uri", uri]], oidcIssuer: issuer }));
}

const requireSubject = "verify/require-subject.ts";
const requireSigner = "verify/require-signer.ts";
const anySubject = {
  file: requireSubject,
  text: "subjects.filter(({ digest }) => digests.has(digest))",
  instead: "subjects",
};
const anyType = {
  file: "verify/attached-content.ts",
  text: "if (statement.predicateType !== predicateType) {",
  instead: "if (false) {",
};
/** It has the words that a signature has, so that nobody passes it over unread. */
const mentioning = { predicate: { comment: predicateTypes.signature, also: predicateTypes.provenance } };

const forgeries: readonly Forgery[] = [
  {
    what: "another image's signature, copied beside this one",
    stored: stated(release, { subjects: [subjectOf(another)] }),
    requirement: requirement(byKey),
    reason: /^Signature for digest sha256:\w+ does not match$/,
    check: [anySubject],
  },
  {
    what: "another image's signature in cosign's old format",
    stored: layer(another, repository),
    requirement: requirement(byKey),
    reason: /^Signature for digest sha256:\w+ does not match$/,
    check: [anySubject],
  },
  {
    what: "an attestation as a signature: whoever lists what is in an image does not let it in",
    stored: stated(release, { predicateType: predicateTypes.spdx, ...mentioning }),
    requirement: requirement(byKey),
    reason: /its statement is of type "https:\/\/spdx\.dev\/Document", not/,
    check: [anyType],
  },
  {
    what: "an attestation of another type than is demanded",
    stored: stated(release, { predicateType: predicateTypes.spdx, ...mentioning }),
    requirement: requirement({
      ...byKey,
      attestations: [{ name: "built", predicateType: predicateTypes.provenance, policy: undefined }],
    }),
    reason: /its statement is of type "https:\/\/spdx\.dev\/Document", not/,
    check: [anyType],
  },
  {
    what: "a signature for another name of the same image",
    stored: layer(manifest, "registry.example/attic/app"),
    requirement: requirement(byKey, { identity: { type: "matchRepository" } }),
    reason: /^Signature for identity "registry\.example\/attic\/app" is not accepted$/,
    check: [
      {
        file: requireSubject,
        text: 'named.find((one) => matchesIdentity(identity, image.reference, one.identity ?? ""))',
        instead: "named[0]",
      },
    ],
  },
  {
    what: "a certificate of somebody else",
    stored: certified("https://ci.example/mallory/app/release.yaml@refs/heads/main"),
    requirement: requirement(byWorkflow),
    reason: /^Signature by "https:\/\/ci\.example\/mallory\/.*" is not accepted$/,
    check: [
      {
        file: requireSigner,
        text: "if (authority.identities.some((identity) => isIdentity(identity, signer))) return;",
        instead: "return;",
      },
    ],
  },
  {
    what: "the right name, by an issuer that vouches for anything",
    stored: certified(workflow, "https://token.mallory.example"),
    requirement: requirement(byWorkflow),
    reason: /of "https:\/\/token\.mallory\.example" is not accepted$/,
    check: [
      {
        file: requireSigner,
        text: "if (signer.issuer === undefined || !matches(issuer, signer.issuer)) return false;",
        instead: "",
      },
    ],
  },
  {
    what: "a name that has the right one inside",
    stored: certified(`https://mallory.example/?${workflow}`),
    requirement: requirement(byWorkflow),
    reason: /^Signature by "https:\/\/mallory\.example\/.*" is not accepted$/,
    check: [{ file: requireSigner, text: "match.text === text", instead: "text.includes(match.text)" }],
  },
  {
    what: "a signature that no log took, where one is demanded",
    stored: {
      type: "bundle",
      bytes: pocket.signImage(manifest, release, { entry: "none" }),
      location: "a bundle",
    },
    requirement: requirement({
      ...byKey,
      transparency: {
        type: "logged",
        threshold: 1,
        logs: { type: "trustedRoot", root: inline(pocket.trustedRoot) },
      },
    }),
    reason: /^0 trusted logs took the signature, 1 are demanded$/,
    check: [
      {
        file: "signature/sigstore/verify-entity.ts",
        text: "if (logs < demands.logs) {",
        instead: "if (false) {",
      },
    ],
  },
];

function allowedBy(judgeIt: typeof judge, { stored, requirement }: Forgery) {
  const needs = (["signatures", "attestations"] as const).map((kind) =>
    attachmentNeedKey({ of: "manifest", kind, place: { repository: undefined, tagPrefix: "" } }),
  );
  const evidence: Evidence = {
    ...noEvidence,
    manifestDigest: manifest,
    attachments: new Map(needs.map((need) => [need, [stored]])),
    now: pocket.now,
  };
  return judgeIt([requirement], policySubject(parseDockerImage(`${repository}:v1`)), evidence);
}

describe("a judge that lacks a check lets an image in, and ours does not, by", () => {
  for (const forgery of forgeries) {
    it(forgery.what, async () => {
      using weakened = weaken("engine", forgery.check);
      const { judge: judgeWeakly } = (await weakened.load("verify/judge.ts")) as { judge: typeof judge };
      assert.equal(allowedBy(judgeWeakly, forgery).allowed, true);
      const verdict = allowedBy(judge, forgery);
      assert.ok(!verdict.allowed);
      assert.match(verdict.reason, forgery.reason);
    });
  }
});
