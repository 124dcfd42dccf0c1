import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { certsDirectories, type HostCertificates, noCertificates, readHostCertificates } from "./certs-d.ts";

const host = "h.example:5000";
const read = ({ environment }: TemporaryRoot): Promise<HostCertificates> =>
  readHostCertificates(certsDirectories(environment), host);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

describe("certsDirectories", () => {
  it("is the user's, the administrator's, the distribution's, then Docker's", () => {
    using root = temporaryRoot();
    assert.deepEqual(
      certsDirectories(root.environment).map((path) => path.slice(root.path.length)),
      [
        "/home/me/.config/containers/certs.d",
        "/etc/containers/certs.rootful.d",
        "/etc/containers/certs.d",
        "/usr/share/containers/certs.rootful.d",
        "/usr/share/containers/certs.d",
        "/etc/docker/certs.d",
      ],
    );
  });
});

describe("readHostCertificates reads", () => {
  it("nothing for a host nobody thought of", async () => {
    using root = temporaryRoot();
    root.write("etc/containers/certs.d/h.example/ca.crt", "another port");
    assert.deepEqual(await read(root), noCertificates);
  });

  it("CAs and pairs", async () => {
    using root = temporaryRoot();
    for (const name of ["b.crt", "a.crt", "me.cert", "me.key", "README"]) {
      root.write(`etc/docker/certs.d/${host}/${name}`, name);
    }
    const { authorities, identities } = await read(root);
    assert.deepEqual(authorities.map(text), ["a.crt", "b.crt"]);
    assert.deepEqual(
      identities.map(({ path, certificate, key }) => [path, text(certificate), text(key)]),
      [[join(root.path, `etc/docker/certs.d/${host}/me.cert`), "me.cert", "me.key"]],
    );
  });

  it("the first directory alone", async () => {
    using root = temporaryRoot();
    root.write(`etc/containers/certs.d/${host}/a.crt`, "first");
    root.write(`etc/docker/certs.d/${host}/a.crt`, "second");
    assert.deepEqual((await read(root)).authorities.map(text), ["first"]);
  });
});

describe("readHostCertificates refuses", () => {
  const rows: readonly (readonly [why: string, files: readonly string[], message: string])[] = [
    [
      "a certificate without its key",
      ["me.cert"],
      "missing key me.key for client certificate me.cert. Note that CA certificates should use the extension .crt",
    ],
    ["a key without its certificate", ["me.key"], "missing client certificate me.cert for key me.key"],
  ];
  for (const [why, files, message] of rows) {
    it(why, async () => {
      using root = temporaryRoot();
      for (const name of files) root.write(`etc/containers/certs.d/${host}/${name}`, name);
      await assert.rejects(read(root), { code: "CONFIG_INVALID", message });
    });
  }

  it("a file where the directory should be", async () => {
    using root = temporaryRoot();
    const path = root.write(`etc/containers/certs.d/${host}`, "x");
    await assert.rejects(read(root), { code: "CONFIG_INVALID", message: `open ${path}: not a directory` });
  });

  it("a directory where a file should be", async () => {
    using root = temporaryRoot();
    root.write(`etc/containers/certs.d/${host}/ca.crt/x`, "x");
    const path = join(root.path, `etc/containers/certs.d/${host}/ca.crt`);
    await assert.rejects(read(root), { code: "CONFIG_INVALID", message: `read ${path}: is a directory` });
  });
});
