import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { findPolicyFile, readPolicyFile } from "./policy-file.ts";

const accepting = '{"default":[{"type":"insecureAcceptAnything"}]}';

describe("findPolicyFile takes", () => {
  const rows: readonly (readonly [what: string, present: readonly string[], expected: string])[] = [
    [
      "the user's own before all others",
      ["home/me/.config/containers/policy.json", "etc/containers/policy.json"],
      "home/me/.config/containers/policy.json",
    ],
    [
      "the administrator's before the distribution's",
      ["etc/containers/policy.json", "usr/share/containers/policy.json"],
      "etc/containers/policy.json",
    ],
    ["the distribution's last", ["usr/share/containers/policy.json"], "usr/share/containers/policy.json"],
  ];
  for (const [what, present, expected] of rows) {
    it(what, async () => {
      using root = temporaryRoot();
      for (const path of present) root.write(path, accepting);
      assert.equal(await findPolicyFile(root.environment), join(root.path, expected));
    });
  }

  it("the one in CONTAINERS_POLICY_JSON, there or not", async () => {
    using root = temporaryRoot({ CONTAINERS_POLICY_JSON: "/named.json" });
    root.write("etc/containers/policy.json", accepting);
    assert.equal(await findPolicyFile(root.environment), "/named.json");
  });

  it("one that cannot be looked at, rather than a laxer one behind it", async () => {
    using root = temporaryRoot();
    root.write("home/me/.config/containers", "a file where a directory should be");
    root.write("etc/containers/policy.json", accepting);
    const path = await findPolicyFile(root.environment);
    assert.equal(path, join(root.path, "home/me/.config/containers/policy.json"));
    await assert.rejects(readPolicyFile(path), {
      code: "POLICY_UNREADABLE",
      message: `open ${path}: not a directory`,
    });
  });

  it("nothing where there is nothing, and says where it looked", async () => {
    using root = temporaryRoot();
    const looked = searched(root).map((path) => `"${path}"`);
    await assert.rejects(findPolicyFile(root.environment), {
      code: "POLICY_NOT_FOUND",
      message: `config file not found: no policy.json file found; searched paths: [${looked.join(" ")}]`,
    });
  });
});

describe("readPolicyFile", () => {
  it("parses what it reads", async () => {
    using root = temporaryRoot();
    const policy = await readPolicyFile(root.write("p.json", accepting));
    assert.deepEqual(policy.default, [{ type: "insecureAcceptAnything" }]);
  });
  it("names a file that is not there", async () => {
    using root = temporaryRoot();
    const path = join(root.path, "none.json");
    await assert.rejects(readPolicyFile(path), {
      code: "POLICY_NOT_FOUND",
      message: `open ${path}: no such file or directory`,
    });
  });
  it("names a file that is no policy", async () => {
    using root = temporaryRoot();
    const path = root.write("p.json", "{}");
    await assert.rejects(readPolicyFile(path), {
      code: "POLICY_INVALID",
      message: `invalid policy in "${path}": Default policy is missing`,
    });
  });
});

function searched({ path }: TemporaryRoot): string[] {
  return ["home/me/.config", "etc", "usr/share"].map((place) => join(path, place, "containers/policy.json"));
}
