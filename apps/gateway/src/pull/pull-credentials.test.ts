import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import type { RegistryCredentials } from "@countersign/sources/credentials/credentials";
import { AuthConfigSchema } from "@countersign/sources/cri/generated/cri_pb";
import { pullCredentials, sealCredentials } from "./pull-credentials.ts";

type Auth = MessageInitShape<typeof AuthConfigSchema>;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const basic = (username: string, password: string): RegistryCredentials => ({
  type: "basic",
  username,
  password,
});

function credentials(auth: Auth, domain = "registry.example"): RegistryCredentials | undefined {
  return pullCredentials(create(AuthConfigSchema, auth), domain);
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
    [
      "credentials that name this registry",
      { username: "u", serverAddress: "registry.example" },
      basic("u", ""),
    ],
    [
      "credentials that name it by URL",
      { username: "u", serverAddress: "https://Registry.Example/v2/" },
      basic("u", ""),
    ],
    ["nothing that names another registry", { username: "u", serverAddress: "evil.example" }, undefined],
    ["nothing that names another port", { username: "u", serverAddress: "registry.example:5000" }, undefined],
  ];
  for (const [why, auth, expected] of rows) it(why, () => assert.deepEqual(credentials(auth), expected));

  it("nothing when the call has none", () => assert.equal(pullCredentials(undefined, "r"), undefined));

  it("Docker Hub's old address for docker.io", () =>
    assert.deepEqual(
      credentials({ username: "u", serverAddress: "https://index.docker.io/v1/" }, "docker.io"),
      basic("u", ""),
    ));
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
  it("is equal for equal credentials and no others", () => {
    const different = [
      undefined,
      basic("u", "p"),
      basic("up", ""),
      basic("", "up"),
      { type: "identityToken", token: "up" } as const,
      { type: "registryToken", token: "up" } as const,
    ];
    assert.equal(new Set(different.map(sealCredentials)).size, different.length);
    assert.equal(sealCredentials(basic("u", "p")), sealCredentials(basic("u", "p")));
  });

  it("shows nothing of them", () =>
    assert.doesNotMatch(sealCredentials(basic("username", "password")), /user|pass/));
});
