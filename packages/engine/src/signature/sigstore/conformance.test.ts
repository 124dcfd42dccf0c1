import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import {
  type ConformanceCase,
  identity,
  issuer,
  now,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { conformanceCases } from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-cases";
import { certificateWork } from "../certificate-work.ts";
import { parsePkix } from "../public-key-pem.ts";
import { parseBundle } from "./parse-bundle.ts";
import { parseTrustedRoot } from "./parse-trusted-root.ts";
import type { SignedContent } from "./signed-entity.ts";
import type { Artifact } from "./verified-entity.ts";
import { type BundleQuestion, verifyBundle } from "./verify-bundle.ts";

/** Verifies as sigstore-conformance asks a client to: one log, one certificate log, and the time from either. */
function verify(
  { bundle, trustedRoot, artifact, key }: ConformanceCase,
  by: (content: SignedContent, artifact: Uint8Array) => Artifact,
): void {
  const question: BundleQuestion = {
    artifact: by(parseBundle(bundle).content, artifact),
    signer:
      key === undefined
        ? { type: "identity", name: identity, issuer }
        : { type: "key", keys: [parsePkix(key.spki)], hashAlgorithm: undefined },
    trust: parseTrustedRoot(trustedRoot),
    demands: { logs: 1, timestamps: 0, scts: 1, now },
  };
  verifyBundle(bundle, question, certificateWork());
}

function bytesOf(_content: SignedContent, bytes: Uint8Array): Artifact {
  return { type: "bytes", bytes };
}

/** By the algorithm that the bundle names. */
function digestOf(content: SignedContent, bytes: Uint8Array): Artifact {
  const algorithm = (content.type === "message" ? content.digest?.algorithm : undefined) ?? "sha256";
  return { type: "digest", algorithm, value: hash(algorithm, bytes, "buffer") };
}

const cases = conformanceCases();

describe("of the bundles of the kit", () => {
  for (const one of cases) {
    const isGood = !one.name.endsWith("_fail");
    it(`${one.name} is ${isGood ? "accepted" : "refused"}`, () => {
      if (isGood) verify(one, bytesOf);
      else assert.throws(() => verify(one, bytesOf), isRefusal);
    });
  }
});

/** PSS takes part of the message into its padding's making, in a way that Node does not hand out. */
const needsBytes: ReadonlySet<string> = new Set([
  "a message by a key, rsa2048 pss",
  "a message by a key in Rekor v2, rsa2048 pss",
]);

describe("of the bundles of the kit, of whose artifact the digest is known,", () => {
  for (const one of cases) {
    const isGood = !one.name.endsWith("_fail") && !needsBytes.has(one.name);
    it(`${one.name} is ${isGood ? "accepted" : "refused"}`, () => {
      if (isGood) verify(one, digestOf);
      else assert.throws(() => verify(one, digestOf), isRefusal);
    });
  }
});

function isRefusal(caught: unknown): boolean {
  const { code } = caught as { readonly code?: string };
  return code === "SIGNATURE_INVALID" || code === "TRUST_MATERIAL_INVALID";
}
