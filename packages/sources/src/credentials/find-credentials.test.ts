import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { userEnvironment } from "../environment.ts";
import type { AskHelper } from "./credential-helper.ts";
import type { RegistryCredentials } from "./credentials.ts";
import { authFilePaths, authFilesHelper, credentialFinder } from "./find-credentials.ts";

const { signal } = new AbortController();
const user = { home: "/home/me", uid: 1000 };
const basic = (username: string): RegistryCredentials => ({ type: "basic", username, password: "p" });
const fileFor = (host: string, username: string): string =>
  JSON.stringify({ auths: { [host]: { auth: Buffer.from(`${username}:p`).toString("base64") } } });
const asksNobody: AskHelper = async (name) => assert.fail(`${name} was asked`);

describe("authFilePaths", () => {
  it("is podman's session, podman's user, Docker's, and Docker's of old", () =>
    assert.deepEqual(
      authFilePaths(userEnvironment({}, user), undefined).map(({ path }) => path),
      [
        "/run/containers/1000/auth.json",
        "/home/me/.config/containers/auth.json",
        "/home/me/.docker/config.json",
        "/home/me/.dockercfg",
      ],
    ));
  it("follows the variables", () => {
    const variables = {
      XDG_RUNTIME_DIR: "/run/user/1000",
      XDG_CONFIG_HOME: "/xdg",
      DOCKER_CONFIG: "/docker",
    };
    assert.deepEqual(
      authFilePaths(userEnvironment(variables, user), undefined).map(({ path }) => path),
      [
        "/run/user/1000/containers/auth.json",
        "/xdg/containers/auth.json",
        "/docker/config.json",
        "/home/me/.dockercfg",
      ],
    );
  });
  it("is the named file alone", () =>
    assert.deepEqual(authFilePaths(userEnvironment({}, user), "/a.json"), [
      { path: "/a.json", format: "json" },
    ]));
});

describe("credentialFinder", () => {
  const session = "run/containers/0/auth.json";
  const podman = "home/me/.config/containers/auth.json";
  const docker = "home/me/.docker/config.json";

  async function find(
    files: Readonly<Record<string, string>>,
    ask: AskHelper = asksNobody,
    helpers: readonly string[] = [authFilesHelper],
    image = "h.example/a/b:v1",
  ): Promise<RegistryCredentials | undefined> {
    using root = temporaryRoot();
    for (const [path, content] of Object.entries(files)) root.write(path, content);
    const finder = credentialFinder(authFilePaths(root.environment, undefined), helpers, ask);
    return await finder.find(parseNamedReference(image), signal);
  }
  const knows =
    (known: Readonly<Record<string, string>>): AskHelper =>
    async (name, host) => {
      const username = known[`${name} ${host}`];
      return username === undefined ? undefined : basic(username);
    };
  const fails: AskHelper = async (name) => {
    throw new CountersignError("CREDENTIALS_UNREADABLE", `${name} is locked`);
  };

  it("finds nothing where there is nothing", async () => assert.equal(await find({}), undefined));

  it("takes the first file that has something", async () => {
    const files = {
      [session]: fileFor("other", "x"),
      [podman]: fileFor("h.example", "u"),
      [docker]: fileFor("h.example", "x"),
    };
    assert.deepEqual(await find(files), basic("u"));
  });

  it("asks the helper named for the host instead of looking at the file's own entry", async () => {
    const file = JSON.stringify({
      ...JSON.parse(fileFor("h.example", "x")),
      credHelpers: { "h.example": "vault" },
    });
    assert.deepEqual(await find({ [session]: file }, knows({ "vault h.example": "u" })), basic("u"));
  });

  it("goes on to the next file when that helper knows nothing", async () => {
    const files = {
      [session]: JSON.stringify({ credHelpers: { "h.example": "vault" } }),
      [docker]: fileFor("h.example", "u"),
    };
    assert.deepEqual(await find(files, knows({})), basic("u"));
  });

  it("fails when that helper fails", () =>
    assert.rejects(find({ [session]: JSON.stringify({ credHelpers: { "h.example": "vault" } }) }, fails), {
      code: "CREDENTIALS_UNREADABLE",
      message: "getting username and password: vault is locked",
    }));

  it("asks Docker's store for what the file does not hold", async () => {
    const file = JSON.stringify({ auths: { "h.example": {} }, credsStore: "desktop" });
    assert.deepEqual(await find({ [docker]: file }, knows({ "desktop h.example": "u" })), basic("u"));
  });

  it("asks Docker's store for Docker Hub by the address it knows", async () => {
    const known = knows({ "desktop https://index.docker.io/v1/": "u" });
    const file = JSON.stringify({ credsStore: "desktop" });
    assert.deepEqual(await find({ [docker]: file }, known, [authFilesHelper], "busybox"), basic("u"));
  });

  it("stays anonymous when Docker's store fails", async () =>
    assert.equal(await find({ [docker]: JSON.stringify({ credsStore: "desktop" }) }, fails), undefined));

  it("asks registries.conf's helpers in their order", async () => {
    const ask = knows({ "first h.example": "u", "second h.example": "x" });
    assert.deepEqual(await find({}, ask, ["empty", "first", "second"]), basic("u"));
  });

  it("forgives a helper that fails when another answers", async () => {
    const files = { [session]: fileFor("h.example", "u") };
    assert.deepEqual(await find(files, fails, ["locked", authFilesHelper]), basic("u"));
  });

  it("tells all that failed when nobody answers", () =>
    assert.rejects(find({}, fails, ["one", "two"]), {
      code: "CREDENTIALS_UNREADABLE",
      message: "getting username and password: one is locked; two is locked",
    }));

  it("names a file it cannot read, and repeats nothing of it", () =>
    assert.rejects(find({ [session]: '{"auths": s3cret' }), (error: CountersignError) => {
      assert.equal(error.code, "CREDENTIALS_UNREADABLE");
      assert.match(
        error.message,
        /^getting username and password: reading JSON file ".*auth\.json": unmarshaling JSON at ".*auth\.json": invalid character 's' looking for beginning of value$/,
      );
      return true;
    }));

  it("stops asking when nobody waits any more", () =>
    assert.rejects(
      find({}, async () => Promise.reject(new CountersignError("CANCELLED", "context canceled")), [
        "one",
        "two",
      ]),
      { code: "CANCELLED" },
    ));
});
