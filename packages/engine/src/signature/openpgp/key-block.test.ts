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

function numberOf(bits: number): Buffer {
  return mpi(
    Buffer.from((2n ** BigInt(bits) - 1n).toString(16).padStart(Math.ceil(bits / 8) * 2, "0"), "hex"),
  );
}
