import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { verifyBySigstoreJs } from "../sigstore-js.ts";
import type { ConformanceCase } from "./conformance-case.ts";
import { conformanceCases, upstreamCases } from "./conformance-cases.ts";

const cases = conformanceCases();

it("every case of sigstore-conformance has its like here, and no name is given twice", () => {
  const names = cases.map(({ name }) => name);
  assert.equal(upstreamCases.length, 70);
  assert.deepEqual(
    upstreamCases.filter((name) => !names.includes(name)),
    [],
  );
  assert.equal(new Set(names).size, names.length);
});

/** Where sigstore-js decides otherwise, and why. */
const differences: Readonly<Record<string, string>> = {
  "bundle-with-root-cert_fail": "it takes the leaf and looks at no other certificate",
  "a bundle with a message and an envelope_fail": "it takes the one, and does not see the other",
  "a certificate promised by an unknown log too": "it refuses a promise that it cannot verify",
  "a certificate for servers_fail": "it does not ask what a certificate is for",
  "an authority whose certificate is for signing code_fail": "it does not ask what a certificate is for",
  "incorrect-public-key_fail": "it does not compare the key in the entry",
  "a key's bundle logged under another key_fail": "it does not compare the key in the entry",
  "a certificate where a key is expected_fail": "it goes by the bundle, and not by what is expected",
  "trust-root-tlog-missing-validity-start_fail": "it takes a window without a beginning for one since 1970",
  "rekor2-checkpoint-of-another-origin_fail": "it compares the signature's name, not the origin",
  "an envelope by a key, p384": "it knows SHA-256 for envelopes, and no other",
  "an envelope by a key, p521": "it knows SHA-256 for envelopes, and no other",
  "an envelope by a certified p384 key": "it knows SHA-256 for envelopes, and no other",
  "an envelope by a certified p521 key": "it knows SHA-256 for envelopes, and no other",
  "a message by a key, rsa2048 pss": "it knows PKCS #1 v1.5 for RSA, and no other",
  "an envelope by a key, rsa2048 pss": "it knows PKCS #1 v1.5 for RSA, and no other",
  "a message by a key in Rekor v2, rsa2048 pss": "it knows PKCS #1 v1.5 for RSA, and no other",
  "a message by a key, ed25519": "it has no ed25519ph",
  "a message by a key in Rekor v2, ed25519": "it has no ed25519ph",
  "a message by a certified ed25519 key": "it has no ed25519ph",
};

function verify({ bundle, trustedRoot, artifact, key }: ConformanceCase): void {
  const timestamps = key === undefined ? 1 : 0;
  const demands = { logs: 1, timestamps, scts: 1 };
  verifyBySigstoreJs({ bundle, trustedRoot, artifact, key: key?.spki, demands });
}

describe("sigstore-js, as we must, or for the reason given,", () => {
  for (const one of cases) {
    const why = differences[one.name];
    const accepts = !one.name.endsWith("_fail") === (why === undefined);
    it(`${accepts ? "accepts" : "refuses"} ${one.name}${why === undefined ? "" : `: ${why}`}`, () => {
      if (accepts) verify(one);
      else assert.throws(() => verify(one));
    });
  }
});
