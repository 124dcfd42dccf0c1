import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { derTag } from "@countersign/engine/signature/der";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "@countersign/engine/signature/der-write";
import fc from "fast-check";
import { parsePrivateKey } from "./parse-private-key.ts";
import { type PasswordStretching, readStretching } from "./password-stretching.ts";
import { pemBlock } from "./pem-block.ts";

const sequence = (...parts: readonly Uint8Array[]) => encodeDer(derTag.sequence, ...parts);
const octets = (length: number) => encodeDer(derTag.octetString, Buffer.alloc(length));
const integer = (number: bigint) => {
  const hex = number.toString(16);
  return encodeUnsignedInteger(Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex"));
};

const oids = {
  pbes2: "1.2.840.113549.1.5.13",
  pbkdf2: "1.2.840.113549.1.5.12",
  scrypt: "1.3.6.1.4.1.11591.4.11",
  aes: "2.16.840.1.101.3.4.1.42",
  pkcs12: "1.2.840.113549.1.12.1.3",
  md5Des: "1.2.840.113549.1.5.3",
};

/** An EncryptedPrivateKeyInfo that holds nothing. */
const encrypted = (scheme: string, ...parameters: readonly Uint8Array[]) =>
  sequence(sequence(encodeOid(scheme), sequence(...parameters)), octets(48));
const pbes2 = (derivation: string, ...parameters: readonly Uint8Array[]) =>
  encrypted(
    oids.pbes2,
    sequence(encodeOid(derivation), sequence(...parameters)),
    sequence(encodeOid(oids.aes), octets(16)),
  );
const pbkdf2 = (rounds: bigint) => pbes2(oids.pbkdf2, octets(8), integer(rounds));
const scrypt = (N: bigint, r: bigint, p: bigint) =>
  pbes2(oids.scrypt, octets(8), integer(N), integer(r), integer(p));

describe("what a password costs is read", () => {
  const rows: readonly (readonly [of: string, der: Uint8Array, expected: PasswordStretching])[] = [
    ["PBKDF2", pbkdf2(2048n), { type: "rounds", rounds: 2048 }],
    ["PBKDF2 at its limit", pbkdf2(4_000_000n), { type: "rounds", rounds: 4_000_000 }],
    ["PKCS #12", encrypted(oids.pkcs12, octets(8), integer(2000n)), { type: "rounds", rounds: 2000 }],
    ["PKCS #5 version 1", encrypted(oids.md5Des, octets(8), integer(1n)), { type: "rounds", rounds: 1 }],
    [
      "scrypt, as openssl pkcs8 -scrypt has it",
      scrypt(16_384n, 8n, 1n),
      { type: "scrypt", cost: { N: 16_384, r: 8, p: 1 } },
    ],
  ];
  for (const [of, der, expected] of rows) {
    it(`of ${of}`, () => assert.deepEqual(readStretching(der), expected));
  }
});

describe("a password is not stretched", () => {
  const rows: readonly (readonly [why: string, der: Uint8Array, message: RegExp])[] = [
    [
      "for a minute",
      pbkdf2(4_000_001n),
      /^its password is stretched by 4000001 rounds, 4000000 are allowed: /,
    ],
    ["for a year", pbkdf2((1n << 62n) - 1n), /rounds, 4000000 are allowed: write it anew with openssl pkcs8/],
    [
      "for an hour, as in PKCS #12",
      encrypted(oids.pkcs12, octets(8), integer(1n << 31n)),
      /2147483648 rounds/,
    ],
    ["by a number of rounds beyond all", pbkdf2(1n << 64n), /no private key that is encrypted/],
    ["by less than nothing", pbes2(oids.pbkdf2, octets(8), Buffer.of(2, 1, 0xff)), /no private key that is/],
    ["in more memory than OpenSSL takes", scrypt(1n << 15n, 8n, 1n), /takes 33557504 bytes and 262144 steps/],
    ["in a gigabyte", scrypt(1n << 20n, 8n, 1n), /write it anew with openssl pkcs8/],
    [
      "by scrypt a hundred times over",
      scrypt(16_384n, 8n, 100n),
      /and 13107200 steps, 33554432 and 8388608 are/,
    ],
    ["by scrypt at no power of two", scrypt(16_383n, 8n, 1n), /^its N is no power of two: /],
    ["by scrypt with nothing in parallel", scrypt(16_384n, 8n, 0n), /^its r and p are not positive: /],
    ["in a way that is not known", pbes2("1.2.3", octets(8)), /in a way that is not known \(1\.2\.3\)/],
    ["by a scheme that is not known", encrypted("1.2.4", octets(8)), /not known \(1\.2\.4\)/],
    [
      "where nothing says how",
      sequence(sequence(encodeOid(oids.pbes2)), octets(8)),
      /no private key that is/,
    ],
  ];
  for (const [why, der, message] of rows) {
    it(why, async () => {
      const file = Buffer.from(pemBlock("ENCRYPTED PRIVATE KEY", der));
      const never = async (): Promise<string> => assert.fail("its password is asked for");
      await assert.rejects(parsePrivateKey(file, never), { code: "SIGNING_KEY_UNUSABLE", message });
    });
  }

  it("whatever is said to be encrypted", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (der) =>
        assert.throws(() => readStretching(der), { code: "SIGNING_KEY_UNUSABLE" }),
      ),
    ));
});
