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
});
