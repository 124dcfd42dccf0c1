import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { readJsonDocument } from "../../values/json-document.ts";
import { readPolicy } from "../parse-policy.ts";
import { hintSeverity } from "./hint.ts";
import { policyHints } from "./policy-hints.ts";

const reject = { type: "reject" };
const absolute = fc.stringMatching(/^\/etc\/keys\/[a-z]{1,8}\.pub$/);
const base64 = fc
  .uint8Array({ minLength: 1, maxLength: 9 })
  .map((bytes) => Buffer.from(bytes).toString("base64"));
const matcher = fc.constantFrom(
  { type: "matchRepository" },
  { type: "exactRepository", dockerRepository: "registry.example/other" },
);
const goodSigner = fc.oneof(
  fc.record({ keyPath: absolute }),
  fc.record({ keyPaths: fc.array(absolute, { minLength: 1, maxLength: 3 }) }),
  fc.record({ keyDatas: fc.array(base64, { minLength: 1, maxLength: 3 }), rekorPublicKeyPath: absolute }),
  fc.record({
    fulcio: fc.record({
      caPath: absolute,
      oidcIssuer: fc.constantFrom("https://issuer.example", "https://accounts.google.com"),
      subjectEmail: fc.stringMatching(/^[a-z]{1,6}([.+_][a-z]{1,6})?@[a-z]{1,9}\.example$/),
    }),
    rekorPublicKeyData: base64,
  }),
  fc.record({ pki: fc.record({ caRootsPath: absolute, subjectHostname: fc.domain({ size: "small" }) }) }),
);
const goodRequirements = fc.oneof(
  fc.constantFrom([reject], [{ type: "insecureAcceptAnything" }]),
  fc
    .tuple(goodSigner, matcher)
    .map(([signer, signedIdentity]) => [{ type: "sigstoreSigned", ...signer, signedIdentity }]),
  absolute.map((keyPath) => [{ type: "signedBy", keyType: "GPGKeys", keyPath }]),
);

/** Each scope is of a host of its own, so that none is another's parent. */
const goodPolicy = fc
  .array(
    fc.tuple(fc.constantFrom("", "/team", "/team/app", "/team/app:v1", ":5000/team"), goodRequirements),
    {
      maxLength: 6,
    },
  )
  .map((scopes) => ({
    default: [reject],
    transports: Object.fromEntries(
      scopes.length === 0
        ? []
        : [
            [
              "docker",
              Object.fromEntries(scopes.map(([path, list], at) => [`r${at}.example${path}`, list] as const)),
            ],
          ],
    ),
  }));

function hintsOf(policy: object) {
  const text = Buffer.from(JSON.stringify(policy));
  const reading = readPolicy(text);
  const document = readJsonDocument(text);
  return { reading, document, hints: reading.policy && policyHints(reading.policy, document) };
}

it("a policy without mistakes gives no hints", () => {
  fc.assert(
    fc.property(goodPolicy, (policy) => {
      const { reading, hints } = hintsOf(policy);
      assert.deepEqual(reading.faults, []);
      assert.deepEqual(hints, []);
    }),
    { numRuns: 300 },
  );
});

describe("whatever a policy says", () => {
  const word = fc.oneof(
    fc.string({ maxLength: 12 }),
    fc.constantFrom(
      "",
      "/",
      "busybox",
      "*.example.com",
      "r.example:5000/a",
      "docker.io",
      "docker.io/debian",
      "R.example",
      "~/k",
      "a@b",
      "https://x/",
      "sha256:",
    ),
  );
  const name = fc.constantFrom("busybox", "r.example/a:v1", "docker.io", "index.docker.io/x", "a/b");
  const identity = fc.oneof(
    fc.constantFrom({ type: "matchExact" }, { type: "matchRepoDigestOrExact" }, { type: "matchRepository" }),
    name.map((dockerRepository) => ({ type: "exactRepository", dockerRepository })),
    name.map((text) => ({ type: "exactReference", dockerReference: `${text.replace(/:v1$/, "")}:t` })),
    fc.record({ type: fc.constant("remapIdentity"), prefix: name, signedPrefix: name }),
  );
  const signer = fc.oneof(
    fc.record({ keyPath: word }),
    fc.record({ keyPaths: fc.array(word, { minLength: 1, maxLength: 2 }) }),
    fc.record({ keyDatas: fc.array(fc.constantFrom("", "eA=="), { minLength: 1 }) }),
    fc.record({
      fulcio: fc.record({ caPath: word, oidcIssuer: word, subjectEmail: word }),
      rekorPublicKeyPath: word,
    }),
    fc.record({ pki: fc.record({ caRootsPath: word, subjectEmail: word, subjectHostname: word }) }),
  );
  const requirement = fc.oneof(
    fc.constantFrom<object>(reject, { type: "insecureAcceptAnything" }),
    identity.map((baseLayerIdentity) => ({ type: "signedBaseLayer", baseLayerIdentity })),
    fc
      .tuple(signer, fc.option(identity, { nil: undefined }))
      .map(([signer, signedIdentity]) => ({ type: "sigstoreSigned", ...signer, signedIdentity })),
    fc
      .tuple(fc.constantFrom("GPGKeys", "X509Certificates"), fc.array(word, { maxLength: 2 }))
      .map(([keyType, keyPaths]) => ({ type: "signedBy", keyType, keyPaths })),
  );
  const requirements = fc.array(requirement, { minLength: 1, maxLength: 3 });
  const transport = fc.constantFrom(
    "docker",
    "docker-daemon",
    "atomic",
    "containers-storage",
    "dir",
    "oci",
    "x y",
  );
  const policy = fc.record({
    default: requirements,
    transports: fc.dictionary(transport, fc.dictionary(word, requirements, { maxKeys: 4 }), { maxKeys: 3 }),
  });

  it("lint neither fails nor hints at a place that is not there", () => {
    let hinted = 0;
    fc.assert(
      fc.property(policy, (policy) => {
        const { document, hints = [] } = hintsOf(policy);
        hinted += hints.length;
        for (const { code, path, message, remedy } of hints) {
          assert.ok(Object.hasOwn(hintSeverity, code));
          assert.ok(message !== "" && remedy !== "");
          const parent = path.replace(/\.\w+$/, "");
          assert.ok(document.find(path) ?? document.find(parent), path);
        }
      }),
      { numRuns: 1000 },
    );
    assert.ok(hinted > 1000, "enough policies were valid to be hinted at");
  });
});
