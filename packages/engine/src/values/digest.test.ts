import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestAlgorithm, digestHex, digestOf, parseDigest } from "./digest.ts";

const hex64 = "0123456789abcdef".repeat(4);

describe("parseDigest", () => {
  it("accepts sha256, sha384 and sha512", () => {
    for (const text of [`sha256:${hex64}`, `sha384:${hex64}${hex64.slice(32)}`, `sha512:${hex64}${hex64}`]) {
      assert.equal(parseDigest(text), text);
    }
  });

  it("tells its parts", () => {
    const digest = parseDigest(`sha256:${hex64}`);
    assert.equal(digestAlgorithm(digest), "sha256");
    assert.equal(digestHex(digest), hex64);
  });

  it("accepts what digestOf makes", () => {
    const empty = digestOf(new Uint8Array());
    assert.equal(empty, "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert.equal(parseDigest(empty), empty);
    assert.match(parseDigest(digestOf(new Uint8Array(), "sha512")), /^sha512:cf83e1357eefb8bd/);
  });
});

describe("parseDigest refuses", () => {
  const [format, length, unsupported] = [
    "invalid checksum digest format",
    "invalid checksum digest length",
    "unsupported digest algorithm",
  ];
  const refused: ReadonlyArray<readonly [why: string, text: string, message: string]> = [
    ["the empty string", "", format],
    ["a bare hash", hex64, format],
    ["an empty hash", "sha256:", format],
    ["an empty algorithm", `:${hex64}`, format],
    ["an unknown algorithm", `md5:${hex64}`, unsupported],
    ["a name inherited from Object", `constructor:${hex64}`, unsupported],
    ["an algorithm in capitals", `SHA256:${hex64}`, format],
    ["an algorithm with odd characters", `sha~256:${hex64}`, format],
    ["a short hash", `sha256:${hex64.slice(1)}`, length],
    ["a long hash", `sha256:${hex64}0`, length],
    ["a hash in capitals", `sha256:${hex64.toUpperCase()}`, format],
    ["a hash of the right length in bytes, not in letters", `sha256:${"é".repeat(32)}`, format],
    ["a hash of the right length in letters, not in bytes", `sha256:${"é".repeat(64)}`, length],
    ["a trailing newline", `sha256:${hex64}\n`, length],
  ];
  for (const [why, text, message] of refused) {
    it(why, () => assert.throws(() => parseDigest(text), { code: "DIGEST_INVALID", message }));
  }
});
