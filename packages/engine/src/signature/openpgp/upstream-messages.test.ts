import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findUpstreamVectors } from "@countersign/testkit/signing-kit/upstream-vectors";
import { currentKeys } from "./find-signer.ts";
import { importKeys } from "./keyring.ts";
import { openMessage } from "./message.ts";

const vectors = findUpstreamVectors();
const skip =
  vectors === undefined && "no upstream vectors: set COUNTERSIGN_VECTORS to a folder that has them";

const now = Date.UTC(2026, 5, 1) / 1000;
const release = "08CD26E446E2E95249B7A405E932F44B23E8DD43";

function open(name: string, ...keyFiles: readonly string[]) {
  assert.ok(vectors);
  const keys = currentKeys(importKeys(keyFiles.map((file) => vectors.read(file))), now);
  const { contents, signer } = openMessage(vectors.read(name), keys.find, now);
  return { contents: Buffer.from(contents).toString(), primary: signer.primary.fingerprint };
}

/** Those of mechanism_test.go; `-v3` are signatures of version 3, as Red Hat's are. */
describe("containers/image's own messages", { skip }, () => {
  for (const name of ["invalid-blob.signature", "invalid-blob.signature-v3"]) {
    it(`${name} is opened, whatever it says`, () =>
      assert.deepEqual(open(name, "public-key.gpg"), { contents: "This is not JSON\n", primary: release }));
    it(`${name} is opened with a keyring of several`, () =>
      assert.equal(open(name, "public-key-2.gpg", "public-key-1.gpg").primary, release));
  }

  for (const name of ["subkey.signature", "subkey.signature-v3"]) {
    it(`${name} is opened for the subkey's primary key`, () =>
      assert.equal(
        open(name, "public-key-with-subkey.gpg").primary,
        "B9F4CDB9FD8C475BFA340AC38D54A947EE396F36",
      ));
  }

  const refused: ReadonlyArray<readonly [name: string, keyFile: string, reason: RegExp]> = [
    ["unsigned-literal.signature", "public-key.gpg", /^No data$/],
    ["unsigned-encrypted.signature", "public-key.gpg", /^Bad data$/],
    ["expired.signature", "public-key.gpg", /err:0x700009a\}/],
    ["corrupt.signature", "public-key.gpg", /err:0x7000008\}/],
    ["corrupt.signature-v3", "public-key.gpg", /err:0x7000008\}/],
    ["unknown-key.signature", "public-key.gpg", /err:0x9\}/],
    ["unknown-key.signature-v3", "public-key.gpg", /err:0x9\}/],
    ["subkey-revoked.signature", "public-key-with-revoked-subkey.gpg", /err:0x700005e\}/],
    ["subkey-revoked.signature-v3", "public-key-with-revoked-subkey.gpg", /err:0x700005e\}/],
    ["invalid-cleartext.signature", "public-key.gpg", /armored/],
  ];
  for (const [name, keyFile, message] of refused) {
    it(`${name} is refused`, () =>
      assert.throws(() => open(name, keyFile), { code: "SIGNATURE_INVALID", message }));
  }
});
