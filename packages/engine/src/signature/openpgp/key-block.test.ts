import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificate, keyRevocation, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { compressed } from "@countersign/testkit/signing-kit/gpg/gpg-message";
import { octets, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
import { importKeys } from "./keyring.ts";

const alice = createGpgKey("alice");
const good = certificate(alice, userId("Alice"));
const revoked = certificate(alice, keyRevocation(), userId("Alice"));
const secretBody = Buffer.concat([alice.body, octets(0, 0, 8, 1, 0, 1)]);
const secret = packet(tag.secretKey, secretBody);

/** What gpg would take in, revocations too: whoever passes it over trusts a key that its owner has given up. */
describe("importKeys does not guess what is in", () => {
  const rows: ReadonlyArray<readonly [what: string, message: RegExp, files: readonly Uint8Array[]]> = [
    ["a secret key", /a secret key/, [secret]],
    ["a secret key behind a public one", /a secret key/, [Buffer.concat([good, secret])]],
    ["a secret subkey", /a secret key/, [Buffer.concat([good, packet(tag.secretSubkey, secretBody)])]],
    ["another file's secret key", /a secret key/, [good, secret]],
    ["compressed keys", /compressed data/, [compressed(good)]],
    ["another file's compressed keys", /compressed data/, [good, compressed(revoked)]],
  ];
  for (const [what, message, files] of rows) {
    it(what, () => assert.throws(() => importKeys(files), { code: "TRUST_MATERIAL_INVALID", message }));
  }
});
