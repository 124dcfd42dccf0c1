import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { findUpstreamFolder } from "@countersign/testkit/signing-kit/upstream-vectors";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

/**
 * The cases of sigstore-conformance, asked as its client protocol asks: each by path and by digest. What a directory
 * does not hold is what that suite takes by default. They are not in this repository: they run where
 * COUNTERSIGN_VECTORS or a folder beside it has them. What always runs is the testkit's own like of every one of the 70
 * (packages/engine/src/signature/sigstore/conformance.test.ts).
 */
const root = findUpstreamFolder("sigstore-conformance");
const cases = join(root ?? "", "bundle-verify");
const entries = root === undefined ? [] : readdirSync(cases, { withFileTypes: true });
const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);

const beacon =
  "https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main";
const github = "https://token.actions.githubusercontent.com";

function argumentsOf(name: string): { readonly argv: readonly string[]; readonly artifact: string } {
  const own = (file: string) => join(cases, name, file);
  const textOr = (file: string, otherwise: string) =>
    existsSync(own(file)) ? readFileSync(own(file), "utf8").trim() : otherwise;
  const signer = existsSync(own("key.pub"))
    ? ["--key", own("key.pub")]
    : [
        ...["--certificate-identity", textOr("identity", beacon)],
        ...["--certificate-oidc-issuer", textOr("issuer", github)],
      ];
  const trust = existsSync(own("trusted_root.json"))
    ? own("trusted_root.json")
    : join(root ?? "", "trusted_root.public-good.json");
  return {
    argv: ["verify-bundle", "--bundle", own("bundle.sigstore.json"), ...signer, "--trusted-root", trust],
    artifact: existsSync(own("artifact")) ? own("artifact") : join(root ?? "", "a.txt"),
  };
}

async function run(argv: readonly string[]) {
  const io = recordingTerminal();
  await main(argv, io);
  return io.said;
}

const fewest = root === undefined ? 0 : 50;

describe("countersign verify-bundle answers sigstore-conformance's", () => {
  it(`cases, of which ${fewest} or more are there`, () => assert.ok(names.length >= fewest));

  for (const name of names) {
    const isRefused = name.endsWith("_fail");
    const { argv, artifact } = argumentsOf(name);
    const requireAnswer = ({ exitCode, out, err }: Awaited<ReturnType<typeof run>>) =>
      assert.equal(exitCode !== 0, isRefused, out + err);
    it(`${name}, by path`, async () => requireAnswer(await run([...argv, artifact])));
    it(`${name}, by digest`, async () =>
      requireAnswer(await run([...argv, `sha256:${hash("sha256", readFileSync(artifact))}`])));
  }
});
