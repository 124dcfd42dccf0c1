import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { userEnvironment } from "./environment.ts";

describe("userEnvironment", () => {
  const user = { home: "/home/me", uid: 1000 };
  it("knows the usual places without any variable", () => {
    const { configHome, runtimeDir, policyFile, systemRoot } = userEnvironment({}, user);
    assert.deepEqual(
      { configHome, runtimeDir, policyFile, systemRoot },
      { configHome: "/home/me/.config", runtimeDir: undefined, policyFile: undefined, systemRoot: "" },
    );
  });
  it("takes an empty variable for none", () => {
    const { configHome, policyFile } = userEnvironment(
      { XDG_CONFIG_HOME: "", CONTAINERS_POLICY_JSON: "" },
      user,
    );
    assert.deepEqual({ configHome, policyFile }, { configHome: "/home/me/.config", policyFile: undefined });
  });
});
