import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import type { RequirementResult } from "@countersign/engine/verify/verdict";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import { type Report, unanswered } from "../report.ts";
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
const silence = (message: string): Report["outcome"] => ({
  decision: "undecided",
  code: "REGISTRY_UNREACHABLE",
  message: `pinging container registry registry.example: Get "https://registry.example/v2/": ${message}`,
});

const unsignedByGpg: RequirementResult = {
  requirement: {
    type: "signedBy",
    keyType: "GPGKeys",
    keys: { type: "files", paths: ["/k"] },
    identity: { type: "matchRepository" },
  },
  outcome: "failed",
  reason: "A signature was required, but no signature exists",
  signatures: [],
};

describe("remedyFor says", () => {
  const rows: ReadonlyArray<readonly [when: string, report: Partial<Report>, remedy: RegExp]> = [
    [
      "to let signatures be looked for, where they are not",
      { outcome: missing, missedIn: [lookaside, attachments(false)] },
      /use-sigstore-attachments: true/,
    ],
    [
      "how to sign so that it is read, where nothing was found",
      { outcome: missing, missedIn: [lookaside, attachments(true)] },
      /cosign sign --new-bundle-format=false --use-signing-config=false$/,
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
        outcome: {
          decision: "denied",
          code: "SIGNATURE_NOT_ACCEPTED",
          message: 'Source image rejected: Signature for identity "registry.example/app" is not accepted',
        },
      },
      /matchRepository and exactRepository/,
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
      /insecure = true .* registries\.conf/,
    ],
    [
      "where a registry's own CA belongs",
      {
        outcome: silence("tls: failed to verify certificate: x509: certificate signed by unknown authority"),
      },
      /certs\.d/,
    ],
    ["to try again", { outcome: silence("dial tcp: i/o timeout") }, /try again/],
    [
      "what lists the faults of a policy",
      { outcome: { decision: "undecided", code: "POLICY_INVALID", message: "" } },
      /countersign lint/,
    ],
  ];
  for (const [when, report, remedy] of rows) {
    it(when, () => assert.match(remedyFor({ ...asked, ...report }) ?? "", remedy));
  }

  it("nothing of an allowed image", () =>
    assert.equal(remedyFor({ ...asked, outcome: { decision: "allowed" } }), undefined));
});
