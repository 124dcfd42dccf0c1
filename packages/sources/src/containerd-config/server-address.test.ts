import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseServerAddress } from "./server-address.ts";

describe("parseServerAddress reads", () => {
  const rows: readonly (readonly [text: string, scheme: string, host: string, path: string])[] = [
    ["https://m.example", "https", "m.example", ""],
    ["http://m.example:5000/", "http", "m.example:5000", "/"],
    ["m.example:5000", "https", "m.example:5000", ""],
    ["m.example/us/v2", "https", "m.example", "/us/v2"],
    ["HTTP://m.example", "https", "HTTP:", "//m.example"],
    ["https://me:s3cret@m.example/a", "https", "m.example", "/a"],
    ["https://a@b@m.example", "https", "m.example", ""],
    ["https://m.example/a%2fb?x=1#y", "https", "m.example", "/a/b"],
    ["https://m.example?x", "https", "m.example", ""],
    ["https://[::1]:5000/a", "https", "[::1]:5000", "/a"],
    ["https://M.Example", "https", "M.Example", ""],
    ["https://my_mirror", "https", "my_mirror", ""],
    ["https://", "https", "", ""],
    ["httpd.example", "", "", "httpd.example"],
    ["httpd.example/a", "", "", "httpd.example/a"],
    ["http", "", "", "http"],
    ["http:m.example", "http", "", ""],
    ["https:/m.example", "https", "", "/m.example"],
    ["httpx://m.example", "httpx", "m.example", ""],
    ["https://m.example:", "https", "m.example:", ""],
  ];
  for (const [text, scheme, host, path] of rows) {
    it(text, () => assert.deepEqual(parseServerAddress(text), { scheme, host, path }));
  }
});

describe("parseServerAddress refuses, without repeating it,", () => {
  const rows: readonly (readonly [why: string, text: string, message: string])[] = [
    ["a port that is none", "https://m.example:http", "invalid port after host"],
    ["two ports", "https://m.example:1:x", "invalid port after host"],
    ["an open bracket", "https://[::1", "missing ']' in host"],
    ["something after a bracket", "https://[::1]x", "invalid port after host"],
    ["a space in a host", "https://m example", "invalid character in host name"],
    ["a line feed", "https://m.example\n", "invalid control character in URL"],
    ["half an escape", "https://m.example/%2", "invalid URL escape"],
    ["a port where a scheme should end", "http_proxy:3128", "first path segment in URL cannot contain colon"],
  ];
  for (const [why, text, message] of rows) {
    it(why, () =>
      assert.throws(() => parseServerAddress(text), {
        code: "CONFIG_INVALID",
        message: `unable to parse server: ${message}`,
      }),
    );
  }

  it("anything else it cannot read, in the same way", () =>
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^https?:\/{0,3}[^ ]{0,20}$/)),
        (text) => {
          try {
            assert.equal(typeof parseServerAddress(text).host, "string");
          } catch (error) {
            const { code, message } = error as { code?: string; message: string };
            assert.equal(code, "CONFIG_INVALID");
            assert.match(message, /^unable to parse server: [a-zA-Z '\]]+$/);
          }
        },
      ),
    ));
});
