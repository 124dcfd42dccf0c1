import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { userEnvironment } from "./environment.ts";

describe("userEnvironment", () => {
  const user = { home: "/home/me", uid: 1000 };
  it("knows the usual places without any variable", () => {
    const { configHome, cacheHome, runtimeDir, policyFile, systemRoot } = userEnvironment({}, user);
    assert.deepEqual(
      { configHome, cacheHome, runtimeDir, policyFile, systemRoot },
      {
        configHome: "/home/me/.config",
        cacheHome: "/home/me/.cache",
        runtimeDir: undefined,
        policyFile: undefined,
        systemRoot: "",
      },
    );
  });
  it("takes an empty variable for none", () => {
    const { configHome, cacheHome, policyFile } = userEnvironment(
      { XDG_CONFIG_HOME: "", XDG_CACHE_HOME: "", CONTAINERS_POLICY_JSON: "" },
      user,
    );
    assert.deepEqual(
      { configHome, cacheHome, policyFile },
      { configHome: "/home/me/.config", cacheHome: "/home/me/.cache", policyFile: undefined },
    );
  });
  it("takes a proxy's variable in capitals before the same in small letters, as Go does", () => {
    const { proxies } = userEnvironment(
      { HTTP_PROXY: "A", http_proxy: "b", https_proxy: "c", NO_PROXY: "" },
      user,
    );
    assert.deepEqual(proxies, { httpProxy: "A", httpsProxy: "c", noProxy: undefined });
  });
  it("takes the directories of CAs apart", () =>
    assert.deepEqual(userEnvironment({ SSL_CERT_DIR: "/a:/b" }, user).caDirectories, ["/a", "/b"]));
});
