import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { type Report, unanswered } from "../report.ts";
import { remedyFor } from "./remedy.ts";

const asked: Report = unanswered("registry.example/app:v1", undefined);
const digest = digestOf(Buffer.from("x"));
const missing = { decision: "denied", code: "SIGNATURE_MISSING", message: "" } as const;
const silence = (message: string): Report["outcome"] => ({
  decision: "undecided",
  code: "REGISTRY_UNREACHABLE",
  message: `pinging container registry registry.example: Get "https://registry.example/v2/": ${message}`,
});

describe("remedyFor says", () => {
  const rows: ReadonlyArray<readonly [when: string, report: Partial<Report>, remedy: RegExp]> = [
    [
      "to let signatures be looked for, where they are not",
      { outcome: missing, absence: { tag: "sha256-0.sig", searched: false } },
      /use-sigstore-attachments: true/,
    ],
    [
      "how to sign so that it is read, where nothing was found",
      { outcome: missing, absence: { tag: "sha256-0.sig", searched: true } },
      /cosign sign --new-bundle-format=false --use-signing-config=false$/,
    ],
    [
      "to sign what lies under an index too",
      { outcome: missing, instance: digest, absence: { tag: "sha256-0.sig", searched: true } },
      /cosign sign --recursive /,
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
