import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificate, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { mpi, number, octets, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { importKeys } from "./keyring.ts";

const alice = createGpgKey("alice");
const good = certificate(alice, userId("Alice"));
const secretBody = Buffer.concat([alice.body, octets(0, 0, 8, 1, 0, 1)]);
const secret = packet(tag.secretKey, secretBody);

/** gpg takes in their public part, revocations too: whoever passes them over trusts a key that its owner has given up. */
describe("importKeys refuses", () => {
  const rows: ReadonlyArray<readonly [what: string, files: readonly Uint8Array[]]> = [
    ["a secret key", [secret]],
    ["a secret key behind a public one", [Buffer.concat([good, secret])]],
    ["a secret subkey", [Buffer.concat([good, packet(tag.secretSubkey, secretBody)])]],
    ["another file's secret key", [good, secret]],
  ];
  for (const [what, files] of rows) {
    it(what, () =>
      assert.throws(() => importKeys(files), { code: "TRUST_MATERIAL_INVALID", message: /a secret key/ }),
    );
  }
});

/** What one of them has revoked must not count again because nobody can tell. */
describe("importKeys refuses keys that nothing is verified with:", () => {
  const rows: ReadonlyArray<readonly [what: string, algorithm: number, bits: readonly number[]]> = [
    ["an RSA key of 1023 bits", 1, [1023, 17]],
    ["an RSA key with an exponent of 65 bits", 1, [2048, 65]],
    ["a DSA key of 3073 and 256 bits", 17, [3073, 256, 3072, 3072]],
    ["a DSA key of 1024 and 168 bits", 17, [1024, 168, 1023, 1023]],
  ];
  for (const [what, algorithm, bits] of rows) {
    const numbers = Buffer.concat(bits.map(numberOf));
    const body = Buffer.concat([octets(4), number(alice.created, 4), octets(algorithm), numbers]);
    const message = `the OpenPGP keys of this requirement hold ${what}`;
    it(what, () =>
      assert.throws(() => importKeys([packet(tag.publicKey, body)]), {
        code: "TRUST_MATERIAL_INVALID",
        message,
      }),
    );
    it(`${what}, as a subkey`, () =>
      assert.throws(() => importKeys([Buffer.concat([good, packet(tag.publicSubkey, body)])]), { message }));
  }
});

/** gpg goes on behind them, or takes what is behind for a part of them: there might be a revocation. */
describe("importKeys refuses what nobody wants in a key file:", () => {
  const encrypted = "a part of an encrypted message";
  const rows: ReadonlyArray<readonly [what: string, said: string, part: Uint8Array]> = [
    ["a session key", encrypted, packet(1, octets(3, ...Buffer.alloc(8), 99, 0))],
    ["a session key for a password", encrypted, packet(3, octets(4, 9, 0, 8))],
    ["encrypted data", encrypted, packet(9, Buffer.alloc(10))],
    ["encrypted data in parts", encrypted, packet(9, Buffer.alloc(40), { partial: 5 })],
    ["protected data", encrypted, packet(18, octets(1, ...Buffer.alloc(9)))],
    ["protected data of no octets", encrypted, packet(18, octets())],
    ["data of the newest kind", encrypted, packet(20, octets(1, ...Buffer.alloc(20)))],
    ["a key of no octets", "a key that says nothing", packet(tag.publicKey, octets())],
    ["a subkey of no octets", "a key that says nothing", packet(tag.publicSubkey, octets())],
    ["a comment of old", "a comment in a subkey", packet(tag.publicSubkey, Buffer.from("# comment"))],
    ["a document in parts", "a document without a length", packet(11, Buffer.alloc(40), { partial: 5 })],
    ["a document to the end", "a document without a length", packet(11, Buffer.alloc(40), "indeterminate")],
  ];
  for (const [what, said, part] of rows) {
    const message = `the OpenPGP keys of this requirement hold ${said}`;
    for (const [where, file] of [
      ["behind a key", Buffer.concat([good, part])],
      ["alone", part],
    ] as const) {
      it(`${what}, ${where}`, () =>
        assert.throws(() => importKeys([file]), { code: "TRUST_MATERIAL_INVALID", message }));
    }
  }
});

function numberOf(bits: number): Buffer {
  return mpi(
    Buffer.from((2n ** BigInt(bits) - 1n).toString(16).padStart(Math.ceil(bits / 8) * 2, "0"), "hex"),
  );
}
