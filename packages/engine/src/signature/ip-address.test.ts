import assert from "node:assert/strict";
import { isIP } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatIpAddress, parseIpAddress, sameIpAddress } from "./ip-address.ts";

describe("parseIpAddress", () => {
  const cases: ReadonlyArray<readonly [text: string, formatted: string | undefined]> = [
    ["1.2.3.4", "1.2.3.4"],
    ["01.2.3.4", undefined],
    ["1.2.3", undefined],
    ["1.2.3.256", undefined],
    ["1.2.3.4 ", undefined],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
    ["1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["1:2:3:4:5:6:7", undefined],
    ["1:2:3:4:5:6:7:8:9", undefined],
    ["1::2::3", undefined],
    ["1:2:3:4:5:6:7:8::", undefined],
    ["12345::", undefined],
    [":1", undefined],
    ["::ffff:1.2.3.4", "1.2.3.4"],
    ["::1.2.3.4", "::102:304"],
    ["1.2.3.4::", undefined],
    ["fe80::1%eth0", "fe80::1"],
    ["fe80::1%", undefined],
    ["1.2.3.4%eth0", undefined],
    ["", undefined],
  ];
  for (const [text, formatted] of cases) {
    it(`${JSON.stringify(text)} is ${formatted ?? "refused"}`, () => {
      const parsed = parseIpAddress(text);
      assert.equal(parsed && formatIpAddress(parsed), formatted);
    });
  }
});

it("what formatIpAddress writes, parseIpAddress reads, and Node takes for an address", () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(octets, (address) => {
      const text = formatIpAddress(address);
      assert.notEqual(isIP(text), 0);
      assert.ok(sameIpAddress(parseIpAddress(text) ?? new Uint8Array(), address));
    }),
  );
});
