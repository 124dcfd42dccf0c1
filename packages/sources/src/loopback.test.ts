import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { isLoopbackAddress, splitPort } from "./loopback.ts";

describe("isLoopbackAddress", () => {
  const rows: readonly (readonly [address: string, loopback: boolean])[] = [
    ["127.0.0.1", true],
    ["127.255.0.9", true],
    ["::1", true],
    ["0:0:0:0:0:0:0:1", true],
    ["::ffff:127.0.0.1", true],
    ["::ffff:7f00:1", true],
    ["::ffff:7f:1", false],
    ["128.0.0.1", false],
    ["127.0.0", false],
    ["127.1", false],
    ["127.0.0.01", false],
    ["127.example", false],
    ["::2", false],
    ["[::1]", false],
    ["::1%lo", false],
    ["localhost", false],
    ["", false],
  ];
  for (const [address, loopback] of rows) {
    it(`says ${loopback ? "yes" : "no"} to ${JSON.stringify(address)}`, () =>
      assert.equal(isLoopbackAddress(address), loopback));
  }
});

describe("splitPort", () => {
  const rows: readonly (readonly [hostPort: string, host: string, port: string])[] = [
    ["a.example:5000", "a.example", "5000"],
    ["a.example:", "a.example", ""],
    ["a.example", "a.example", ""],
    ["[::1]:5000", "::1", "5000"],
    ["[::1]", "[::1]", ""],
    ["::1", "::1", ""],
    [":5000", "", "5000"],
    ["", "", ""],
  ];
  for (const [hostPort, host, port] of rows) {
    it(JSON.stringify(hostPort), () => assert.deepEqual(splitPort(hostPort), { host, port }));
  }
});
