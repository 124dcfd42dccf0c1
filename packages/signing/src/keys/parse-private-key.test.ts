import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import fc from "fast-check";
import { keySigner } from "./key-signer.ts";
import { parsePrivateKey, sealedKeyLabel } from "./parse-private-key.ts";
import { pemBlock } from "./pem-block.ts";
import { openSealedKey, sealKey } from "./sealed-key.ts";

const { privateKey } = createSigningKey("signer");
const der = privateKey.export({ type: "pkcs8", format: "der" });
const never = async (): Promise<string> => assert.fail("no password is asked for");
const saying = (password: string) => async () => password;

/** Made by cosign 3.1.1 generate-key-pair, with the password `pw`. */
const madeByCosign = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCIsInBhcmFtcyI6eyJOIjo2NTUzNiwiciI6
OCwicCI6MX0sInNhbHQiOiJBc3pYSDhOOHJxR0FGVHNkZ2UrQ2g1OGcvalBGU01D
TG41N3lrNWNHNSswPSJ9LCJjaXBoZXIiOnsibmFtZSI6Im5hY2wvc2VjcmV0Ym94
Iiwibm9uY2UiOiJlc0E2TzkwMjVSUWtVUjhkaWlJb1cycVNWeWltYVFrcyJ9LCJj
aXBoZXJ0ZXh0IjoiMU0xSGpHT1pjVk0vekxJMGhjS0J4MGFHTkVWOVRDdWNyWkJM
T1NCSDkxTnRBWGllVUhJQWNTRktHRFpUNnNOMnNLK091Yk5kbHJwQ3FIVzZGMnMv
dEo3WkFzWHhId0FWK0dLem45eHZTWThzazBvSXF3NzlIOTdRKy9SQVpnbXhRSVVD
QkFrdCswVGpmWWdsTkJiWk9oVGtxZGNhVnBiRDdMNTNWRGErdGtpUkJOa2RIWC9C
Uld3QkMvUzhremo2c29zZXNkZU5pV1lmd0E9PSJ9
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`;
const publicKeyOfIt = `-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7ABlSq3fEKtBYvYRFtH1Vgl/10aQ
SMTaWtnWbyZVroLPT5scPvqBnjHICU0QaspwpvkrvQ0UTWevUgRpp9XhGQ==
-----END PUBLIC KEY-----
`;

const publicKeyOfOpenssls = "a565d562fa5fd2167b566c92829aa966c51a2e9f25fbeb69d240b216a40f5531";

const same = (found: KeyObject, expected: KeyObject): void => assert.ok(found.equals(expected));

describe("parsePrivateKey reads", () => {
  const rows: readonly (readonly [what: string, pem: string])[] = [
    ["PKCS #8", privateKey.export({ type: "pkcs8", format: "pem" }).toString()],
    ["what openssl ec writes", privateKey.export({ type: "sec1", format: "pem" }).toString()],
    [
      "what openssl ecparam -genkey writes",
      `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${privateKey.export({ type: "sec1", format: "pem" })}`,
    ],
    [
      "a key with text around it",
      `my key\n${privateKey.export({ type: "pkcs8", format: "pem" })}\nthe end\n`,
    ],
  ];
  for (const [what, pem] of rows) {
    it(what, async () => same(await parsePrivateKey(Buffer.from(pem), never), privateKey));
  }

  it("PKCS #8 with a password", async () => {
    const cipher = { cipher: "aes-256-cbc", passphrase: "s3cret" };
    const pem = privateKey.export({ type: "pkcs8", format: "pem", ...cipher });
    same(await parsePrivateKey(Buffer.from(pem), saying("s3cret")), privateKey);
  });

  /** Made by openssl pkcs8 -topk8, with the password `pw`, of one key: by -scrypt -scrypt_N 1024, by -v1 PBE-SHA1-3DES. */
  const madeByOpenssl: readonly (readonly [how: string, base64: string])[] = [
    [
      "scrypt",
      "MIGTME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAgrjXOY6ozAZwICBAACAQgCAQEwHQYJYIZIAWUDBAEqBBChvQnl+QZW/R0snJZBIP4YBEDB3t8s8muebLAcfdKemkgNZpzj5VbqYwHvUhPAGkpJUPm6KRutoIHVlu6QSO7QUnxAFla52Xg04FOhAmBBjRDx",
    ],
    [
      "PKCS #12's way",
      "MFgwHAYKKoZIhvcNAQwBAzAOBAgKDyeeTtaC/QICCAAEOFHJuQqRyFdZ8ox2Mwl4TfVwuol0yeDqHXNF7BMOnvEbLH3UiBpZjwLhK9lJ3kgdiayQ4/leJBdL",
    ],
  ];
  for (const [how, base64] of madeByOpenssl) {
    it(`PKCS #8 with a password by ${how}`, async () => {
      const pem = pemBlock("ENCRYPTED PRIVATE KEY", Buffer.from(base64, "base64"));
      const key = await parsePrivateKey(Buffer.from(pem), saying("pw"));
      const raw = createPublicKey(key).export({ type: "spki", format: "der" }).subarray(-32);
      assert.equal(raw.toString("hex"), publicKeyOfOpenssls);
    });
  }

  it("RSA in PKCS #1", async () => {
    const rsa = createSigningKey("rsa", "rsa2048").privateKey;
    const pem = rsa.export({ type: "pkcs1", format: "pem" });
    same(await parsePrivateKey(Buffer.from(pem), never), rsa);
  });

  it("what cosign writes", async () => {
    const key = await parsePrivateKey(Buffer.from(madeByCosign), saying("pw"));
    assert.equal(keySigner(key).publicKey.key.export({ type: "spki", format: "pem" }), publicKeyOfIt);
  });

  for (const label of [sealedKeyLabel, "ENCRYPTED COSIGN PRIVATE KEY"]) {
    it(`${label}, sealed here`, async () => {
      const pem = pemBlock(label, await sealKey(der, ""));
      same(await parsePrivateKey(Buffer.from(pem), saying("")), privateKey);
    });
  }
});

describe("parsePrivateKey refuses", () => {
  const encrypted = privateKey.export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "a",
  });
  const rows: readonly (readonly [why: string, pem: string, message: RegExp])[] = [
    ["nothing", "", /^there is no PEM in it$/],
    ["a public key", publicKeyOfIt, /^it is a "PUBLIC KEY", not a private key$/],
    [
      "damage",
      "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
      /^what it holds is no private key$/,
    ],
    [
      "a key of OpenSSH's",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n",
      /ssh-keygen -p -m PKCS8/,
    ],
    [
      "OpenSSL's old encryption",
      "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n",
      /openssl pkcs8 -topk8/,
    ],
    ["another password", encrypted.toString(), /^the password is not the key's, or the key file is damaged$/],
    [
      "another password of a key of cosign's",
      madeByCosign,
      /^the password is not the key's, or the key file is damaged$/,
    ],
  ];
  for (const [why, pem, message] of rows) {
    it(why, () =>
      assert.rejects(parsePrivateKey(Buffer.from(pem), saying("b")), {
        code: "SIGNING_KEY_UNUSABLE",
        message,
      }),
    );
  }
});

describe("keySigner refuses", () => {
  const rows: readonly (readonly [why: string, key: KeyObject])[] = [
    ["a curve nobody takes", createSigningKey("p224", "p224").privateKey],
    ["an RSA key that is too short", createSigningKey("short", "rsa1024").privateKey],
    ["Bitcoin's curve", generateKeyPairSync("ec", { namedCurve: "secp256k1" }).privateKey],
    ["Ed448", generateKeyPairSync("ed448").privateKey],
    ["X25519", generateKeyPairSync("x25519").privateKey],
  ];
  for (const [why, key] of rows) {
    it(why, () => assert.throws(() => keySigner(key), { code: "SIGNING_KEY_UNUSABLE" }));
  }
});

it("keySigner makes no signature that its own public key does not verify", async () => {
  const [own, other] = [createSigningKey("own"), createSigningKey("other")].map((key) =>
    key.privateKey.export({ format: "jwk" }),
  );
  const mixed = createPrivateKey({ key: { ...own, ...(other?.d && { d: other.d }) }, format: "jwk" });
  const { signal } = new AbortController();
  await assert.rejects(keySigner(mixed).sign(Buffer.from("message"), "sha256", signal), {
    code: "SIGNER_FAILED",
    message: "the private key makes no signature of its public half: it is damaged",
  });
});

describe("a sealed key", () => {
  const sealedWith = (change: (json: ReturnType<typeof usual>) => unknown): Buffer =>
    Buffer.from(JSON.stringify(change(usual())));
  const usual = () => ({
    kdf: { name: "scrypt", params: { N: 65536, r: 8, p: 1 }, salt: "AAAA" },
    cipher: { name: "nacl/secretbox", nonce: Buffer.alloc(24).toString("base64") },
    ciphertext: Buffer.alloc(64).toString("base64"),
  });
  const params = (change: object) =>
    sealedWith(({ kdf, ...rest }) => ({ ...rest, kdf: { ...kdf, params: { ...kdf.params, ...change } } }));

  const refused: readonly (readonly [why: string, sealed: Uint8Array, message: RegExp])[] = [
    ["that is not JSON", Buffer.from("{"), /not as cosign writes it/],
    ["that takes a gigabyte", params({ N: 1 << 20 }), /takes 1073744896 bytes and 8388608 steps/],
    [
      "that takes more memory than there is",
      params({ r: 999_999_999 }),
      /, 268435456 and 8388608 are allowed$/,
    ],
    ["that takes for ever", params({ p: 17 }), /8912896 steps, /],
    [
      "that takes memory for what is computed at a time",
      params({ N: 2, r: 1 << 20, p: 4 }),
      /1073741824 bytes/,
    ],
    ["whose cost is no power of two", params({ N: 65_535 }), /power of two/],
    ["whose cost is a fraction", params({ N: 65_536.5 }), /a number is expected/],
    [
      "of another derivation",
      sealedWith(({ kdf, ...rest }) => ({ ...rest, kdf: { ...kdf, name: "argon2" } })),
      /"argon2" is not known/,
    ],
    [
      "by another cipher",
      sealedWith(({ cipher, ...rest }) => ({ ...rest, cipher: { ...cipher, name: "aes" } })),
      /"aes" is not known/,
    ],
    [
      "with a short nonce",
      sealedWith(({ cipher, ...rest }) => ({ ...rest, cipher: { ...cipher, nonce: "AAAA" } })),
      /24 bytes/,
    ],
    ["that lacks a part", sealedWith(({ ciphertext: _gone, ...rest }) => rest), /"ciphertext" missing/],
    ["with a part too much", sealedWith((json) => ({ ...json, more: 1 })), /Unknown key "more"/],
  ];
  for (const [why, sealed, message] of refused) {
    it(`${why} is refused`, () =>
      assert.rejects(openSealedKey(sealed, ""), { code: "SIGNING_KEY_UNUSABLE", message }));
  }

  it("opens with its password alone", async () => {
    const sealed = await sealKey(der, "right");
    assert.deepEqual(Buffer.from(await openSealedKey(sealed, "right")), der);
    await assert.rejects(openSealedKey(sealed, "wrong"), { code: "SIGNING_KEY_UNUSABLE" });
  });

  it("is refused whatever it is", () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.json(), fc.string()), (text) =>
        assert.rejects(openSealedKey(Buffer.from(text), ""), { code: "SIGNING_KEY_UNUSABLE" }),
      ),
    ));
});
