import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { parseCertificate } from "@countersign/engine/signature/certificate";
import { certify } from "@countersign/signing/keyless/fulcio";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { mutateJson } from "../mutate/json.ts";
import { anyOf, type Mutate } from "../mutate/mutate.ts";
import { mutatePem } from "../mutate/pem.ts";
import { readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";
import { answeringService } from "../testing/answering-service.ts";

/**
 * What Fulcio answers, with `@leaf` where the certificate for the key is that was asked about. A party that comes of it
 * has a certificate for its own key, and no more of a chain than verifiers read; no message repeats the token.
 */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const sigstore = createPocketSigstore();
const { root, intermediate } = sigstore.fulcio.authority;
const token = "a.secret.token";
const embedded = (...certificates: readonly string[]) => ({
  signedCertificateEmbeddedSct: { chain: { certificates } },
});
const seeds: readonly unknown[] = [
  embedded("@leaf", intermediate.pem, root.pem),
  embedded("@leaf"),
  embedded(sigstore.certify().leaf.pem, intermediate.pem),
  embedded("@leaf", ...Array.from({ length: 16 }, () => root.pem)),
  {
    signedCertificateDetachedSct: { chain: { certificates: ["@leaf"] }, signedCertificateTimestamp: "AAAA" },
  },
];

const mutateStructure = mutateJson({
  names: ["signedCertificateEmbeddedSct", "signedCertificateDetachedSct", "chain", "certificates"],
  values: ["@leaf", root.pem.replaceAll("\n", "\\n"), "", token],
});

/** Inside a certificate of the chain. */
const mutateInside: Mutate = (draw, input, other) => {
  const text = input.toString("latin1");
  const texts = [...text.matchAll(/"-----BEGIN [^"]*"/g)];
  const chosen = texts[draw.below(texts.length)];
  if (chosen === undefined) return mutateStructure(draw, input, other);
  const certificate = Buffer.from(chosen[0].slice(1, -1).replaceAll("\\n", "\n"), "latin1");
  const changed = JSON.stringify(mutatePem(draw, certificate, certificate).toString("latin1"));
  const after = text.slice(chosen.index + chosen[0].length);
  return Buffer.from(text.slice(0, chosen.index) + changed + after, "latin1");
};

const mutate = anyOf(mutateStructure, mutateInside);

async function check(input: Uint8Array): Promise<string> {
  const answer = (body: unknown): Buffer => {
    const key = createPublicKey(JSON.parse(String(body)).publicKeyRequest.publicKey.content);
    const spki = key.export({ type: "spki", format: "der" });
    const leaf = sigstore.fulcio.issue({ profile: { spki } }).pem.replaceAll("\n", "\\n");
    return Buffer.from(Buffer.from(input).toString("latin1").replaceAll("@leaf", leaf), "latin1");
  };
  const read = await readingAsync(["SIGNING_SERVICE_FAILED"], () =>
    certify(
      new URL("https://fulcio.example"),
      { token, subject: "dev@example.com", issuer: "https://oidc.example" },
      answeringService(({ body }) => answer(body)),
      new AbortController().signal,
    ),
  );
  if (read.type === "refused") {
    assert.ok(!read.message.includes(token), "the token is told");
    return read.outcome;
  }
  const { signer, certificate } = read.value;
  assert.ok(certificate !== undefined && certificate.chain.length < 16);
  const { publicKey } = parseCertificate(certificate.leaf);
  assert.deepEqual(publicKey?.spki, signer.publicKey.spki, "a certificate for another key");
  return `certified, ${certificate.chain.length} above`;
}
