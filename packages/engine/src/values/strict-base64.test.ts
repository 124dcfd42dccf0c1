import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CountersignError } from "./error.ts";
import { decodeBase64 } from "./strict-base64.ts";

describe("decodeBase64 accepts", () => {
  const accepted: ReadonlyArray<readonly [what: string, text: string, decoded: string]> = [
    ["nothing", "", ""],
    ["three bytes", "QUJD", "ABC"],
    ["one byte with its padding", "QQ==", "A"],
    ["line ends anywhere, even within the padding", "Q\r\nUI=\n", "AB"],
    ["line ends between the two characters of padding", "QQ=\n=", "A"],
    ["bits left over in the last character, as Go does", "QR==", "A"],
  ];
  for (const [what, text, decoded] of accepted) {
    it(what, () => assert.equal(Buffer.from(decodeBase64(text)).toString(), decoded));
  }

  it("whatever Buffer encodes", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) =>
        assert.deepEqual(decodeBase64(Buffer.from(bytes).toString("base64")), bytes),
      ),
    );
  });
});

describe("decodeBase64 refuses", () => {
  const refused: ReadonlyArray<readonly [why: string, text: string, at: number]> = [
    ["missing padding, at the group's begin", "QUJDQQ", 4],
    ["missing padding after a line end, counting it", "QUJD\nQ\n", 6],
    ["half the padding", "QQ=", 3],
    ["half the padding and a line end", "QQ=\n", 4],
    ["padding after one character", "Q===", 1],
    ["padding where a group could begin", "QUJD====", 4],
    ["padding alone", "=", 0],
    ["something else instead of the second padding character", "QQ=x", 2],
    ["data after the end", "QQ==QQ==", 4],
    ["data after the end and a line end", "QUI=\nQ", 5],
    ["a third padding character", "QQ===", 4],
    ["the URL alphabet", "-_==", 0],
    ["a space", "QQ ==", 2],
    ["a letter beyond ASCII", "QUé=", 2],
  ];
  for (const [why, text, at] of refused) {
    it(why, () =>
      assert.throws(() => decodeBase64(text), {
        code: "BASE64_INVALID",
        message: `illegal base64 data at input byte ${at}`,
      }),
    );
  }

  it("every text but the one that encodes the same bytes, line ends and left-over bits apart", () => {
    const nearBase64 = fc.string({ unit: fc.constantFrom(..."QRSA/+=\n -é") });
    fc.assert(
      fc.property(nearBase64, (text) => {
        const decoded = decodedOrError(text);
        if (decoded instanceof CountersignError) return decoded.code === "BASE64_INVALID";
        const again = Buffer.from(decoded).toString("base64");
        const compact = text.replaceAll("\n", "");
        return again.length === compact.length && Buffer.from(compact, "base64").equals(decoded);
      }),
      { numRuns: 2000 },
    );
  });
});

function decodedOrError(text: string): Uint8Array | CountersignError {
  try {
    return decodeBase64(text);
  } catch (error) {
    return CountersignError.from(error);
  }
}
