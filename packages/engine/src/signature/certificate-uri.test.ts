import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseCertificateUri } from "./certificate-uri.ts";

describe("parseCertificateUri finds the host of", () => {
  const found: ReadonlyArray<readonly [uri: string, host: string]> = [
    ["https://github.com/o/r/.github/workflows/w.yml@refs/heads/main", "github.com"],
    ["spiffe://trust.example/workload", "trust.example"],
    ["https://user:pass@host.example:8443/p?q#f", "host.example:8443"],
    ["https://[::1]:80/", "[::1]:80"],
    ["https://a%c3%a9.example/", "a\u00c3\u00a9.example"],
    ["foo://a:b:1/", "a:b:1"],
    ["//host.example/p", "host.example"],
    ["urn:uuid:1", ""],
    ["mailto:a@b.example", ""],
    ["/path", ""],
    ["///path", ""],
    ["*", ""],
    ["", ""],
  ];
  for (const [uri, host] of found) {
    it(JSON.stringify(uri), () => assert.deepEqual(parseCertificateUri(uri), { text: uri, host }));
  }
});

describe("parseCertificateUri refuses, in Go's words,", () => {
  const refused: ReadonlyArray<readonly [uri: string, message: string]> = [
    [":x", 'parse ":x": missing protocol scheme'],
    ["1:x", 'parse "1:x": first path segment in URL cannot contain colon'],
    ["https://a\u0000", 'parse "https://a\\x00": net/url: invalid control character in URL'],
    ["https://a:b/", 'parse "https://a:b/": invalid port ":b" after host'],
    ["https://a:1:2/", 'parse "https://a:1:2/": invalid port ":1:2" after host'],
    ["https://a%41/", 'parse "https://a%41/": invalid URL escape "%41"'],
    ["https://a%zz/", 'parse "https://a%zz/": invalid URL escape "%zz"'],
    ["https://a b/", 'parse "https://a b/": invalid character " " in host name'],
    ["https://a/%", 'parse "https://a/%": invalid URL escape "%"'],
    ["https://a/#%x", 'parse "https://a/#%x": invalid URL escape "%x"'],
    ["https://a\\@b/", 'parse "https://a\\\\@b/": net/url: invalid userinfo'],
    ["https://[::1/", "parse \"https://[::1/\": missing ']' in host"],
    ["https://[::1]x/", 'parse "https://[::1]x/": invalid port "x" after host'],
    ["https://[1.2.3.4]/", 'parse "https://[1.2.3.4]/": invalid IP-literal'],
    ["https://x[::1]/", 'parse "https://x[::1]/": invalid IP-literal'],
  ];
  for (const [uri, message] of refused) {
    it(JSON.stringify(uri), () =>
      assert.throws(() => parseCertificateUri(uri), { code: "SIGNATURE_INVALID", message }),
    );
  }
});
