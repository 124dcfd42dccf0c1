import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseSigningConfig } from "./signing-config.ts";

const now = Date.UTC(2026, 6, 1);
const mediaType = "application/vnd.dev.sigstore.signingconfig.v0.2+json";
const service = (host: string, majorApiVersion = 1, start = "2026-01-01T00:00:00Z", end?: string) => ({
  ...{ url: `https://${host}.example`, majorApiVersion, operator: "example" },
  validFor: { start, ...(end === undefined ? {} : { end }) },
});
const whole = {
  mediaType,
  caUrls: [service("fulcio")],
  oidcUrls: [service("oauth")],
  rekorTlogUrls: [service("rekor")],
  rekorTlogConfig: { selector: "ANY" },
  tsaUrls: [service("tsa")],
  tsaConfig: { selector: "ANY" },
};
const parse = (config: unknown) => {
  const { fulcio, rekor, timestampAuthority } = parseSigningConfig(Buffer.from(JSON.stringify(config)), now);
  return [fulcio?.host, rekor && `${rekor.url.host} ${rekor.version}`, timestampAuthority?.host];
};

describe("parseSigningConfig chooses", () => {
  const rows: readonly (readonly [what: string, config: object, chosen: readonly unknown[]])[] = [
    ["each service", whole, ["fulcio.example", "rekor.example 1", "tsa.example"]],
    ["none where there are none", { mediaType }, [undefined, undefined, undefined]],
    [
      "none of cosign's empty one",
      { mediaType, rekorTlogConfig: {}, tsaConfig: {} },
      [undefined, undefined, undefined],
    ],
    [
      "the newest version that is known",
      { mediaType, rekorTlogUrls: [service("r1"), service("r2", 2), service("r3", 3)] },
      [undefined, "r2.example 2", undefined],
    ],
    [
      "none that is not there yet, or not any more",
      {
        mediaType,
        caUrls: [
          service("old", 1, "2025-01-01T00:00:00Z", "2026-01-01T00:00:00Z"),
          service("new", 1, "2027-01-01T00:00:00Z"),
        ],
      },
      [undefined, undefined, undefined],
    ],
    [
      "of two that may be used the one that came last",
      { mediaType, caUrls: [service("first"), service("last", 1, "2026-06-01T00:00:00Z")] },
      ["last.example", undefined, undefined],
    ],
    [
      "exactly one",
      { ...whole, tsaConfig: { selector: "EXACT", count: 1 } },
      ["fulcio.example", "rekor.example 1", "tsa.example"],
    ],
    [
      "by the first version of the format",
      {
        mediaType: "application/vnd.dev.sigstore.signingconfig.v0.1+json",
        caUrl: "https://ca.example",
        tlogUrls: ["https://log.example"],
        tsaUrls: ["https://t.example"],
      },
      ["ca.example", "log.example 1", "t.example"],
    ],
  ];
  for (const [what, config, chosen] of rows) it(what, () => assert.deepEqual(parse(config), chosen));
});

describe("parseSigningConfig refuses", () => {
  const rows: readonly (readonly [why: string, config: unknown, message: RegExp])[] = [
    ["another format", { ...whole, mediaType: "text/plain" }, /mediaType/],
    ["a list", [], /mediaType/],
    [
      "several logs at once",
      { ...whole, rekorTlogConfig: { selector: "ALL" } },
      /rekorTlogConfig: ALL asks for several/,
    ],
    [
      "two stamps",
      { ...whole, tsaConfig: { selector: "EXACT", count: 2 } },
      /tsaConfig: EXACT asks for several/,
    ],
    ["what is no address", { mediaType, caUrls: [{ ...service("a"), url: "a" }] }, /is no address/],
    ["no time", { mediaType, caUrls: [{ url: "https://a.example" }] }, /a time is expected/],
    ["no list", { mediaType, caUrls: 1 }, /a list is expected/],
  ];
  for (const [why, config, message] of rows) {
    it(why, () => assert.throws(() => parse(config), { code: "CONFIG_INVALID", message }));
  }
  it("a thing twice", () =>
    assert.throws(
      () => parseSigningConfig(Buffer.from(`{"mediaType":"${mediaType}","tsaUrls":[],"tsaUrls":[]}`), now),
      {
        code: "CONFIG_INVALID",
      },
    ));
  it("whatever is none", () =>
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) =>
        assert.throws(() => parseSigningConfig(Buffer.from(text), now), { code: "CONFIG_INVALID" }),
      ),
    ));
});
