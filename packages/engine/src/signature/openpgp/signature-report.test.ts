import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportText, status } from "./signature-report.ts";

const made = Date.UTC(2020, 0, 1) / 1000;

/** As skopeo 1.22 with gpgme 2.0 prints them, in UTC. */
describe("reportText says of", () => {
  it("a key that is not there", () => {
    const report = {
      fingerprint: "1AEBD64CFDCE33435B5219CF7DCFD4BC104A7D3D",
      status: 9,
      created: made,
      expires: 0,
      keyAlgorithm: 303,
      hashAlgorithm: 10,
    };
    assert.equal(
      reportText(report),
      'Invalid GPG signature: gpgme.Signature{Summary:128, Fingerprint:"1AEBD64CFDCE33435B5219CF7DCFD4BC104A7D3D", Status:gpgme.Error{err:0x9}, Timestamp:time.Date(2020, time.January, 1, 0, 0, 0, 0, time.Local), ExpTimestamp:time.Date(1970, time.January, 1, 0, 0, 0, 0, time.Local), WrongKeyUsage:false, PKATrust:0x0, ChainModel:false, Validity:0, ValidityReason:error(nil), PubkeyAlgo:303, HashAlgo:10}',
    );
  });
  it("a signature that has expired", () => {
    const report = {
      fingerprint: "7578E41D9DA9BF2D52FF32808574979D12053600",
      status: status.signatureExpired,
      created: made,
      expires: made + 10,
      keyAlgorithm: 303,
      hashAlgorithm: 10,
    };
    assert.match(
      reportText(report),
      /Summary:64, .* Status:gpgme\.Error\{err:0x700009a\}, .* ExpTimestamp:time\.Date\(2020, time\.January, 1, 0, 0, 10, 0, time\.Local\)/,
    );
  });

  const summaries: ReadonlyArray<readonly [what: string, status: number, summary: number]> = [
    ["a bad signature", status.bad, 4],
    ["a revoked key", status.keyRevoked, 16],
    ["an expired key", status.keyExpired, 32],
    ["whatever follows it", status.noData, 2048],
    ["a conflict of times", 0x27, 2048],
  ];
  for (const [what, code, summary] of summaries) {
    it(`${what}: summary ${summary}`, () => {
      const report = {
        fingerprint: "",
        status: code,
        created: 0,
        expires: 0,
        keyAlgorithm: 0,
        hashAlgorithm: 0,
      };
      assert.ok(reportText(report).includes(`{Summary:${summary}, `));
    });
  }
});
