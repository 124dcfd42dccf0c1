import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { parseGatewayConfig } from "./config.ts";
import { pathsAmiss } from "./paths-amiss.ts";
import { openNode } from "./testing/node-in-process.ts";

const amiss = async (...flags: readonly string[]) =>
  pathsAmiss(parseGatewayConfig(["--runtime-endpoint", "unix:///run/runtime.sock", ...flags]));

const files = ["registries-conf", "authfile", "known-namespaces"] as const;
const directories = ["registries-d", "registry-config-path"] as const;

describe("what flags of the gateway name", () => {
  it("is not looked for where no flag names it", async () => assert.deepEqual(await amiss(), []));

  for (const flag of [...files, ...directories]) {
    it(`is told when it is missing: --${flag}`, async () => {
      using root = temporaryRoot();
      const path = join(root.path, "nope");
      const [told, ...others] = await amiss(`--${flag}`, path);
      assert.deepEqual(others, []);
      assert.deepEqual([told?.flag, told?.path, told?.reason], [flag, path, "no such file or directory"]);
      assert.match(told?.consequence ?? "", /refused|not looked for|without credentials|at its registry/);
      assert.match(told?.remedy ?? "", new RegExp(`mend --${flag} if it is misspelt`));
    });
  }

  for (const flag of directories) {
    it(`is told when a file is where a directory belongs: --${flag}`, async () => {
      using root = temporaryRoot();
      const [told] = await amiss(`--${flag}`, root.write("file", ""));
      assert.equal(told?.reason, "not a directory");
      assert.match(told?.consequence ?? "", /refused/);
    });
  }

  for (const flag of files) {
    it(`is told when a directory is where a file belongs: --${flag}`, async () => {
      using root = temporaryRoot();
      const [told] = await amiss(`--${flag}`, root.path);
      assert.equal(told?.reason, "is a directory");
      assert.match(told?.consequence ?? "", /refused/);
    });
    it(`is told when a device is where a file belongs: --${flag}`, async () => {
      const [told] = await amiss(`--${flag}`, "/dev/null");
      assert.equal(told?.reason, "not a regular file");
    });
  }

  it("is nothing to speak of when it is there", async () => {
    using root = temporaryRoot();
    const given = [
      ...files.flatMap((flag) => [`--${flag}`, root.write(flag, "")]),
      ...directories.flatMap((flag) => [`--${flag}`, root.path]),
    ];
    assert.deepEqual(await amiss(...given), []);
  });

  it("is enough if one of containerd's directories is there, as with containerd's own default", async () => {
    using root = temporaryRoot();
    const there = join(root.path, "certs.d");
    mkdirSync(there);
    assert.deepEqual(await amiss("--registry-config-path", `${there}:${root.path}/docker`), []);
    assert.deepEqual(await amiss("--registry-config-path", `${root.path}/docker:${there}`), []);
    const [told] = await amiss("--registry-config-path", `${there}:${root.write("file", "")}`);
    assert.equal(told?.path, join(root.path, "file"));
  });
});

describe("a gateway whose flags name what is not there", () => {
  it("serves, and warns of each with flag, path, consequence and remedy", async () => {
    using root = temporaryRoot();
    const path = join(root.path, "nope");
    await using node = await openNode({
      config: {
        registriesConf: path,
        registriesD: path,
        registryConfigPath: [path],
        authfile: path,
        knownNamespaces: path,
        evidenceSeed: path,
      },
    });
    assert.equal((await node.kubelet.version({})).runtimeName !== "", true);
    const warnings = node.log
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter((line) => line["level"] === "warn" && line["path"] === path);
    assert.deepEqual(warnings.map(({ flag }) => flag ?? "--evidence-seed").sort(), [
      ...["--authfile", "--evidence-seed", "--known-namespaces"],
      ...["--registries-conf", "--registries-d", "--registry-config-path"],
    ]);
    for (const { flag, msg, consequence, remedy } of warnings) {
      assert.match(String(msg), /cannot be (used|read)/);
      assert.match(`${msg} ${consequence} ${remedy}`, new RegExp(`mend (${flag}|the flag)`));
    }
  });
});
