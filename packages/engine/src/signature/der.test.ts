import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { DerReader, derTag, rightAligned } from "./der.ts";
import { encodeDer, encodeOid, encodeUnsignedInteger } from "./der-write.ts";

const hex = (text: string): Uint8Array => Buffer.from(text.replaceAll(" ", ""), "hex");

describe("DerReader refuses", () => {
  const refused: ReadonlyArray<readonly [why: string, bytes: string]> = [
    ["nothing", ""],
    ["a tag alone", "30"],
    ["an indefinite length (BER)", "30 80 05 00 00 00"],
    ["a length in the long form that fits the short one", "04 81 01 00"],
    ["a length with a leading zero", `04 82 00 80 ${"00".repeat(128)}`],
    ["a length of five bytes", "04 85 00 00 00 00 01 00"],
    ["a length that is cut off", "04 82 01"],
    ["content that is cut off", "04 02 00"],
    ["a length of four gigabytes", "04 84 ff ff ff ff 00"],
    ["a tag above 30", "1f 81 01 00"],
  ];
  for (const [why, bytes] of refused) {
    it(why, () => assert.equal(new DerReader(hex(bytes)).next(), undefined));
  }
});

describe("DerReader reads", () => {
  it("elements one after the other", () => {
    const der = new DerReader(hex("02 01 05 04 01 ff"));
    assert.deepEqual(der.integer(), hex("05"));
    assert.equal(der.done, false);
    assert.deepEqual(der.content(derTag.octetString), hex("ff"));
    assert.equal(der.done, true);
  });
  it("and stays where it was if something else comes next", () => {
    const der = new DerReader(hex("02 01 05"));
    assert.equal(der.enter(derTag.sequence), undefined);
    assert.deepEqual(der.integer(), hex("05"));
  });
});

describe("an INTEGER is refused", () => {
  const refused: ReadonlyArray<readonly [why: string, bytes: string]> = [
    ["without content", "02 00"],
    ["with a needless zero", "02 02 00 7f"],
    ["with a needless ff", "02 02 ff 80"],
    ["of another type", "0a 01 05"],
  ];
  for (const [why, bytes] of refused) {
    it(why, () => assert.equal(new DerReader(hex(bytes)).integer(), undefined));
  }
  it("of nine bytes as an int64", () => {
    assert.equal(new DerReader(hex("02 09 01 00 00 00 00 00 00 00 00")).int64(), undefined);
  });
});

describe("a BOOLEAN is refused", () => {
  for (const bytes of ["01 01 01", "01 00", "01 02 ff ff"]) {
    it(bytes, () => assert.equal(new DerReader(hex(bytes)).boolean(), undefined));
  }
});

describe("a BIT STRING", () => {
  const refused: ReadonlyArray<readonly [why: string, bytes: string]> = [
    ["without content", "03 00"],
    ["with eight unused bits", "03 02 08 00"],
    ["with unused bits that are set", "03 02 01 01"],
    ["with unused bits of nothing", "03 01 01"],
  ];
  for (const [why, bytes] of refused) {
    it(`is refused ${why}`, () => assert.equal(new DerReader(hex(bytes)).bitString(), undefined));
  }
  it("is aligned to the right", () => {
    const bits = new DerReader(hex("03 03 04 ab c0")).bitString();
    assert.ok(bits && hex("0a bc").every((byte, at) => byte === rightAligned(bits)[at]));
  });
});

describe("an OBJECT IDENTIFIER", () => {
  const cases: ReadonlyArray<readonly [bytes: string, text: string | undefined]> = [
    ["06 03 2a 86 48", "1.2.840"],
    ["06 01 27", "0.39"],
    ["06 02 88 37", "2.999"],
    ["06 00", undefined],
    ["06 02 2a 80", undefined],
    ["06 03 2a 80 01", undefined],
    ["06 06 2a 88 80 80 80 00", undefined],
    ["06 06 2a 87 ff ff ff 7f", "1.2.2147483647"],
  ];
  for (const [bytes, text] of cases) {
    it(`${bytes} is ${text ?? "refused"}`, () => assert.equal(new DerReader(hex(bytes)).oid(), text));
  }
});

describe("what encodeDer writes, DerReader reads", () => {
  const bytes = fc.uint8Array({ maxLength: 70_000, size: "max" });
  it("of any length", () => {
    fc.assert(
      fc.property(bytes, (content) => {
        const der = encodeDer(derTag.octetString, content);
        const reader = new DerReader(der);
        assert.ok(Buffer.from(content).equals(reader.content(derTag.octetString) ?? Buffer.alloc(0)));
        assert.ok(reader.done);
      }),
      { numRuns: 50 },
    );
  });
  it("for numbers", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), (number) => {
        const octets = Buffer.from(number.toString(16).padStart(16, "0"), "hex");
        assert.equal(new DerReader(encodeUnsignedInteger(octets)).int64(), number);
      }),
    );
  });
  it("for object identifiers", () => {
    const arc = fc.integer({ min: 0, max: 2 ** 31 - 1 });
    fc.assert(
      fc.property(fc.nat(39), fc.array(arc, { maxLength: 8 }), (second, rest) => {
        const oid = ["1", second, ...rest].join(".");
        assert.equal(new DerReader(encodeOid(oid)).oid(), oid);
      }),
    );
  });
});

describe("DerReader, given any bytes", () => {
  it("ends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const der = new DerReader(bytes);
        let total = 0;
        for (let element = der.next(); element !== undefined; element = der.next())
          total += element.raw.length;
        assert.ok(total <= bytes.length);
      }),
    );
  });
});
