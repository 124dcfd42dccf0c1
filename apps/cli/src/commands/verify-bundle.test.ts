import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { after, describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { bundleBytes } from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  artifact,
  envelope,
  identity,
  issuer,
  message,
  signer,
  sigstore,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const files = temporaryRoot();
after(() => files[Symbol.dispose]());

const key = createSigningKey("managed");
const byKey = keySigner(key);
const root = files.write("trusted_root.json", sigstore.trustedRoot);
const keyless = files.write("keyless.json", bundleBytes(sigstore.bundle(message(), signer)));
const statement = files.write("statement.json", bundleBytes(sigstore.bundle(envelope(), signer)));
const unlogged = files.write(
  "unlogged.json",
  bundleBytes(sigstore.bundle(message(byKey), byKey, { entry: "none" })),
);
const pem = files.write("key.pub", key.publicKeyPem);
const file = files.write("artifact", artifact);
const other = files.write("other", "other");
const digest = `sha256:${hash("sha256", artifact)}`;

async function run(argv: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const io = recordingTerminal(environment);
  await main(["verify-bundle", ...argv], io);
  return io.said;
}

const certificate = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
const trusting = ["--trusted-root", root];

describe("countersign verify-bundle exits", () => {
  const rows: ReadonlyArray<readonly [code: number, why: string, argv: readonly string[], says: RegExp]> = [
    [
      0,
      "for a file",
      ["--bundle", keyless, ...certificate, ...trusting, file],
      /^verified .*\n {2}signed by https:\/\/ci\.example/,
    ],
    [0, "for a digest", ["--bundle", keyless, ...certificate, ...trusting, digest], /^verified /],
    [
      0,
      "for a statement's subject",
      ["--bundle", statement, ...certificate, ...trusting, digest],
      /\n {2}says https:\/\/slsa\.dev/,
    ],
    [
      0,
      "for a key that is believed alone",
      ["--bundle", unlogged, "--key", pem, "--insecure-ignore-tlog", file],
      /signed by the key with SHA-256/,
    ],
    [
      1,
      "for another file",
      ["--bundle", keyless, ...certificate, ...trusting, other],
      /^refused .*\n {2}the signature is over the digest of another artifact/,
    ],
    [
      1,
      "for a statement about another file",
      ["--bundle", statement, ...certificate, ...trusting, other],
      /none of its subjects/,
    ],
    [
      1,
      "for another name",
      [
        "--bundle",
        keyless,
        "--certificate-identity",
        "x",
        "--certificate-oidc-issuer",
        issuer,
        ...trusting,
        file,
      ],
      /the certificate is for "https/,
    ],
    [
      1,
      "for a part of the name",
      [
        "--bundle",
        keyless,
        "--certificate-identity",
        identity.slice(0, -1),
        "--certificate-oidc-issuer",
        issuer,
        ...trusting,
        file,
      ],
      /the certificate is for/,
    ],
    [
      1,
      "for another issuer",
      [
        "--bundle",
        keyless,
        "--certificate-identity",
        identity,
        "--certificate-oidc-issuer",
        "x",
        ...trusting,
        file,
      ],
      /issued on the word of/,
    ],
    [
      1,
      "for a certificate where a key is expected",
      ["--bundle", keyless, "--key", pem, ...trusting, file],
      /where a key is expected/,
    ],
    [
      1,
      "for a key's signature that no log took",
      ["--bundle", unlogged, "--key", pem, ...trusting, file],
      /0 trusted logs/,
    ],
    [
      1,
      "for what is no bundle",
      ["--bundle", file, ...certificate, ...trusting, file],
      new RegExp(`^refused .*\\n {2}${file} cannot be read as a sigstore bundle: `),
    ],
    [2, "when nobody is to have signed", ["--bundle", keyless, ...trusting, file], /who has to have signed/],
    [
      2,
      "when only half of a signer is given",
      ["--bundle", keyless, "--certificate-identity", identity, ...trusting, file],
      /belong together/,
    ],
    [
      2,
      "when key and certificate are given",
      ["--bundle", keyless, "--key", pem, ...certificate, ...trusting, file],
      /both given/,
    ],
    [
      2,
      "when it is not said whom to trust",
      ["--bundle", keyless, ...certificate, file],
      /give --trusted-root \(or COUNTERSIGN_TRUSTED_ROOT\)/,
    ],
    [
      2,
      "when a certificate is to need no log",
      ["--bundle", keyless, ...certificate, "--insecure-ignore-tlog", ...trusting, file],
      /is for keys/,
    ],
    [
      2,
      "when there is no such file",
      ["--bundle", keyless, ...certificate, ...trusting, `${file}x`],
      /no such file/,
    ],
    [
      2,
      "when there is no such bundle",
      ["--bundle", `${file}x`, ...certificate, ...trusting, file],
      /no such file/,
    ],
    [
      3,
      "when the trusted root is none",
      ["--bundle", keyless, ...certificate, "--trusted-root", file, file],
      /undecided .*\n {2}trusted root: /,
    ],
    [
      3,
      "when the key is none",
      ["--bundle", unlogged, "--key", file, ...trusting, file],
      /PEM decoding failed/,
    ],
  ];
  for (const [code, why, argv, says] of rows) {
    it(`with ${code} ${why}`, async () => {
      const { exitCode, out } = await run(argv);
      assert.match(out, says);
      assert.equal(exitCode, code);
    });
  }

  it("with 2 without a bundle, before anything is read", async () => {
    const { exitCode, err } = await run([file]);
    assert.match(err, /required option '--bundle <file>' not specified/);
    assert.equal(exitCode, 2);
  });
});

describe("countersign verify-bundle", () => {
  it("finds the trusted root by the variable", async () => {
    const argv = ["--bundle", keyless, ...certificate, file];
    assert.equal((await run(argv, { COUNTERSIGN_TRUSTED_ROOT: root })).exitCode, 0);
  });

  it("prints the same fields in JSON whatever came of it", async () => {
    const json = ["--output", "json"];
    const good = JSON.parse(
      (await run(["--bundle", keyless, ...certificate, ...trusting, ...json, file])).out,
    );
    const bad = JSON.parse(
      (await run(["--bundle", keyless, ...certificate, ...trusting, ...json, other])).out,
    );
    assert.deepEqual(Object.keys(good), Object.keys(bad));
    assert.deepEqual([good.decision, good.code, good.signer.issuer, good.logs], ["verified", "", issuer, 1]);
    assert.deepEqual(good.times, [{ source: "log", time: "2026-01-01T00:00:00Z" }]);
    assert.deepEqual([bad.decision, bad.code, bad.signer], ["refused", "SIGNATURE_INVALID", null]);
  });

  it("takes a file of that name before a digest", async () => {
    const named = `sha256:${"0".repeat(64)}`;
    const before = process.cwd();
    files.write(named, artifact);
    process.chdir(files.path);
    try {
      assert.equal((await run(["--bundle", keyless, ...certificate, ...trusting, named])).exitCode, 0);
    } finally {
      process.chdir(before);
    }
  });
});
