import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { certificate, userId } from "@countersign/testkit/signing-kit/gpg/gpg-certificate";
import { createGpgKey } from "@countersign/testkit/signing-kit/gpg/gpg-key";
import { octets, packet, tag } from "@countersign/testkit/signing-kit/gpg/packet";
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
