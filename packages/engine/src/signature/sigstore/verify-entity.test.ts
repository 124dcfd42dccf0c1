import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createSigningKey, type KeyKind } from "@countersign/testkit/signing-kit/signing-key";
import { certificateWork } from "../certificate-work.ts";
import { parsePublicKeyPem } from "../public-key-pem.ts";
import { preAuthEncoding } from "./signed-data.ts";
import type { SignedEntity } from "./signed-entity.ts";
import { verifyEntity } from "./verify-entity.ts";

const nobody = {
  certificateAuthorities: [],
  transparencyLogs: [],
  certificateLogs: [],
  timestampAuthorities: [],
};
const nothing = { logs: 0, timestamps: 0, scts: 0, now: 1_700_000_000 };

type HashName = "sha256" | "sha384" | "sha512";

function keyOf(kind: KeyKind, name = "release") {
  return parsePublicKeyPem(Buffer.from(createSigningKey(name, kind).publicKeyPem));
}

function envelope(
  kind: KeyKind,
  options: Parameters<ReturnType<typeof createSigningKey>["sign"]>[1] = {},
): SignedEntity {
  const unsigned = { payloadType: "application/vnd.in-toto+json", payload: Buffer.from("{}") };
  const signature = createSigningKey("release", kind).sign(preAuthEncoding(unsigned), options);
  return {
    content: { type: "envelope", ...unsigned, signature, keyId: "", stored: undefined },
    signer: { type: "key", hint: "" },
    logEntries: [],
    timestamps: [],
    format: "bundle 0.3",
  };
}

function verifiesWith(entity: SignedEntity, kind: KeyKind, hashAlgorithm?: HashName, name?: string) {
  const key = keyOf(kind, name);
  const signer = { type: "key", keys: [keyOf("p256", "another"), key], hashAlgorithm } as const;
  const verified = verifyEntity(
    entity,
    { signer, trust: nobody, demands: nothing, artifact: undefined },
    certificateWork(),
  );
  assert.deepEqual(verified.signer, { type: "key", key });
}

describe("an envelope by a key is verified", () => {
  const rows: ReadonlyArray<readonly [kind: KeyKind, hash: HashName, padding?: "pss"]> = [
    ["p256", "sha256"],
    ["p384", "sha384"],
    ["p384", "sha256"],
    ["p521", "sha512"],
    ["p521", "sha256"],
    ["rsa2048", "sha256"],
    ["rsa2048", "sha256", "pss"],
    ["ed25519", "sha256"],
  ];
  for (const [kind, hash, padding = "pkcs1"] of rows) {
    it(`${kind} with ${hash} ${padding}`, () => verifiesWith(envelope(kind, { hash, padding }), kind));
  }
  for (const kind of ["p256", "rsa2048"] as const) {
    it(`${kind} with sha512, which only who asks for it gets`, () => {
      const signed = envelope(kind, { hash: "sha512" });
      verifiesWith(signed, kind, "sha512");
      assert.throws(() => verifiesWith(signed, kind), {
        message: "the signature is not of the expected key",
      });
    });
  }
});

describe("an envelope by a key is refused", () => {
  const whole = envelope("p256");
  const content = whole.content as SignedEntity["content"] & { type: "envelope" };
  const refused: ReadonlyArray<readonly [why: string, entity: SignedEntity]> = [
    ["with another payload", { ...whole, content: { ...content, payload: Buffer.from("{} ") } }],
    ["with another payload type", { ...whole, content: { ...content, payloadType: "text/plain" } }],
    ["with another signature", { ...whole, content: { ...content, signature: Buffer.alloc(70) } }],
    ["with an empty signature", { ...whole, content: { ...content, signature: Buffer.alloc(0) } }],
    ["with a certificate", { ...whole, signer: { type: "certificate", leaf: Buffer.alloc(0), chain: [] } }],
  ];
  for (const [why, entity] of refused) {
    it(why, () => assert.throws(() => verifiesWith(entity, "p256"), { code: "SIGNATURE_INVALID" }));
  }
  it("of another key", () =>
    assert.throws(() => verifiesWith(whole, "p256", undefined, "stranger"), { code: "SIGNATURE_INVALID" }));
});
