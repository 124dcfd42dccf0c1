import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { type TokenCache, type TokenOwner, tokenCache } from "./token-cache.ts";

const owner: TokenOwner = {
  host: "h",
  realm: "https://auth.example/",
  scopes: ["repository:a:pull"],
  credentials: { type: "basic", username: "u", password: "p" },
};

function cache(): { readonly tokens: TokenCache; readonly advance: (milliseconds: number) => void } {
  const timing = manualTiming();
  return { tokens: tokenCache(timing.now), advance: timing.advance };
}

describe("tokenCache", () => {
  it("gives a token until ten seconds before its end", () => {
    const { tokens, advance } = cache();
    tokens.keep(owner, { token: "t", lifetime: 60_000 });
    advance(49_999);
    assert.equal(tokens.find(owner), "t");
    advance(1);
    assert.equal(tokens.find(owner), undefined);
  });

  it("gives a short-lived one for half its life", () => {
    const { tokens, advance } = cache();
    tokens.keep(owner, { token: "t", lifetime: 4000 });
    advance(1999);
    assert.equal(tokens.find(owner), "t");
    advance(1);
    assert.equal(tokens.find(owner), undefined);
  });

  const others: readonly (readonly [what: string, other: TokenOwner])[] = [
    ["host", { ...owner, host: "evil.example" }],
    ["token server", { ...owner, realm: "https://evil.example/" }],
    ["repository", { ...owner, scopes: ["repository:b:pull"] }],
    ["set of scopes", { ...owner, scopes: [...owner.scopes, "repository:b:pull"] }],
    ["user", { ...owner, credentials: { type: "basic", username: "v", password: "p" } }],
    ["password", { ...owner, credentials: { type: "basic", username: "u", password: "q" } }],
    [
      "split of user and password",
      { ...owner, credentials: { type: "basic", username: "u:p", password: "" } },
    ],
    ["kind of credentials", { ...owner, credentials: { type: "identityToken", token: "p" } }],
    ["caller without credentials", { ...owner, credentials: undefined }],
  ];
  for (const [what, other] of others) {
    it(`never gives it to another ${what}`, () => {
      const { tokens } = cache();
      tokens.keep(owner, { token: "t", lifetime: 60_000 });
      assert.equal(tokens.find(other), undefined);
    });
  }

  it("forgets what a registry no longer takes", () => {
    const { tokens } = cache();
    tokens.keep(owner, { token: "t", lifetime: 60_000 });
    tokens.forget(owner);
    assert.equal(tokens.find(owner), undefined);
  });

  it("keeps a thousand, the oldest making room", () => {
    const { tokens } = cache();
    const ownerOf = (n: number): TokenOwner => ({ ...owner, host: `h${n}` });
    for (let n = 0; n <= 1000; n++) tokens.keep(ownerOf(n), { token: `t${n}`, lifetime: 60_000 });
    assert.deepEqual(
      [0, 1, 1000].map((n) => tokens.find(ownerOf(n))),
      [undefined, "t1", "t1000"],
    );
  });
});
