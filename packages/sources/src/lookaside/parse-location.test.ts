import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { showLocation } from "./location.ts";
import { parseLocation } from "./parse-location.ts";

const none = {
  scheme: "",
  opaque: "",
  user: undefined,
  host: undefined,
  path: "",
  query: undefined,
  fragment: "",
};

// What Go's net/url makes of each was seen in skopeo 1.22.
describe("parseLocation takes", () => {
  const rows: readonly (readonly [text: string, parts: Partial<typeof none> | object])[] = [
    ["file:///a/b", { scheme: "file", host: "", path: "/a/b" }],
    ["file:/a", { scheme: "file", path: "/a" }],
    ["file://host/a", { scheme: "file", host: "host", path: "/a" }],
    ["FILE:///a", { scheme: "file", host: "", path: "/a" }],
    ["file:a/b", { scheme: "file", opaque: "a/b", host: "" }],
    ["file:", { scheme: "file", host: "" }],
    ["file:///a%20b%2Fc", { scheme: "file", host: "", path: "/a b/c" }],
    ["file:///a+b", { scheme: "file", host: "", path: "/a+b" }],
    ["file:///\u00e9", { scheme: "file", host: "", path: "/\u00e9" }],
    ["/a/b", { path: "/a/b" }],
    ["a/b:c", { path: "a/b:c" }],
    ["//h/a", { host: "h", path: "/a" }],
    ["///a", { path: "///a" }],
    ["*", { path: "*" }],
    ["", {}],
    [
      "http://h:5000/a?b=c?d#e#f",
      { scheme: "http", host: "h:5000", path: "/a", query: "b=c?d", fragment: "e#f" },
    ],
    ["http://h/?", { scheme: "http", host: "h", path: "/", query: "" }],
    ["http://u:p:q@h/", { scheme: "http", host: "h", path: "/", user: { name: "u", password: "p:q" } }],
    ["http://u%40x@h/", { scheme: "http", host: "h", path: "/", user: { name: "u@x", password: undefined } }],
    ["http://a@b@h/", { scheme: "http", host: "h", path: "/", user: { name: "a@b", password: undefined } }],
    ["http://[::1]:80/", { scheme: "http", host: "[::1]:80", path: "/" }],
    ["http://%C3%A9/", { scheme: "http", host: "\u00e9", path: "/" }],
    ["file://a:1:2/b", { scheme: "file", host: "a:1:2", path: "/b" }],
  ];
  for (const [text, parts] of rows) {
    it(JSON.stringify(text), () => assert.deepEqual(parseLocation(text), { ...none, ...parts }));
  }
});

describe("parseLocation refuses", () => {
  const rows: readonly (readonly [text: string, why: string])[] = [
    ["%zz", `parse "%zz": invalid URL escape "%zz"`],
    ["file:///a%2", `parse "file:///a%2": invalid URL escape "%2"`],
    ["file:///a#%zz", `parse "file:///a#%zz": invalid URL escape "%zz"`],
    ["file:///%zz#b", `parse "file:///%zz": invalid URL escape "%zz"`],
    ["file:///%ff", `parse "file:///%ff": percent-encoded bytes that are no UTF-8`],
    [":a", `parse ":a": missing protocol scheme`],
    ["a b:c", `parse "a b:c": first path segment in URL cannot contain colon`],
    ["1http://h/", `parse "1http://h/": first path segment in URL cannot contain colon`],
    ["http://a b/", `parse "http://a b/": invalid character " " in host name`],
    ["http://%41/", `parse "http://%41/": invalid URL escape "%41"`],
    ["http://h:p/", `parse "http://h:p/": invalid port ":p" after host`],
    ["http://h:1:2/", `parse "http://h:1:2/": invalid port ":1:2" after host`],
    ["http://[::1/", `parse "http://[::1/": missing ']' in host`],
    ["http://[::1]x/", `parse "http://[::1]x/": invalid port "x" after host`],
    ["http://[127.0.0.1]/", `parse "http://[127.0.0.1]/": invalid IP-literal`],
    ["http://x[::1]/", `parse "http://x[::1]/": invalid IP-literal`],
    ["http://[x]/", `parse "http://[x]/": invalid host: ParseAddr("x"): unable to parse IP`],
    ["http://a b@h/", `parse "http://a b@h/": net/url: invalid userinfo`],
    ["http://%zz@h/", `parse "http://%zz@h/": invalid URL escape "%zz"`],
    ["file:///a\n", `parse "file:///a\\n": net/url: invalid control character in URL`],
  ];
  for (const [text, why] of rows) {
    it(JSON.stringify(text), () =>
      assert.throws(() => parseLocation(text), {
        code: "CONFIG_INVALID",
        message: `Invalid signature storage URL ${text}: ${why}`,
      }),
    );
  }

  const secrets = [
    "http://u:secret@h/%zz",
    "http://u:secret@h:p/",
    "//u:sec/ret@h/?x=secret",
    "http://h/?x=secret#%zz",
  ];
  for (const text of secrets) {
    it(`to repeat what is secret in ${text}`, () => assert.doesNotMatch(faultOf(text) ?? "", /secret/));
  }
});

describe("showLocation", () => {
  const rows: readonly (readonly [text: string, shown: string])[] = [
    ["http://h/a b", "http://h/a%20b"],
    ["http://h/a!'()*b", "http://h/a%21%27%28%29%2Ab"],
    ["http://h/a-_.~$&+,:;=@b", "http://h/a-_.~$&+,:;=@b"],
    ["http://h/%2F%3f", "http://h//%3F"],
    ["http://u:secret@h/a", "http://u:xxxxx@h/a"],
    ["http://h/?a=secret&b", "http://h/?a=REDACTED&b"],
    ["http://h/?", "http://h/?"],
    ["http://h/#a b", "http://h/#a%20b"],
    ["http://\u00e9/", "http://%C3%A9/"],
    ["file:/a", "file:/a"],
    ["file:a", "file:a"],
    ["http:", "http://"],
    ["/a", "/a"],
  ];
  for (const [text, shown] of rows) {
    it(`shows ${text} as ${shown}`, () => assert.equal(showLocation(parseLocation(text)), shown));
  }

  const parts = fc.string({ unit: fc.constantFrom(..."ab1:/?#[]@%20%.=&+ é\\*") });
  const addresses = fc.oneof(
    parts,
    parts.map((rest) => `http://${rest}`),
    parts.map((rest) => `file:///${rest}`),
  );

  it("shows what it showed once more in the same way", () =>
    fc.assert(
      fc.property(addresses, (text) => {
        if (faultOf(text) !== undefined) return;
        const shown = showLocation(parseLocation(text));
        if (!shown.includes("%")) assert.equal(showLocation(parseLocation(shown)), shown);
      }),
    ));

  it("has nothing to do with what is refused, which is refused by one code", () =>
    fc.assert(
      fc.property(addresses, (text) => {
        const fault = faultOf(text);
        assert.ok(fault === undefined || fault.startsWith("Invalid signature storage URL "));
      }),
    ));
});

/** The refusal's message; undefined if there is none. */
function faultOf(text: string): string | undefined {
  try {
    parseLocation(text);
    return undefined;
  } catch (error) {
    const { code, message } = CountersignError.from(error);
    assert.equal(code, "CONFIG_INVALID");
    return message;
  }
}
