import assert from "node:assert/strict";
import { createPublicKey, type KeyObject, scryptSync, verify } from "node:crypto";
import { nextPemBlock, pemText } from "@countersign/engine/signature/pem";
import { keySigner } from "@countersign/signing/keys/key-signer";
import { parsePrivateKey, sealedKeyLabel } from "@countersign/signing/keys/parse-private-key";
import { readStretching } from "@countersign/signing/keys/password-stretching";
import { type ScryptCost, scryptMemory } from "@countersign/signing/keys/scrypt-cost";
import { readSealed } from "@countersign/signing/keys/sealed-key";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { secretbox } from "@noble/ciphers/salsa.js";
import { mutateJson } from "../mutate/json.ts";
import { anyOf, type Mutate } from "../mutate/mutate.ts";
import { mutatePem, pem } from "../mutate/pem.ts";
import { reading, readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A private key file, which may ask for any amount of time and memory to stretch its password. It never takes more than
 * is allowed; a key that is read signs; no message says the password.
 */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(seed)), mutate, check };
}

const password = "a password that nobody says";
const { privateKey } = createSigningKey("fuzzed", "p256");
const pkcs8 = privateKey.export({ type: "pkcs8", format: "der" });

/** As cosign's, and cheaper. */
function sealed(cost: ScryptCost): Uint8Array {
  const [salt, nonce] = [Buffer.alloc(32, 1), Buffer.alloc(24, 2)];
  const box = secretbox(scryptSync(password, salt, 32, { ...cost }), nonce).seal(pkcs8);
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString("base64");
  return Buffer.from(
    JSON.stringify({
      kdf: { name: "scrypt", params: cost, salt: base64(salt) },
      cipher: { name: "nacl/secretbox", nonce: base64(nonce) },
      ciphertext: base64(box),
    }),
  );
}

/** Made by openssl pkcs8 -topk8 -scrypt -scrypt_N 1024, and -v1 PBE-SHA1-3DES, with another password. */
const madeByOpenssl = [
  "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgrjXOY6ozAZwICBAACAQgCAQEwHQYJYIZIAWUDBAEqBBChvQnl+QZW/R0snJZBIP4YBEDB3t8s8muebLAcfdKemkgNZpzj5VbqYwHvUhPAGkpJUPm6KRutoIHVlu6QSO7QUnxAFla52Xg04FOhAmBBjRDx",
  "MFgwHAYKKoZIhvcNAQwBAzAOBAgKDyeeTtaC/QICCAAEOFHJuQqRyFdZ8ox2Mwl4TfVwuol0yeDqHXNF7BMOnvEbLH3UiBpZjwLhK9lJ3kgdiayQ4/leJBdL",
].map((base64) => pem("ENCRYPTED PRIVATE KEY", Buffer.from(base64, "base64")));

const written = (key: KeyObject, type: "pkcs8" | "sec1" | "pkcs1") =>
  key.export({ type: type as "pkcs8", format: "pem" }).toString();
const rsa = createSigningKey("fuzzed", "rsa2048").privateKey;
const seeds = [
  ...[written(privateKey, "pkcs8"), written(privateKey, "sec1"), written(rsa, "pkcs1")],
  written(createSigningKey("fuzzed", "ed25519").privateKey, "pkcs8"),
  privateKey.export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: password }).toString(),
  ...madeByOpenssl,
  pem(sealedKeyLabel, sealed({ N: 16, r: 1, p: 1 })),
  pem("ENCRYPTED COSIGN PRIVATE KEY", sealed({ N: 2, r: 8, p: 2 })),
  `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${written(privateKey, "sec1")}`,
];

const mutateSealedJson = mutateJson({
  names: ["kdf", "name", "params", "N", "r", "p", "salt", "cipher", "nonce", "ciphertext"],
  values: ["scrypt", "nacl/secretbox", "argon2", "AAAA", ""],
});

const costs = ["1", "2", "16", "65536", "1048576", "1073741824", "999999999"] as const;

/** What the JSON in a block of cosign's says, and often only what it costs. */
const mutateSealed: Mutate = (draw, input, other) => {
  const block = nextPemBlock(pemText(input))?.block;
  if (block === undefined || !/SIGSTORE|COSIGN/.test(block.label)) return mutatePem(draw, input, other);
  const json = Buffer.from(block.bytes);
  const changed = draw.chance(0.4)
    ? Buffer.from(json.toString("latin1").replaceAll(/("[Nrp]":)\d+/g, (_, name) => name + draw.one(costs)))
    : mutateSealedJson(draw, json, json);
  return Buffer.from(pem(block.label, changed));
};

const mutate = anyOf(mutatePem, mutateSealed);

const codes = ["SIGNING_KEY_UNUSABLE"] as const;
/** What may be computed thousands of times; more is only looked at. */
const cheap = { rounds: 5000, steps: 20_000 };

async function check(input: Uint8Array): Promise<string> {
  const cost = costOf(input);
  if (cost !== undefined) return cost;
  const read = await readingAsync(codes, () => parsePrivateKey(input, async () => password));
  if (read.type === "refused") {
    assert.ok(!read.message.includes(password), "the password is told");
    return read.outcome;
  }
  const signer = reading(codes, () => keySigner(read.value));
  if (signer.type === "refused") return signer.outcome;
  const message = Buffer.from("message");
  const signing = await readingAsync(["SIGNER_FAILED"], () =>
    signer.value.sign(message, "sha256", new AbortController().signal),
  );
  if (signing.type === "refused") return signing.outcome;
  const { type } = signer.value.publicKey;
  const algorithm = type === "ed25519" ? null : "sha256";
  assert.ok(verify(algorithm, message, createPublicKey(read.value), signing.value), "a signature by no key");
  return `reads ${type}`;
}

/** What becomes of a file that costs more than can be tried here; undefined of others. */
function costOf(input: Uint8Array): string | undefined {
  const block = nextPemBlock(pemText(input))?.block;
  if (block === undefined) return undefined;
  if (block.label === "ENCRYPTED PRIVATE KEY") {
    const read = reading(codes, () => readStretching(block.bytes));
    if (read.type === "refused") return undefined;
    const { value } = read;
    if (value.type === "scrypt") return costOfScrypt(value.cost, 32 << 20);
    assert.ok(value.rounds >= 1 && value.rounds <= 4_000_000, "it takes too long");
    return value.rounds <= cheap.rounds ? undefined : "takes some rounds";
  }
  if (!/^ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY$/.test(block.label)) return undefined;
  const read = reading(codes, () => readSealed(block.bytes));
  return read.type === "refused" ? undefined : costOfScrypt(read.value.cost, 256 << 20);
}

function costOfScrypt(cost: ScryptCost, memory: number): string | undefined {
  const steps = cost.N * cost.r * cost.p;
  assert.ok(steps <= 1 << 23, "it takes too long");
  assert.ok(scryptMemory(cost) <= memory, "it takes too much memory");
  return steps <= cheap.steps ? undefined : "takes some steps";
}
