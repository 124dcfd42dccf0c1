import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { proxyChoice } from "./proxy-choice.ts";

const proxies = { httpProxy: "http://plain.example:3128", httpsProxy: "http://secure.example:3129" };

const chosen = (address: string, noProxy?: string, set: object = proxies): string | undefined =>
  proxyChoice({ httpProxy: undefined, httpsProxy: undefined, noProxy, ...set })(new URL(address))?.href;

describe("proxyChoice", () => {
  it("takes the proxy of the scheme that is asked by", () => {
    assert.equal(chosen("http://a.example/"), "http://plain.example:3128/");
    assert.equal(chosen("https://a.example/"), "http://secure.example:3129/");
  });

  it("does not let the one stand in for the other", () => {
    assert.equal(chosen("https://a.example/", "", { httpProxy: "http://plain.example" }), undefined);
    assert.equal(chosen("http://a.example/", "", { httpsProxy: "http://secure.example" }), undefined);
  });

  it("adds http:// to an address without it", () =>
    assert.equal(
      chosen("https://a.example/", "", { httpsProxy: "p.example:3128" }),
      "http://p.example:3128/",
    ));

  for (const [what, text] of [
    ["a SOCKS proxy", "socks5://u:s3cret@p.example"],
    ["no address", "http://u:s3cret@"],
    ["nonsense", "http://s3cret:x:y"],
  ] as const) {
    it(`refuses ${what}, without repeating it`, () =>
      assert.throws(() => chosen("https://a.example/", "", { httpsProxy: text }), {
        code: "CONFIG_INVALID",
        message:
          "HTTPS_PROXY is not the address of an HTTP proxy; write http://HOST:PORT or https://HOST:PORT",
      }));
  }
});

describe("proxyChoice asks directly", () => {
  const direct: readonly (readonly [why: string, address: string, noProxy: string])[] = [
    ["this machine by name", "https://localhost:5000/", ""],
    ["this machine by address", "http://127.0.0.1:5000/", ""],
    ["this machine by any of its addresses", "http://127.9.9.9/", ""],
    ["this machine by its IPv6 address", "https://[::1]/", ""],
    ["everything", "https://a.example/", "b.example, *"],
    ["a name", "https://a.example/", "a.example"],
    ["a name below it", "https://b.a.example/", "a.example"],
    ["a name among others, whatever stands around it", "https://a.example/", " b.example ,, A.Example "],
    ["what is below a name with a dot in front", "https://b.a.example/", ".a.example"],
    ["what is below a name with an asterisk in front", "https://b.a.example/", "*.a.example"],
    ["a name in another alphabet", "https://www.münchen.example/", "münchen.example"],
    ["a name at a port", "https://a.example:5000/", "a.example:5000"],
    ["a name at the port of its scheme", "https://a.example/", "a.example:443"],
    ["a name with no port after its colon", "https://a.example:5000/", "a.example:"],
    ["an address", "https://10.1.2.3/", "10.1.2.3"],
    ["an address at a port", "https://10.1.2.3:5000/", "10.1.2.3:5000"],
    ["an address of a network", "https://10.1.2.3/", "10.0.0.0/8"],
    ["an IPv6 address", "https://[fd00::1]/", "fd00::1"],
    ["an IPv6 address, otherwise written", "https://[fd00::1]/", "fd00:0:0::0:1"],
    ["an IPv6 address at a port", "https://[fd00::1]/", "[fd00::1]:443"],
    ["an IPv6 address of a network", "https://[fd00::1]/", "fd00::/8"],
    ["an IPv4 address in IPv6's form", "https://[::ffff:10.1.2.3]/", "10.0.0.0/8"],
    ["an IPv4 address excepted in IPv6's form", "https://10.1.2.3/", "::ffff:10.1.2.3"],
  ];
  for (const [why, address, noProxy] of direct) {
    it(why, () => assert.equal(chosen(address, noProxy), undefined));
  }
});

describe("proxyChoice still goes through the proxy for", () => {
  const proxied: readonly (readonly [why: string, address: string, noProxy: string])[] = [
    ["a name that only ends like it", "https://notexample.com/", "example.com"],
    ["the name itself when only what is below is excepted", "https://a.example/", ".a.example"],
    ["the name itself when an asterisk stands for what is below", "https://a.example/", "*.a.example"],
    ["a name at another port", "https://a.example:5000/", "a.example:443"],
    ["an address at another port", "https://10.1.2.3/", "10.1.2.3:5000"],
    ["an address of another network", "https://11.0.0.1/", "10.0.0.0/8"],
    ["an address that ends like an entry", "https://10.0.0.1/", "0.1"],
    ["an IPv4 address when all IPv6 ones are excepted", "https://10.0.0.1/", "::/0"],
    ["a network with too many bits", "https://10.0.0.1/", "10.0.0.0/33"],
    ["an IPv6 address in brackets without a port", "https://[fd00::1]/", "[fd00::1]"],
    ["an asterisk inside an entry", "https://a.example/", "*a.example"],
    ["an entry without a host", "https://a.example/", ":443"],
    ["a name below localhost", "https://a.localhost/", ""],
  ];
  for (const [why, address, noProxy] of proxied) {
    it(why, () => assert.equal(chosen(address, noProxy), "http://secure.example:3129/"));
  }
});

it("proxyChoice makes of any NO_PROXY a yes or a no", () =>
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.stringMatching(/^[a-f0-9.:,*[\]/ ]{0,20}$/)),
      fc.webUrl(),
      (noProxy, url) => {
        const found = chosen(url, noProxy);
        assert.ok(found === undefined || /^http:\/\/(plain|secure)\.example:/.test(found));
      },
    ),
  ));
