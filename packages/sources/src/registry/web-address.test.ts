import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseWebAddress } from "./web-address.ts";

const base = new URL("https://registry.example:5000/v2/a");

describe("parseWebAddress gives", () => {
  const rows: readonly (readonly [what: string, text: string, address: string])[] = [
    ["an address", "https://cdn.example/x?y=z", "https://cdn.example/x?y=z"],
    ["another scheme", "http://cdn.example/", "http://cdn.example/"],
    ["a path of the same server", "/b", "https://registry.example:5000/b"],
    ["another server", "//cdn.example/b", "https://cdn.example/b"],
    ["no name and password", "https://u:p@cdn.example/", "https://cdn.example/"],
    ["no fragment", "https://cdn.example/#f", "https://cdn.example/"],
    ["the longest host", `https://${"a".repeat(253)}./`, `https://${"a".repeat(253)}./`],
  ];
  for (const [what, text, address] of rows) {
    it(what, () => assert.equal(parseWebAddress(text, base)?.href, address));
  }
});

describe("parseWebAddress refuses", () => {
  const rows: readonly (readonly [what: string, text: string])[] = [
    ["another scheme", "file:///etc/passwd"],
    ["a script", "javascript:alert(1)"],
    ["no address", "https://"],
    ["a host longer than any name", `https://${"a".repeat(255)}/`],
    ["a host that URL takes once and never again", `https://${"ryrn.ex\u00ffist".repeat(1000)}/`],
  ];
  for (const [what, text] of rows) it(what, () => assert.equal(parseWebAddress(text, base), undefined));

  it("a path without a server", () => assert.equal(parseWebAddress("/b"), undefined));
});
