import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { tlsAuthority } from "@countersign/testkit/registry/tls-certificates";
import { noTlsFiles } from "./configured-host.ts";
import { readTlsFiles } from "./tls-files.ts";

const [ours, theirs] = await Promise.all([tlsAuthority("Ours"), tlsAuthority("Theirs")]);
const me = await ours.client("me");
const damaged = "-----BEGIN CERTIFICATE-----\nMAMCAQA=\n-----END CERTIFICATE-----\n";

const texts = (files: readonly Uint8Array[]): string[] =>
  files.map((bytes) => Buffer.from(bytes).toString().trim());

describe("readTlsFiles reads", () => {
  it("every certificate of every CA file, past what is none", async () => {
    using root = temporaryRoot();
    const both = root.write(
      "both.pem",
      `a note\n${damaged}${ours.certificate}\n${me.key}\n${theirs.certificate}\n`,
    );
    const { authorities, identities } = await readTlsFiles({ ...noTlsFiles, authorities: [both] });
    assert.deepEqual(texts(authorities), [ours.certificate.trim(), theirs.certificate.trim()]);
    assert.deepEqual(identities, []);
  });

  it("a client certificate with its key, in one file or two", async () => {
    using root = temporaryRoot();
    const certificate = root.write("me.cert", me.certificate);
    const key = root.write("me.key", me.key);
    const one = root.write("me.pem", `${me.certificate}\n${me.key}`);
    const { identities } = await readTlsFiles({
      ...noTlsFiles,
      identities: [
        { certificate, key },
        { certificate: one, key: one },
      ],
    });
    assert.deepEqual(
      identities.map(({ path, key }) => [path, Buffer.from(key).includes("PRIVATE KEY")]),
      [
        [certificate, true],
        [one, true],
      ],
    );
  });

  it("nothing where nothing is named", async () =>
    assert.deepEqual(await readTlsFiles(noTlsFiles), { authorities: [], identities: [] }));
});

describe("readTlsFiles refuses", () => {
  it("a CA file that is not there", () =>
    assert.rejects(readTlsFiles({ ...noTlsFiles, authorities: ["/nonexistent/ca.pem"] }), {
      code: "CONFIG_INVALID",
      message:
        'unable to read CA cert "/nonexistent/ca.pem": open /nonexistent/ca.pem: no such file or directory',
    }));

  for (const [what, content] of [
    ["without a certificate", me.key],
    ["with a damaged one alone", damaged],
  ] as const) {
    it(`a CA file ${what}`, async () => {
      using root = temporaryRoot();
      const path = root.write("ca.pem", content);
      await assert.rejects(readTlsFiles({ ...noTlsFiles, authorities: [path] }), {
        code: "CONFIG_INVALID",
        message: `unable to load CA cert "${path}"`,
      });
    });
  }

  it("a key that is not there", async () => {
    using root = temporaryRoot();
    const certificate = root.write("me.cert", me.certificate);
    await assert.rejects(
      readTlsFiles({ ...noTlsFiles, identities: [{ certificate, key: "/nonexistent/key" }] }),
      {
        code: "CONFIG_INVALID",
        message:
          'unable to read CERT file "/nonexistent/key": open /nonexistent/key: no such file or directory',
      },
    );
  });
});
