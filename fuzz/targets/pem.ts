import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { parseAnchors, parseCertificates } from "@countersign/engine/signature/certificates-pem";
import { nextPemBlock, pemText } from "@countersign/engine/signature/pem";
import type { PublicKey } from "@countersign/engine/signature/public-key";
import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import type { KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { mutatePem, pem } from "../mutate/pem.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A PEM text: the key file of a policy, the certificate or the chain of a signature, a policy's anchors. A key that is
 * read is the key that OpenSSL reads, where it reads one; of certificates there are never more than allowed.
 */
export function openTarget(): Target {
  const kit = createSigningKit();
  const kinds: readonly KeyKind[] = ["p224", "p256", "p384", "p521", "rsa1024", "rsa2048", "ed25519"];
  const { root, intermediate } = kit.fulcio.authority;
  const keys = kinds.map((kind) => kit.key("fuzzed", kind));
  const pkcs1 = createPublicKey(kit.key("fuzzed", "rsa2048").publicKeyPem).export({
    type: "pkcs1",
    format: "pem",
  });
  const texts = [
    ...[...keys.map(({ publicKeyPem }) => publicKeyPem), pkcs1.toString()],
    ...[root.pem, intermediate.pem + root.pem, `text before\n${kit.fulcio.issue({}).pem}\n \n`],
    pem("PUBLIC KEY", keys[0]?.spki ?? Buffer.alloc(0)).replace("\n", "\nProc-Type: 4,ENCRYPTED\n\n"),
  ];
  return { seeds: texts.map((text) => Buffer.from(text)), mutate: mutatePem, check };
}

const limit = 4;

function check(input: Uint8Array): string {
  const key = reading(["SIGNATURE_INVALID"], () => parsePublicKeyPem(input));
  if (key.type === "accepted") checkKey(input, key.value);
  const certificates = reading(["SIGNATURE_INVALID"], () => parseCertificates(input, limit));
  const anchors = parseAnchors(input);
  if (certificates.type === "accepted") assert.ok(certificates.value.length <= limit);
  return [
    key.type === "accepted" ? `key ${key.value.type}` : key.outcome,
    certificates.type === "accepted" ? `${certificates.value.length} certificates` : certificates.outcome,
    anchors === undefined ? "" : "anchors",
  ].join("; ");
}

function checkKey(input: Uint8Array, { type, spki }: PublicKey): void {
  const block = nextPemBlock(pemText(input))?.block;
  const theirs = opensslKey(pem(block?.label ?? "", block?.bytes ?? new Uint8Array()));
  if (theirs === undefined || type === "unsupported") return;
  assert.equal(Buffer.from(spki).toString("hex"), theirs, "another key");
}

function opensslKey(text: string): string | undefined {
  try {
    return createPublicKey(text).export({ type: "spki", format: "der" }).toString("hex");
  } catch {
    return undefined;
  }
}
