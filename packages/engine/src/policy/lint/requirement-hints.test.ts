import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseImageReference } from "../../values/image-reference.ts";
import { readJsonDocument } from "../../values/json-document.ts";
import { matchesIdentity } from "../match-identity.ts";
import { parsePolicy, readPolicy } from "../parse-policy.ts";
import { policyHints } from "./policy-hints.ts";

const matchRepository = { type: "matchRepository" };
const key = { type: "sigstoreSigned", keyPath: "/k.pub", signedIdentity: matchRepository };
const gpg = { type: "signedBy", keyType: "GPGKeys", keyPath: "/k.gpg" };
const fulcio = (changes: object, rest: object = {}) => ({
  type: "sigstoreSigned",
  fulcio: {
    caPath: "/ca.pem",
    oidcIssuer: "https://issuer.example",
    subjectEmail: "a@b.example",
    ...changes,
  },
  rekorPublicKeyPath: "/rekor.pub",
  signedIdentity: matchRepository,
  ...rest,
});
const pki = (changes: object) => ({
  type: "sigstoreSigned",
  pki: { caRootsPath: "/ca.pem", ...changes },
  signedIdentity: matchRepository,
});

function hintsOf(requirements: readonly object[], transport = "docker", scope = "r.example/shop") {
  const policy = { default: [{ type: "reject" }], transports: { [transport]: { [scope]: requirements } } };
  const text = Buffer.from(JSON.stringify(policy));
  const start = `transports.${transport}["${scope}"]`;
  return policyHints(parsePolicy(text, "policy.json"), readJsonDocument(text)).map((hint) => ({
    ...hint,
    path: hint.path.startsWith(start) ? hint.path.slice(start.length) : hint.path,
  }));
}

type Row = readonly [
  what: string,
  requirements: readonly object[],
  ...hints: readonly (readonly [code: string, path: string, text: RegExp])[],
];

function itHints([what, requirements, ...expected]: Row, transport?: string, scope?: string) {
  it(what, () => {
    const hints = hintsOf(requirements, transport, scope);
    assert.deepEqual(
      hints.map(({ code, path }) => [code, path]),
      expected.map(([code, path]) => [code, path]),
    );
    for (const [index, [, , text]] of expected.entries()) {
      assert.match(`${hints[index]?.message}\n${hints[index]?.remedy}`, text);
    }
  });
}

describe("of requirements that stand together, lint hints at", () => {
  const rows: readonly Row[] = [
    [
      "reject after others",
      [key, { type: "reject" }],
      ["REJECT_BESIDE_OTHERS", "[1]", /nothing here ever runs\nremove it/],
    ],
    [
      "reject before others, which are then never looked at",
      [{ type: "reject" }, key],
      ["REJECT_BESIDE_OTHERS", "[0]", /never looked at/],
    ],
    [
      "accepting anything beside a demand",
      [key, { type: "insecureAcceptAnything" }],
      ["REQUIREMENT_REDUNDANT", "[1]", /neither opens nor closes/],
    ],
    ["the same twice", [key, key], ["REQUIREMENT_REDUNDANT", "[1]", /twice/]],
    [
      "two keys that must both sign",
      [key, { ...key, keyPath: "/l.pub" }],
      ["EVERY_KEY_MUST_SIGN", "[1]", /"keyPaths": \["\/k\.pub","\/l\.pub"\]/],
    ],
    [
      "two OpenPGP keys that must both sign",
      [gpg, { ...gpg, keyPath: undefined, keyData: "eA==" }],
      ["EVERY_KEY_MUST_SIGN", "[1]", /"keyPaths" or "keyDatas"/],
    ],
  ];
  for (const row of rows) itHints(row);

  itHints([
    "nothing, where two kinds of signers must both sign",
    [fulcio({}), pki({ subjectEmail: "a@b.c" }), key, gpg],
  ]);
});

describe("of a requirement, lint hints at", () => {
  const rows: readonly Row[] = [
    [
      "signedBaseLayer",
      [{ type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } }],
      ["REQUIREMENT_UNSATISFIABLE", "[0]", /never implemented/],
    ],
    [
      "a key type that nothing satisfies",
      [{ ...gpg, keyType: "X509Certificates" }],
      ["REQUIREMENT_UNSATISFIABLE", "[0].keyType", /write "GPGKeys"/],
    ],
    [
      "no keys at all",
      [{ ...gpg, keyPath: undefined, keyPaths: [] }],
      ["NO_KEYS", "[0].keyPaths", /names no key/],
    ],
    [
      "empty key data",
      [{ ...gpg, keyPath: undefined, keyData: "" }],
      ["NO_KEYS", "[0].keyData", /nothing in it/],
    ],
    [
      "empty key data among others",
      [{ ...key, keyPath: undefined, keyDatas: ["eA==", ""] }],
      ["NO_KEYS", "[0].keyDatas[1]", /nothing in it/],
    ],
    [
      "an empty path among others",
      [{ ...key, keyPath: undefined, keyPaths: ["/a", ""] }],
      ["NO_KEYS", "[0].keyPaths[1]", /empty/],
    ],
    [
      "paths that are relative",
      [fulcio({ caPath: "ca.pem" }, { rekorPublicKeyPath: "./rekor.pub" })],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].fulcio.caPath", /from \/ on/],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].rekorPublicKeyPath", /from \/ on/],
    ],
    [
      "a relative path in a list",
      [fulcio({}, { rekorPublicKeyPath: undefined, rekorPublicKeyPaths: ["/a", "b"] })],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].rekorPublicKeyPaths[1]", /started/],
    ],
    [
      "relative paths of one's own authority",
      [pki({ caRootsPath: "a", caIntermediatesPath: "b", subjectEmail: "a@b.c" })],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].pki.caRootsPath", /started/],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].pki.caIntermediatesPath", /started/],
    ],
    [
      "a URL of a file",
      [{ ...key, keyPath: "file:///k.pub" }],
      ["TRUST_PATH_NOT_EXPANDED", "[0].keyPath", /write "\/k\.pub"/],
    ],
    [
      "a key in a KMS",
      [{ ...key, keyPath: "awskms:///alias/x" }],
      ["TRUST_PATH_NOT_EXPANDED", "[0].keyPath", /cosign public-key/],
    ],
    [
      "a home directory",
      [{ ...key, keyPath: "~/k.pub" }],
      ["TRUST_PATH_NOT_EXPANDED", "[0].keyPath", /whole path/],
    ],
    [
      "a variable",
      [{ ...key, keyPath: "/etc/$NAME/k.pub" }],
      ["TRUST_PATH_NOT_EXPANDED", "[0].keyPath", /variables/],
    ],
  ];
  for (const row of rows) itHints(row);
});

describe("of whose name is signed, lint hints at", () => {
  const identity = (signedIdentity: object | undefined, of: object = key) => [{ ...of, signedIdentity }];
  const remap = (prefix: string, signedPrefix: string) =>
    identity({ type: "remapIdentity", prefix, signedPrefix }, gpg);
  const rows: readonly Row[] = [
    [
      "no matcher for what cosign signs",
      identity(undefined),
      [
        "COSIGN_IDENTITY_REFUSED",
        "[0].signedIdentity",
        /write "signedIdentity": \{"type": "matchRepository"\}/,
      ],
    ],
    [
      "the exact name for what cosign signs, and of digests",
      identity({ type: "matchExact" }),
      ["COSIGN_IDENTITY_REFUSED", "[0].signedIdentity", /skopeo signs it/],
      ["EXACT_MATCH_REFUSES_DIGESTS", "[0].signedIdentity", /"matchRepoDigestOrExact"/],
    ],
    [
      "another name with its tag for what cosign signs",
      identity({ type: "exactReference", dockerReference: "r.example/a:v1" }),
      [
        "COSIGN_IDENTITY_REFUSED",
        "[0].signedIdentity",
        /"exactRepository", "dockerRepository": "r\.example\/a"/,
      ],
    ],
    [
      "another registry's name for what cosign signs",
      identity({ type: "remapIdentity", prefix: "r.example", signedPrefix: "s.example" }),
      ["COSIGN_IDENTITY_REFUSED", "[0].signedIdentity", /"dockerRepository": "s\.example\/…"/],
    ],
    [
      "a tag that does not count",
      identity({ type: "exactRepository", dockerRepository: "r.example/a:v1" }),
      ["TAG_IGNORED", "[0].signedIdentity.dockerRepository", /:v1 is ignored\nwrite "r\.example\/a"/],
    ],
    [
      "a prefix that no full name has",
      remap("library", "s.example"),
      ["REMAP_WITHOUT_EFFECT", "[0].signedIdentity.prefix", /write "docker\.io\/library"/],
    ],
    [
      "a prefix of other images",
      remap("s.example", "t.example"),
      ["REMAP_WITHOUT_EFFECT", "[0].signedIdentity.prefix", /no image of this scope/],
    ],
    [
      "a prefix that only looks like the scope's",
      remap("r.example/sho", "t.example"),
      ["REMAP_WITHOUT_EFFECT", "[0].signedIdentity.prefix", /no image of this scope/],
    ],
    [
      "a prefix replaced by itself",
      remap("r.example", "r.example"),
      ["REMAP_WITHOUT_EFFECT", "[0].signedIdentity.prefix", /by itself/],
    ],
    [
      "a signed prefix that no full name has",
      remap("r.example", "index.docker.io/x"),
      ["IDENTITY_NEVER_MATCHES", "[0].signedIdentity.signedPrefix", /write "docker\.io\/x"/],
    ],
    ["nothing, where the prefix is a parent of the scope", remap("r.example", "s.example")],
    ["nothing, where the prefix is the scope", remap("r.example/shop", "s.example")],
    ["nothing, where the prefix is below the scope", remap("r.example/shop/a", "s.example")],
    ["nothing, where GPG signs name and tag", identity(undefined, gpg)],
    [
      "nothing, where another repository's name is signed",
      identity({ type: "exactRepository", dockerRepository: "busybox" }),
    ],
  ];
  for (const row of rows) itHints(row);

  itHints(
    [
      "the image's name where images have none",
      [{ type: "signedBy", keyType: "GPGKeys", keyPath: "/k" }],
      ["IDENTITY_NEVER_MATCHES", "[0].signedIdentity", /directories/],
    ],
    "dir",
    "/images",
  );
  itHints(
    [
      "a prefix under a wildcard of other hosts",
      remap("r.example", "s.example"),
      ["REMAP_WITHOUT_EFFECT", "[0].signedIdentity.prefix", /no image/],
    ],
    "docker",
    "*.other",
  );
  itHints(
    ["nothing, where a prefix is under its wildcard", remap("r.example:5000/a", "s.example")],
    "docker",
    "*.example",
  );
});

describe("a matcher is hinted at if it refuses the bare name, as cosign signs it:", () => {
  const image = parseImageReference("r.example/shop:v1");
  const matchers = [
    { type: "matchExact" },
    { type: "matchRepoDigestOrExact" },
    { type: "matchRepository" },
    { type: "exactReference", dockerReference: "r.example/shop:v1" },
    { type: "exactRepository", dockerRepository: "r.example/shop" },
    { type: "remapIdentity", prefix: "r.example", signedPrefix: "r.example" },
  ];
  for (const signedIdentity of matchers) {
    it(signedIdentity.type, () => {
      const requirement = { ...key, signedIdentity };
      const { policy } = readPolicy(Buffer.from(JSON.stringify({ default: [requirement] })));
      const [read] = policy?.default ?? [];
      assert.ok(read?.type === "sigstoreSigned");
      const isHinted = hintsOf([requirement]).some(({ code }) => code === "COSIGN_IDENTITY_REFUSED");
      assert.equal(isHinted, !matchesIdentity(read.identity, image, "r.example/shop"));
    });
  }
});

describe("of who signs, lint hints at", () => {
  const rows: readonly Row[] = [
    [
      "a CI job's URI for an e-mail address",
      [fulcio({ subjectEmail: "https://github.com/o/r/.github/workflows/w.yml@refs/heads/main" })],
      ["CI_IDENTITY_UNSUPPORTED", "[0].fulcio.subjectEmail", /sign with a key/],
    ],
    [
      "an issuer of CI jobs",
      [fulcio({ oidcIssuer: "https://token.actions.githubusercontent.com" })],
      ["CI_IDENTITY_UNSUPPORTED", "[0].fulcio.oidcIssuer", /by a URI/],
    ],
    [
      "a slash that the issuer does not have",
      [fulcio({ oidcIssuer: "https://accounts.google.com/" })],
      ["ISSUER_NEVER_MATCHES", "[0].fulcio.oidcIssuer", /write "https:\/\/accounts\.google\.com"/],
    ],
    [
      "a slash that the issuer may not have",
      [fulcio({ oidcIssuer: "https://login.example/" })],
      ["ISSUER_ENDS_IN_SLASH", "[0].fulcio.oidcIssuer", /"iss" in a token.*"https:\/\/login\.example"/],
    ],
    [
      "an issuer without its scheme",
      [fulcio({ oidcIssuer: "accounts.google.com" })],
      ["ISSUER_NEVER_MATCHES", "[0].fulcio.oidcIssuer", /write "https:\/\/accounts\.google\.com"/],
    ],
    [
      "an issuer with a blank",
      [fulcio({ oidcIssuer: "https://a.example " })],
      ["ISSUER_NEVER_MATCHES", "[0].fulcio.oidcIssuer", /write "https:\/\/a\.example"/],
    ],
    [
      "a pattern for an e-mail address",
      [fulcio({ subjectEmail: "*@b.example" })],
      ["SUBJECT_NEVER_MATCHES", "[0].fulcio.subjectEmail", /patterns/],
    ],
    [
      "a user's name for an e-mail address",
      [pki({ subjectEmail: "octocat" })],
      ["SUBJECT_NEVER_MATCHES", "[0].pki.subjectEmail", /no e-mail address/],
    ],
    [
      "blanks around an e-mail address",
      [pki({ subjectEmail: "a@b.c\n" })],
      ["SUBJECT_NEVER_MATCHES", "[0].pki.subjectEmail", /blanks/],
    ],
    [
      "a URL for a host",
      [pki({ subjectHostname: "https://h.example:443/x" })],
      ["SUBJECT_NEVER_MATCHES", "[0].pki.subjectHostname", /write "h\.example"/],
    ],
    [
      "nothing, for a host or an address",
      [pki({ subjectHostname: "h.example" }), pki({ subjectHostname: "[2001:db8::1]" })],
    ],
  ];
  for (const row of rows) itHints(row);
});
