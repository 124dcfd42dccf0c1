import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type HostDirectory, hostDirectories } from "./host-directories.ts";

const server = (host: string): string => `server = "https://${host}"\n`;

async function read(
  root: TemporaryRoot,
  namespace: string,
  ...directories: string[]
): Promise<HostDirectory> {
  const roots = (directories.length === 0 ? ["certs.d"] : directories).map((name) => `${root.path}/${name}`);
  return hostDirectories(roots)(namespace);
}

/** The host that the files below lead to. */
async function found(files: Readonly<Record<string, string>>, namespace: string, ...roots: string[]) {
  using root = temporaryRoot();
  for (const [path, host] of Object.entries(files)) root.write(path, server(host));
  const { hosts } = await read(root, namespace, ...roots);
  return hosts[0]?.address.host;
}

describe("hostDirectories reads the directory", () => {
  const rows: readonly (readonly [
    why: string,
    files: Readonly<Record<string, string>>,
    namespace: string,
    host: string,
    ...roots: string[],
  ])[] = [
    ["of the registry's name", { "certs.d/docker.io/hosts.toml": "a" }, "docker.io", "a"],
    ["of its name and port", { "certs.d/r.example:5000/hosts.toml": "a" }, "r.example:5000", "a"],
    [
      "of its name and port, written out",
      { "certs.d/r.example_5000_/hosts.toml": "a" },
      "r.example:5000",
      "a",
    ],
    [
      "of its name and port, written out, before the other",
      { "certs.d/r.example_5000_/hosts.toml": "a", "certs.d/r.example:5000/hosts.toml": "b" },
      "r.example:5000",
      "a",
    ],
    [
      "of an IPv6 address, as containerd takes its colons",
      { "certs.d/[:_1]_/hosts.toml": "a" },
      "[::1]",
      "a",
    ],
    ["of all registries", { "certs.d/_default/hosts.toml": "a" }, "docker.io", "a"],
    [
      "of the registry's name before that of all",
      { "certs.d/_default/hosts.toml": "a", "certs.d/docker.io/hosts.toml": "b" },
      "docker.io",
      "b",
    ],
    [
      "of the first place that has one, be it for all",
      { "one/_default/hosts.toml": "a", "two/docker.io/hosts.toml": "b" },
      "docker.io",
      "a",
      "one",
      "two",
    ],
    ["of the second place", { "two/docker.io/hosts.toml": "b" }, "docker.io", "b", "one", "two"],
  ];
  for (const [why, files, namespace, host, ...roots] of rows) {
    it(why, async () => assert.equal(await found(files, namespace, ...roots), host));
  }

  it("of no other registry", async () =>
    assert.equal(await found({ "certs.d/docker.io/hosts.toml": "a" }, "quay.io"), ""));
});

describe("hostDirectories takes from a directory without hosts.toml", () => {
  it("its certificates, in Docker's layout", async () => {
    using root = temporaryRoot();
    const below = (name: string) => root.write(`certs.d/r.example/${name}`, "x");
    const [ca, mine, key, alone] = ["ca.crt", "me.cert", "me.key", "other.cert"].map(below);
    below("README");
    below("directory.crt/file");
    const { hosts, broken } = await read(root, "r.example");
    assert.deepEqual(hosts[0]?.tls, {
      authorities: [ca],
      identities: [
        { certificate: mine, key },
        { certificate: alone, key: alone },
      ],
      skipVerify: undefined,
    });
    assert.deepEqual([hosts.length, hosts[0]?.address.host, broken], [1, "", undefined]);
  });

  it("nothing when there is nothing", async () => {
    using root = temporaryRoot();
    root.write("certs.d/r.example/README", "x");
    assert.equal((await read(root, "r.example")).hosts[0]?.tls.authorities, undefined);
  });

  it("the same when hosts.toml is empty", async () => {
    using root = temporaryRoot();
    root.write("certs.d/r.example/hosts.toml", "");
    const ca = root.write("certs.d/r.example/ca.crt", "x");
    const { hosts, broken } = await read(root, "r.example");
    assert.deepEqual([hosts[0]?.tls.authorities, broken], [[ca], undefined]);
  });
});

describe("hostDirectories passes over a hosts.toml", () => {
  const rows: readonly (readonly [why: string, content: string | Uint8Array, message: RegExp])[] = [
    ["that is no TOML", "server", /^toml: line 1, column /],
    [
      "that says something containerd does not know",
      `[host.a]\ncapabilities = ["x"]`,
      /^host "a": unknown capability/,
    ],
    ["that is no UTF-8", Buffer.from([0x23, 0xff]), /^toml: the file is not UTF-8$/],
  ];
  for (const [why, content, message] of rows) {
    it(`${why}, takes the certificates beside it, and tells`, async () => {
      using root = temporaryRoot();
      const path = root.write("certs.d/r.example/hosts.toml", content);
      const ca = root.write("certs.d/r.example/ca.crt", "x");
      const { hosts, broken } = await read(root, "r.example");
      assert.deepEqual([hosts.length, hosts[0]?.tls.authorities, broken?.path], [1, [ca], path]);
      assert.match(broken?.error.message ?? "", message);
    });
  }
});

describe("hostDirectories refuses, as containerd fails the pull,", () => {
  const rows: readonly (readonly [why: string, set: (root: TemporaryRoot) => void, message: RegExp])[] = [
    [
      "a file in the directory's place",
      (root) => root.write("certs.d/r.example", "x"),
      /^open .*hosts\.toml: not a directory$/,
    ],
    [
      "a directory in the file's place",
      (root) => root.write("certs.d/r.example/hosts.toml/x", "x"),
      /is a directory$/,
    ],
    [
      "a file in the place of all directories",
      (root) => root.write("certs.d", "x"),
      /^stat .*: not a directory$/,
    ],
    [
      "a file that is too large",
      (root) => root.write("certs.d/r.example/hosts.toml", "#".repeat(1024 * 1024 + 1)),
      /exceeded maximum allowed size of 1048576 bytes$/,
    ],
  ];
  for (const [why, set, message] of rows) {
    it(why, async () => {
      using root = temporaryRoot();
      set(root);
      await assert.rejects(read(root, "r.example"), { code: "CONFIG_INVALID", message });
    });
  }
});

describe("hostDirectories answers by what is there now", () => {
  it("after an edit, after a fault, after it is mended, and after it is gone", async () => {
    using root = temporaryRoot();
    const find = hostDirectories([`${root.path}/certs.d`]);
    const hosts = async () => (await find("r.example")).hosts.map(({ address }) => address.host);
    const path = root.write("certs.d/r.example/hosts.toml", server("a"));
    assert.deepEqual(await hosts(), ["a"]);
    root.write("certs.d/r.example/hosts.toml", server("b"));
    assert.deepEqual(await hosts(), ["b"]);
    root.write("certs.d/r.example/hosts.toml", "server");
    assert.deepEqual(await hosts(), [""]);
    root.write("certs.d/r.example/hosts.toml", server("b"));
    assert.deepEqual(await hosts(), ["b"]);
    rmSync(path);
    assert.deepEqual(await hosts(), [""]);
  });

  it("without parsing again what did not change", async () => {
    using root = temporaryRoot();
    const find = hostDirectories([`${root.path}/certs.d`]);
    root.write("certs.d/r.example/hosts.toml", server("a"));
    assert.equal((await find("r.example")).hosts, (await find("r.example")).hosts);
  });
});
