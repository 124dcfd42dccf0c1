import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import {
  artifact,
  identity,
  issuer,
  message,
  signer,
  sigstore,
  strangers,
} from "@countersign/testkit/signing-kit/sigstore/conformance/conformance-case";

/** The order of the arguments is sigstore-conformance's. */
const root = temporaryRoot();
after(() => root[Symbol.dispose]());
const bundle = root.write("bundle.json", JSON.stringify(sigstore.bundle(message(), signer)));
const signed = root.write("artifact", Buffer.from(artifact).toString());
const ours = root.write("ours.json", Buffer.from(sigstore.trustedRoot).toString());
const theirs = root.write("theirs.json", Buffer.from(strangers.trustedRoot).toString());

function client(before: readonly string[], environment: NodeJS.ProcessEnv, after: readonly string[] = []) {
  const identified = ["--certificate-identity", identity, "--certificate-oidc-issuer", issuer];
  const argv = ["verify-bundle", ...before, "--bundle", bundle, ...identified, ...after, signed];
  const { PATH } = process.env;
  const { status, stdout, stderr } = spawnSync(
    join(import.meta.dirname, "sigstore-conformance-client.sh"),
    argv,
    { env: { PATH, ...environment }, encoding: "utf8" },
  );
  return { status, said: stdout + stderr };
}

describe("the client for sigstore-conformance believes", () => {
  const rows: ReadonlyArray<readonly [what: string, status: number, ...asked: Parameters<typeof client>]> = [
    ["the public root where a case brings none", 0, [], { SIGSTORE_TRUSTED_ROOT: ours }],
    ["and nobody else then", 1, [], { SIGSTORE_TRUSTED_ROOT: theirs }],
    ["a case's own root first", 0, [], { SIGSTORE_TRUSTED_ROOT: theirs }, ["--trusted-root", ours]],
    [
      "the staging root where that is meant",
      0,
      ["--staging"],
      { SIGSTORE_TRUSTED_ROOT: theirs, SIGSTORE_STAGING_TRUSTED_ROOT: ours },
    ],
    ["never the public root for staging", 2, ["--staging"], { SIGSTORE_TRUSTED_ROOT: ours }],
    ["nobody where no root was given", 2, [], {}],
  ];
  for (const [what, status, ...asked] of rows) {
    it(what, () => {
      const answer = client(...asked);
      assert.equal(answer.status, status, answer.said);
    });
  }
});
