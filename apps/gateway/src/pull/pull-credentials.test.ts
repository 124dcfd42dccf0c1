import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { CallCredentials } from "@countersign/sources/credentials/call-credentials";
import type { RegistryCredentials } from "@countersign/sources/credentials/credentials";
import { sealCredentials } from "@countersign/sources/credentials/seal-credentials";
import { AuthConfigSchema } from "@countersign/sources/cri/generated/cri_pb";
import { pullCredentials } from "./pull-credentials.ts";

type Auth = MessageInitShape<typeof AuthConfigSchema>;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const basic = (username: string, password: string): RegistryCredentials => ({
  type: "basic",
  username,
  password,
});

function credentials(auth: Auth): RegistryCredentials | undefined {
  return pullCredentials(create(AuthConfigSchema, auth))?.credentials;
}

describe("pullCredentials takes", () => {
  const rows: readonly (readonly [why: string, auth: Auth, expected: RegistryCredentials | undefined])[] = [
    ["user name and password", { username: "u", password: "p" }, basic("u", "p")],
    ["base64 of both", { auth: base64("u:p") }, basic("u", "p")],
    ["a password with colons", { auth: base64("u:p:q") }, basic("u", "p:q")],
    ["a password padded with NUL", { auth: base64("u:p\0\0") }, basic("u", "p")],
    ["an identity token", { identityToken: "t" }, { type: "identityToken", token: "t" }],
    ["a registry token", { registryToken: "t" }, { type: "registryToken", token: "t" }],
    [
      "the user name before all others",
      { username: "u", password: "p", auth: base64("x:y"), identityToken: "t" },
      basic("u", "p"),
    ],
    ["nothing from an empty message", {}, undefined],
  ];
  for (const [why, auth, expected] of rows) it(why, () => assert.deepEqual(credentials(auth), expected));

  it("nothing when the call has none", () => assert.equal(pullCredentials(undefined), undefined));

  it("whom they are meant for, if they say so", () => {
    const server = (auth: Auth) => pullCredentials(create(AuthConfigSchema, auth))?.server;
    assert.equal(server({ username: "u", serverAddress: "https://r.example/v1/" }), "https://r.example/v1/");
    assert.equal(server({ username: "u" }), undefined);
  });
});

describe("pullCredentials refuses, without repeating it,", () => {
  const rows: readonly (readonly [why: string, auth: string])[] = [
    ["text that is not base64", "s3cret!"],
    ["base64 without a colon", base64("s3cret")],
    ["base64 of bytes that are not text", Buffer.from([0xff, 0x3a, 0xfe]).toString("base64")],
  ];
  for (const [why, auth] of rows) {
    it(why, () =>
      assert.throws(
        () => credentials({ auth }),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "CREDENTIALS_UNREADABLE");
          assert.ok(!`${error.message}${error.stack}${error.cause}`.includes("s3cret"));
          return true;
        },
      ),
    );
  }
});

describe("sealCredentials", () => {
  const call = (credentials: RegistryCredentials, server?: string): CallCredentials => ({
    credentials,
    server,
  });

  it("is equal for equal credentials and no others", () => {
    const different = [
      undefined,
      call(basic("u", "p")),
      call(basic("u", "p"), "r.example"),
      call(basic("up", "")),
      call(basic("", "up")),
      call({ type: "identityToken", token: "up" }),
      call({ type: "registryToken", token: "up" }),
    ];
    assert.equal(new Set(different.map(sealCredentials)).size, different.length);
    assert.equal(sealCredentials(call(basic("u", "p"))), sealCredentials(call(basic("u", "p"))));
  });

  it("shows nothing of them", () =>
    assert.doesNotMatch(sealCredentials(call(basic("username", "password"))), /user|pass/));
});
