import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import { failed as failure } from "@countersign/engine/verify/judgement";
import type { RequirementResult } from "@countersign/engine/verify/verdict";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import { parseImage } from "../parse-image.ts";
import { type PolicyInForce, type Report, unanswered } from "../report.ts";
import { remedyFor } from "./remedy.ts";

const asked: Report = unanswered("registry.example/app:v1", undefined);
const digest = digestOf(Buffer.from("x"));
const missing = { decision: "denied", code: "SIGNATURE_MISSING", message: "" } as const;
const lookaside: SignaturePlace = { kind: "lookaside", location: "/sigs/app@sha256=0", searched: true };
const attachments = (searched: boolean): SignaturePlace => ({
  kind: "attachments",
  location: "registry.example/app:sha256-0.sig",
  searched,
});
const rejects = { decision: "denied", code: "POLICY_REJECTS", message: "" } as const;
const inForce = (scope: string | undefined): PolicyInForce => ({
  file: "policy.json",
  because: "",
  selection: {
    transport: "docker",
    scope,
    tried: [],
    rules: [],
    ruleScopes: [],
    isReplaced: false,
    requirements: [{ type: "reject" }],
    demandedBy: [],
  },
});
const silence = (message: string): Report["outcome"] => ({
  decision: "undecided",
  code: "REGISTRY_UNREACHABLE",
  message: `pinging container registry registry.example: Get "https://registry.example/v2/": ${message}`,
});

const ofMirror = (why: string): Report["outcome"] => ({
  decision: "undecided",
  code: "TRUST_REPOSITORY_UNUSABLE",
  message: `Source image rejected: TUF repository https://m: ${why}; nothing of it is kept`,
});

const otherName = (signed: string): Report["outcome"] => ({
  decision: "denied",
  code: "SIGNATURE_NOT_ACCEPTED",
  message: `Source image rejected: Signature for identity "${signed}" is not accepted`,
});
const located: LocatedImage = parseImage("registry.example/app:v1");

function failed(identity: "matchRepository" | "matchRepoDigestOrExact", reason: string): RequirementResult {
  const keys = { type: "files", paths: ["/k"] } as const;
  const trust = { type: "keys", keys, rekor: undefined } as const;
  const requirement = { type: "sigstoreSigned", trust, identity: { type: identity } } as const;
  return { requirement, ...failure(reason, []) };
}

const unsignedByGpg: RequirementResult = {
  requirement: {
    type: "signedBy",
    keyType: "GPGKeys",
    keys: { type: "files", paths: ["/k"] },
    identity: { type: "matchRepository" },
  },
  ...failure("A signature was required, but no signature exists", []),
};

describe("remedyFor says", () => {
  const rows: ReadonlyArray<readonly [when: string, report: Partial<Report>, remedy: RegExp]> = [
    [
      "to let signatures be looked for, where they are not",
      { outcome: missing, missedIn: [lookaside, attachments(false)] },
      /docker: \{"registry\.example": \{use-sigstore-attachments: true\}\}$/,
    ],
    [
      "how to sign so that it is read, where nothing was found",
      { outcome: missing, missedIn: [lookaside, attachments(true)] },
      /cosign sign --new-bundle-format=false --use-signing-config=false$/,
    ],
    [
      "the whole command, and not to write into a log that the policy does not ask",
      {
        outcome: missing,
        located,
        digest,
        missedIn: [attachments(true)],
        requirements: [failed("matchRepository", "A signature was required, but no signature exists")],
      },
      new RegExp(
        `: countersign sign --key KEY --format legacy --identity registry\\.example/app:v1 registry\\.example/app@${digest}$`,
      ),
    ],
    [
      "to sign what lies under an index too",
      { outcome: missing, instance: digest, missedIn: [lookaside, attachments(true)] },
      /cosign sign --recursive /,
    ],
    [
      "how to sign, where they are looked for at one of several places",
      { outcome: missing, missedIn: [lookaside, attachments(false), lookaside, attachments(true)] },
      /cosign sign /,
    ],
    [
      "how to sign with GPG, where that is asked for",
      { outcome: missing, missedIn: [lookaside, attachments(false)], requirements: [unsignedByGpg] },
      /skopeo copy --sign-by/,
    ],
    [
      "which matchers accept what cosign signs",
      {
        outcome: otherName("registry.example/app"),
        located,
        requirements: [failed("matchRepoDigestOrExact", "")],
      },
      /matchRepository and exactRepository/,
    ],
    [
      "to sign this tag too, where another one is signed",
      {
        outcome: otherName("registry.example/app:v0"),
        located,
        requirements: [failed("matchRepoDigestOrExact", "")],
      },
      /for another tag or digest: .* matchRepository$/,
    ],
    [
      "nothing of cosign's habits, where the name is another one",
      {
        outcome: otherName("mirror.example/app"),
        located,
        requirements: [failed("matchRepository", "")],
      },
      /another name: sign under the name that is asked for/,
    ],
    [
      "nothing of cosign's habits, where the name is none",
      { outcome: otherName("UPPER"), located, requirements: [failed("matchRepository", "")] },
      /another name: sign under the name that is asked for/,
    ],
    [
      "whose key to look at, where another one signed",
      {
        outcome: {
          decision: "denied",
          code: "SIGNATURE_NOT_ACCEPTED",
          message: "Source image rejected: cryptographic signature verification failed: …",
        },
      },
      /another key signed/,
    ],
    [
      "what to write into a key file that has none",
      {
        outcome: {
          decision: "denied",
          code: "SIGNATURE_NOT_ACCEPTED",
          message: "Source image rejected: No public keys imported",
        },
      },
      /gpg --export/,
    ],
    [
      "which scope to add, where none names the image",
      { outcome: rejects, located, policy: inForce(undefined) },
      /no scope of the policy names this image; .* as "registry\.example\/app"/,
    ],
    [
      "which glob to add to a ClusterImagePolicy, where the file was compiled",
      { outcome: rejects, located, policy: { ...inForce(undefined), isCompiled: true } },
      /^no ClusterImagePolicy matches this image, .* as "registry\.example\/app@\*", or let --unmatched/,
    ],
    [
      "the same of Docker Hub's images, as globs know them",
      {
        outcome: rejects,
        located: parseImage("busybox"),
        policy: { ...inForce(undefined), isCompiled: true },
      },
      /"index\.docker\.io\/library\/busybox@\*"/,
    ],
    [
      "which signatures are not looked for, before anything of bundles that are not read",
      {
        outcome: missing,
        located,
        digest,
        missedIn: [lookaside, attachments(false)],
        unreadBundles: ["registry.example/app@sha256:1"],
        requirements: [failed("matchRepository", "A signature was required, but no signature exists")],
      },
      /^signatures beside the image are not looked for; .*: true\}\}\. If there are none: a sigstore bundle is/,
    ],
    [
      "that a scope refuses it, where one does",
      { outcome: rejects, located, policy: inForce("registry.example") },
      /the policy's scope refuses this image/,
    ],
    [
      "which matchers accept an image that has no name",
      {
        located: { transport: "dir", path: "/app", resolvedPath: "/app" },
        outcome: {
          decision: "denied",
          code: "SIGNATURE_NOT_ACCEPTED",
          message: 'Source image rejected: Signature for identity "registry.example/app" is not accepted',
        },
      },
      /only exactReference and exactRepository/,
    ],
    [
      "how to sign an image in a directory",
      { outcome: missing, located: { transport: "dir", path: "/app", resolvedPath: "/app" } },
      /--sign-by-sigstore-private-key/,
    ],
    [
      "that an OCI layout holds no signatures",
      {
        outcome: missing,
        located: { transport: "oci", path: "/app", resolvedPath: "/app", entry: { type: "only" } },
      },
      /no room for signatures/,
    ],
    [
      "where plain HTTP is allowed",
      { outcome: silence("http: server gave HTTP response to HTTPS client") },
      /insecure = true below location = "registry\.example", .* registries\.conf/,
    ],
    [
      "to look at the name, where nobody knows it",
      { outcome: silence("dial tcp: lookup registry.example: no such host") },
      /registry's name/,
    ],
    [
      "where a registry's own CA belongs",
      {
        outcome: silence("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
      },
      /certs\.d/,
    ],
    [
      "whose certificate the system does not trust, of a TUF repository's mirror",
      { outcome: ofMirror('Get "https://m/2.root.json": x509: certificate signed by unknown authority') },
      /^put the CA of the mirror's certificate/,
    ],
    [
      "to look at a TUF repository that answers with an error",
      { outcome: ofMirror("https://m/timestamp.json answers 500 Internal Server Error") },
      /^nothing was decided; check that this machine reaches the mirror/,
    ],
    [
      "to distrust a TUF repository that is not signed as it must be",
      { outcome: ofMirror("root.json: root was signed by 0/1 keys") },
      /^the mirror does not give what the policy's root\.json vouches for/,
    ],
    ["to try again", { outcome: silence("dial tcp: i/o timeout") }, /try again/],
    [
      "what lists the faults of a policy",
      {
        outcome: { decision: "undecided", code: "POLICY_INVALID", message: "" },
        policy: { file: "./p.json", because: "", selection: undefined },
      },
      /^countersign lint \.\/p\.json lists/,
    ],
    [
      "the same, where a shell would read more than the path",
      {
        outcome: { decision: "undecided", code: "POLICY_INVALID", message: "" },
        policy: { file: "p.json; reboot", because: "", selection: undefined },
      },
      /^countersign lint FILE lists/,
    ],
    [
      "where a layout's names are",
      {
        outcome: {
          decision: "undecided",
          code: "IMAGE_UNREADABLE",
          message: 'initializing source oci:/l:v9: no descriptor found for reference "v9"',
        },
      },
      /index\.json/,
    ],
  ];
  for (const [when, report, remedy] of rows) {
    it(when, () => assert.match(remedyFor({ ...asked, ...report }) ?? "", remedy));
  }

  it("nothing of a name that comes with both ways to write it", () => {
    const message = '"oci:1.0" can be one or the other: write docker://oci:1.0 or oci:./1.0';
    const outcome = { decision: "undecided", code: "REFERENCE_INVALID", message } as const;
    assert.equal(remedyFor({ ...asked, outcome }), undefined);
  });

  it("nothing of an allowed image", () =>
    assert.equal(remedyFor({ ...asked, outcome: { decision: "allowed" } }), undefined));
});
