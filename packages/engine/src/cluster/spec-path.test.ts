import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { AuthoritySpec } from "./authority-spec.ts";
import { specPath } from "./spec-path.ts";

const remote = { type: "remote", url: "https://policies.example/a", sha256: "" } as const;
const attested = (source: { readonly type: "inline"; readonly text: string } | typeof remote) => ({
  name: "a",
  predicateType: "vuln",
  policy: { language: "cel" as const, source },
});
const bySecret: AuthoritySpec = {
  type: "key",
  name: "a",
  key: { type: "secret", name: "key", saidNamespace: "" },
  hashAlgorithm: "sha256",
  source: undefined,
  ctlog: undefined,
  timestampRoot: undefined,
  attestations: [attested({ type: "inline", text: "" }), attested(remote)],
  format: "legacy",
};
const authorities: readonly AuthoritySpec[] = [
  { type: "static", name: "b", action: "fail", message: "" },
  bySecret,
];

describe("a fault of a compiled rule is placed in its policy:", () => {
  const inAuthorities: ReadonlyArray<readonly [compiled: string, written: string]> = [
    ["", ""],
    [".name", ".name"],
    [".key.data", ".key.secretRef"],
    [".attestations[0].policy.expression", ".attestations[0].policy.data"],
    [".attestations[1].policy.expression", ".attestations[1].policy.remote"],
    [".attestations[2].policy.expression", ".attestations[2].policy"],
    [".attestations[0].predicateType", ".attestations[0].predicateType"],
    [".keyless.identities[3].subjectRegExpUnanchored", ".keyless.identities[3].subjectRegExp"],
    [".keyless.identities[0].issuer", ".keyless.identities[0].issuer"],
    [".keyless.trustedRoot.tuf.root.data", ".keyless"],
    [".transparency.trustedRoot.data", ".ctlog"],
    [".timestamp.trustedRoot", ".rfc3161timestamp"],
    [".source[0].repository", ".source[0].oci"],
  ];
  for (const [compiled, written] of inAuthorities) {
    it(`authorities[1]${compiled}`, () => {
      const path = `images[0].requirements[0].authorities[1]${compiled}`;
      assert.equal(specPath(path, authorities), `spec.authorities[1]${written}`);
    });
  }

  const others: ReadonlyArray<readonly [compiled: string, written: string]> = [
    ["images[0].globs[4]", "spec.images[4].glob"],
    ["images[0].globs", "spec.images"],
    ["images[0].name", "spec"],
    ["images[0].requirements[0].authorities", "spec.authorities"],
    ['transports.docker["quay.io/a[0]"][0].keyData', "spec.policy.rootOfTrust"],
    ["", "spec"],
  ];
  for (const [compiled, written] of others) {
    it(compiled === "" ? "the whole of it" : compiled, () =>
      assert.equal(specPath(compiled, authorities), written),
    );
  }
});
