import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import fc from "fast-check";
import { type AuthFile, lookUpAuth, parseAuthFile } from "./auth-file.ts";
import type { RegistryCredentials } from "./credentials.ts";

const auth = (user: string, password = "p"): object => ({
  auth: Buffer.from(`${user}:${password}`).toString("base64"),
});
const basic = (username: string, password = "p"): RegistryCredentials => ({
  type: "basic",
  username,
  password,
});
const parse = (content: unknown, format: AuthFile["format"] = "json"): AuthFile =>
  parseAuthFile(Buffer.from(typeof content === "string" ? content : JSON.stringify(content)), format);

describe("lookUpAuth finds", () => {
  const rows: readonly (readonly [
    what: string,
    auths: object,
    repository: string,
    expected: RegistryCredentials | undefined,
  ])[] = [
    ["the host", { "quay.io": auth("u") }, "quay.io/a/b", basic("u")],
    [
      "the repository before its parent",
      { "quay.io/a": auth("x"), "quay.io/a/b": auth("u") },
      "quay.io/a/b",
      basic("u"),
    ],
    [
      "the parent before the host",
      { "quay.io": auth("x"), "quay.io/a": auth("u") },
      "quay.io/a/b",
      basic("u"),
    ],
    ["no sibling", { "quay.io/ab": auth("x") }, "quay.io/a/b", undefined],
    ["no host of the same beginning", { "quay.io": auth("x") }, "quay.io.evil.example/a", undefined],
    ["a port as part of the host", { "h:5000": auth("u"), h: auth("x") }, "h:5000/a", basic("u")],
    ["no host of another port", { "h:5000": auth("x") }, "h:5001/a", undefined],
    ["a key that is a URL", { "https://h.example/v1/": auth("u") }, "h.example/a", basic("u")],
    ["a key that is a plain URL", { "http://h.example": auth("u") }, "h.example/a", basic("u")],
    [
      "Docker Hub by its old address",
      { "https://index.docker.io/v1/": auth("u") },
      "docker.io/library/a",
      basic("u"),
    ],
    ["Docker Hub by its server", { "registry-1.docker.io": auth("u") }, "docker.io/library/a", basic("u")],
    ["Docker Hub by its name", { "docker.io": auth("u") }, "docker.io/library/a", basic("u")],
    ["nothing in the entry a helper left behind", { "quay.io": {} }, "quay.io/a", undefined],
    ["nothing behind that entry either", { "quay.io/a": {}, "quay.io": auth("x") }, "quay.io/a", undefined],
    ["nothing in an entry without a colon", { "quay.io": { auth: "dQ==" } }, "quay.io/a", undefined],
    [
      "nothing in an entry with neither name nor password",
      { "quay.io": auth("", "") },
      "quay.io/a",
      undefined,
    ],
    ["a password with colons", { "quay.io": auth("u", "p:q") }, "quay.io/a", basic("u", "p:q")],
    ["a password padded with NUL", { "quay.io": auth("u", "p\0\0") }, "quay.io/a", basic("u")],
    ["a password of two lines", { "quay.io": auth("u", "p\nq") }, "quay.io/a", basic("u", "p\nq")],
    [
      "an identity token before the name it belongs to",
      { "quay.io": { ...auth("<token>", ""), identitytoken: "t" } },
      "quay.io/a",
      { type: "identityToken", token: "t" },
    ],
    ["nothing inherited by objects", { "quay.io": auth("x") }, "constructor/a", undefined],
  ];
  for (const [what, auths, repository, expected] of rows) {
    it(what, () => assert.deepEqual(lookUpAuth(parse({ auths }), repository), expected));
  }

  it("a whole host only, in an old file", () => {
    const file = parse({ "https://h.example/v1/": auth("u"), "h.example/a": auth("x") }, "dockercfg");
    assert.deepEqual(lookUpAuth(file, "h.example/a"), basic("u"));
  });
});

describe("parseAuthFile reads", () => {
  it("names in any case, the last of several counting", () => {
    const file = parse(`{"auths": {"x": {}}, "AUTHS": {"h": {"Auth": "dTpw"}}}`);
    assert.deepEqual(lookUpAuth(file, "h/a"), basic("u"));
  });
  it("who else knows credentials", () => {
    const { credHelpers, credsStore } = parse({ credHelpers: { "gcr.io": "gcloud" }, credsStore: "pass" });
    assert.deepEqual([[...credHelpers], credsStore], [[["gcr.io", "gcloud"]], "pass"]);
  });
  it("null as nothing", () => assert.equal(parse({ auths: null, credsStore: null }).auths.size, 0));
  it("past what is Docker's own business", () =>
    assert.equal(parse({ HttpHeaders: { a: "b" }, currentContext: "x", auths: {} }).auths.size, 0));
  it("a key called __proto__ as any other", () =>
    assert.deepEqual(
      lookUpAuth(parse('{"auths":{"__proto__":{"auth":"dTpw"}}}'), "__proto__/a"),
      basic("u"),
    ));
});

describe("parseAuthFile refuses, without repeating any of it,", () => {
  const rows: readonly (readonly [why: string, content: string, message: RegExp])[] = [
    ["an empty file", "", /^unexpected end of JSON input$/],
    ["half a file", '{"auths": {"h": {"auth": "s3cret', /^unexpected end of JSON input$/],
    ["text that is not JSON", "s3cret", /^invalid character 's' looking for beginning of value$/],
    ["auths that are a list", '{"auths": ["s3cret"]}', /^auths: an object is expected, not array$/],
    [
      "an entry that is a string",
      '{"auths": {"h": "s3cret"}}',
      /^auths\["h"\]: an object is expected, not string$/,
    ],
    [
      "an auth that is a number",
      '{"auths": {"h": {"auth": 3}}}',
      /^auths\["h"\]\.auth: a string is expected, not number$/,
    ],
  ];
  for (const [why, content, message] of rows) {
    it(why, () => assert.throws(() => parse(content), { code: "CREDENTIALS_UNREADABLE", message }));
  }

  it("an auth that is not base64, once it is wanted", () => {
    const file = parse({ auths: { h: { auth: "s3cret!" }, other: { auth: "dTpw" } } });
    assert.deepEqual(lookUpAuth(file, "other/a"), basic("u"));
    assert.throws(() => lookUpAuth(file, "h/a"), {
      code: "CREDENTIALS_UNREADABLE",
      message: 'field "auth" of the entry "h": illegal base64 data at input byte 6',
    });
  });
});

describe("parseAuthFile", () => {
  it("gives a file or CREDENTIALS_UNREADABLE, whatever the bytes", () =>
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          try {
            lookUpAuth(parseAuthFile(bytes, "json"), "h/a");
            lookUpAuth(parseAuthFile(bytes, "dockercfg"), "h/a");
          } catch (error) {
            assert.equal(CountersignError.from(error).code, "CREDENTIALS_UNREADABLE");
          }
        },
      ),
    ));

  it("finds what docker login wrote, for any name without colon and any password", () =>
    fc.assert(
      fc.property(
        fc.string({ minLength: 1 }).filter((name) => !name.includes(":")),
        fc.string({ minLength: 1 }).filter((password) => !password.includes("\0")),
        (username, password) => {
          const file = parse({ auths: { "h:5000": auth(username, password) } });
          assert.deepEqual(lookUpAuth(file, "h:5000/a/b"), basic(username, password));
        },
      ),
    ));
});
