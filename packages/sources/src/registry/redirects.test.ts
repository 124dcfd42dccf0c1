import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { HttpAnswer, HttpRequest } from "./http-message.ts";
import { followRedirects } from "./redirects.ts";

const registry = "https://registry.example";
const everything = ["Bearer s3cret", "k3y"];
const nothing = [undefined];

interface Hop {
  readonly url: string;
  readonly secrets: readonly (string | undefined)[];
  readonly atHome: boolean;
}

/** Follows redirects among the given addresses; everything else answers 200. */
async function follow(
  redirects: Readonly<Record<string, string>>,
  first: Partial<HttpRequest> & { readonly from?: string } = {},
): Promise<{ readonly hops: readonly Hop[]; readonly last: string }> {
  const { from = `${registry}/v2/a`, ...rest } = first;
  const request: HttpRequest = {
    method: "GET",
    url: new URL(from),
    headers: { Authorization: "Bearer s3cret", accept: "*/*" },
    confidential: { "x-key": ["k3y"] },
    bodyLimit: 1,
    ...rest,
  };
  const hops: Hop[] = [];
  const result = await followRedirects(request, async ({ url, headers, confidential = {} }, atHome) => {
    hops.push({
      url: url.href,
      secrets: [headers["Authorization"], ...(confidential["x-key"] ?? [])],
      atHome,
    });
    const location = redirects[url.href];
    const answered = { type: "answer", url, statusText: "", body: new Uint8Array() } as const;
    return location === undefined
      ? ({ ...answered, status: 200, headers: {} } satisfies HttpAnswer)
      : ({ ...answered, status: 307, headers: { location } } satisfies HttpAnswer);
  });
  return { hops, last: result.type === "answer" ? String(result.status) : result.reason };
}

describe("followRedirects", () => {
  it("goes where it is sent, as often as ten times", async () => {
    const chain = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`${registry}/${n}`, `/${n + 1}`]));
    const { hops, last } = await follow(chain, { from: `${registry}/0` });
    assert.deepEqual([hops.length, hops.at(-1)?.url, last], [11, `${registry}/10`, "200"]);
  });

  const refused: readonly (readonly [why: string, location: string, reason: string])[] = [
    ["in a circle", `${registry}/v2/a`, "stopped after 10 redirects"],
    [
      "to plain HTTP",
      "http://registry.example/v2/a",
      "redirected from HTTPS to plain HTTP at registry.example, refused",
    ],
    ["to a file", "file:///etc/passwd", "redirected to something that is no HTTP address"],
    ["to data", "data:text/plain,x", "redirected to something that is no HTTP address"],
    ["to nothing that is an address", "https://", "redirected to something that is no HTTP address"],
  ];
  for (const [why, location, reason] of refused) {
    it(`does not go ${why}`, async () =>
      assert.equal((await follow({ [`${registry}/v2/a`]: location })).last, reason));
  }

  it("takes a redirect without address as an answer", async () => {
    const answer: HttpAnswer = {
      type: "answer",
      url: new URL(registry),
      status: 302,
      statusText: "",
      headers: {},
      body: new Uint8Array(),
    };
    const request: HttpRequest = { method: "GET", url: answer.url, headers: {}, bodyLimit: 1 };
    assert.equal(await followRedirects(request, async () => answer), answer);
  });

  it("does not send a body on: a token request carries a secret in it", async () => {
    const { hops, last } = await follow(
      { [`${registry}/v2/a`]: "https://evil.example/" },
      { method: "POST", body: "s3cret" },
    );
    assert.deepEqual([hops.length, last], [1, "307"]);
  });

  it("goes from plain HTTP to HTTPS", async () =>
    assert.equal((await follow({ "http://h/": "https://h/" }, { from: "http://h/" })).last, "200"));
});

describe("followRedirects keeps credentials", () => {
  const elsewhere: readonly (readonly [what: string, location: string])[] = [
    ["another host", "https://evil.example/"],
    ["another port", "https://registry.example:8443/"],
    ["a host below the registry's", "https://cdn.registry.example/"],
    ["a host that only begins like it", "https://registry.example.evil.example/"],
    ["a host hidden behind a user name", "https://registry.example@evil.example/"],
    ["a host named without scheme", "//evil.example/"],
    ["a host named with backslashes", String.raw`\\evil.example\x`],
  ];
  for (const [what, location] of elsewhere) {
    it(`from ${what}`, async () => {
      const { hops } = await follow({ [`${registry}/v2/a`]: location });
      assert.deepEqual([hops.length, hops[1]?.secrets, hops[1]?.atHome], [2, nothing, false]);
    });
  }

  it("from the registry itself once a stranger sent us there", async () => {
    const { hops } = await follow({
      [`${registry}/v2/a`]: "https://evil.example/",
      "https://evil.example/": `${registry}/b`,
    });
    assert.deepEqual(
      hops.map(({ secrets }) => secrets),
      [everything, nothing, nothing],
    );
  });

  it("for the registry itself", async () => {
    const { hops } = await follow({ [`${registry}/v2/a`]: "/v2/b" });
    assert.deepEqual(hops[1], { url: `${registry}/v2/b`, secrets: everything, atHome: true });
  });

  it("from names and passwords in an address becoming new ones", async () => {
    const { hops } = await follow({ [`${registry}/v2/a`]: "https://u:p@other.example/x#y" });
    assert.equal(hops[1]?.url, "https://other.example/x");
  });

  it("from wherever any address leads but the registry", () =>
    fc.assert(
      fc.asyncProperty(fc.oneof(fc.webUrl(), fc.string()), async (location) => {
        const { hops } = await follow({ [`${registry}/v2/a`]: location });
        for (const { url, secrets } of hops) {
          assert.deepEqual(secrets, url.startsWith(`${registry}/`) ? everything : nothing);
        }
      }),
    ));
});
