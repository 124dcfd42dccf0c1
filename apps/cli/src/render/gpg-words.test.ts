import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  reportText,
  type SignatureReport,
  status,
} from "@countersign/engine/signature/openpgp/signature-report";
import { gpgFault } from "./gpg-words.ts";

const report = (code: number): SignatureReport => ({
  fingerprint: "1AEBD64CFDCE33435B5219CF7DCFD4BC104A7D3D",
  status: code,
  created: 0,
  expires: 0,
  keyAlgorithm: 303,
  hashAlgorithm: 10,
});

describe("gpgFault reads", () => {
  const rows: ReadonlyArray<readonly [what: string, code: number, meaning: RegExp, remedy: RegExp]> = [
    ["that nobody knows the key", 9, /none of the policy's keys made it/, /name the key that signed/],
    ["that a key has ended", status.keyExpired, /its key has expired/, /--quick-set-expire/],
    ["that a signature has ended", status.signatureExpired, /it has expired/, /sign again/],
    ["that a key is revoked", status.keyRevoked, /its key is revoked/, /another key/],
    ["that it does not verify", status.bad, /not by its key, or was changed/, /sign this very digest again/],
    ["that something follows", status.noData, /does not belong to it/, /sign again/],
    ["that a digest is not taken", 5, /no digest of this algorithm/, /SHA256/],
    ["that a subkey has not agreed", 1, /cannot sign like this/, /cross-certify/],
    ["that it comes too early", 0x27, /older than its key/, /clocks/],
    ["what it does not know", 0x7777, /could not check/, /sign again/],
  ];
  for (const [what, code, meaning, remedy] of rows) {
    it(what, () => {
      const fault = gpgFault(reportText(report(code)));
      assert.match(fault?.meaning ?? "", meaning);
      assert.match(fault?.meaning ?? "", /1AEBD64CFDCE33435B5219CF7DCFD4BC104A7D3D/);
      assert.match(fault?.remedy ?? "", remedy);
    });
  }

  it("nothing into other reasons", () => {
    for (const reason of ["", "No data", "Signature for digest sha256:0 does not match"])
      assert.equal(gpgFault(reason), undefined);
  });
});
