import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { createTufRoot } from "@countersign/testkit/trust-repository/tuf-root";
import { parseJson } from "../values/strict-json.ts";
import { type PolicyResource, readPolicyResource } from "./parse-resource.ts";

const pem = createSigningKey("policy").publicKeyPem;
const base64 = Buffer.from(pem).toString("base64");

const keyAuthority = { key: { data: pem } };
const identity = { issuer: "https://issuer.example", subject: "release@example.com" };
const keylessAuthority = { keyless: { identities: [identity] } };

interface Parts {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata?: object;
  readonly spec?: object;
}

const policyOf = (spec: object, parts: Parts = {}) => ({
  apiVersion: "policy.sigstore.dev/v1beta1",
  kind: "ClusterImagePolicy",
  metadata: { name: "signed" },
  spec: { images: [{ glob: "ghcr.io/team/**" }], authorities: [keyAuthority], ...spec },
  ...parts,
});

function read(object: unknown): { readonly resource: PolicyResource | undefined; readonly faults: string[] } {
  return readText(JSON.stringify(object));
}

function readText(text: string) {
  const faults: string[] = [];
  const resource = readPolicyResource(parseJson(Buffer.from(text)), (path, message) =>
    faults.push(`${path}: ${message}`),
  );
  assert.equal(resource === undefined, faults.length > 0, faults.join("; "));
  return { resource, faults };
}

function readPolicy(spec: object, parts: Parts = {}) {
  const { resource, faults } = read(policyOf(spec, parts));
  assert.deepEqual(faults, []);
  assert.ok(resource?.type === "imagePolicy");
  return resource;
}

describe("a ClusterImagePolicy", () => {
  it("has what upstream gives by default", () => {
    const { mode, match, authorities, policy, identity: who } = readPolicy({});
    assert.deepEqual({ mode, match, policy }, { mode: "enforce", match: [], policy: undefined });
    assert.equal(who.generation, 0);
    assert.deepEqual(authorities, [
      {
        name: "authority-0",
        type: "key",
        key: { type: "inline", pem },
        hashAlgorithm: "sha256",
        source: undefined,
        ctlog: undefined,
        timestampRoot: undefined,
        attestations: [],
        format: "legacy",
      },
    ]);
  });

  it("takes the public Fulcio where neither url nor root is said", () => {
    const [authority] = readPolicy({ authorities: [keylessAuthority] }).authorities;
    assert.ok(authority.type === "keyless");
    assert.deepEqual(authority.trust, { type: "public" });
    assert.equal(authority.ignoresSct, false);
  });

  it("names authorities by their position", () => {
    const { authorities } = readPolicy({
      authorities: [keyAuthority, { name: "ci", ...keylessAuthority }, keyAuthority],
    });
    assert.deepEqual(
      authorities.map(({ name }) => name),
      ["authority-0", "ci", "authority-2"],
    );
  });

  it("takes an empty text for none, as upstream does", () => {
    const spec = {
      authorities: [
        {
          name: "",
          keyless: { url: "", trustRootRef: "", identities: [{ ...identity, issuerRegExp: "" }] },
          ctlog: { url: "https://rekor.example" },
          source: [{ oci: "", tagPrefix: "" }],
        },
      ],
    };
    const [authority] = readPolicy(spec).authorities;
    assert.ok(authority.type === "keyless");
    assert.deepEqual(authority.ctlog, { type: "public" });
    assert.deepEqual(authority.source, { repository: undefined, tagPrefix: "", pullSecrets: [] });
  });

  it("is read with whatever the API server adds", () => {
    const metadata = {
      name: "signed",
      generation: 7,
      resourceVersion: "12",
      managedFields: [{ manager: "kubectl" }],
    };
    const { resource } = read({ ...policyOf({}, { metadata }), status: { conditions: [] } });
    assert.equal(resource?.identity.generation, 7);
  });
});

describe("a ClusterImagePolicy is refused for", () => {
  const policy = (type: object) => [
    { ...keyAuthority, attestations: [{ name: "a", predicateType: "p", policy: type }] },
  ];
  const rows: ReadonlyArray<readonly [why: string, spec: object, fault: RegExp]> = [
    ["no images", { images: [] }, /^spec\.images: images must not be empty/],
    ["a glob that is none", { images: [{ glob: "[a-z]*" }] }, /^spec\.images\[0\]\.glob: .*invalid glob/],
    ["no authorities", { authorities: [] }, /^spec\.authorities: at least one authority/],
    [
      "an authority that says nothing",
      { authorities: [{}] },
      /^spec\.authorities\[0\]: one of key, keyless, static is missing/,
    ],
    [
      "two in one",
      { authorities: [{ ...keyAuthority, ...keylessAuthority }] },
      /only one of key, keyless, static/,
    ],
    [
      "two of one name",
      {
        authorities: [
          { name: "a", ...keyAuthority },
          { name: "a", ...keyAuthority },
        ],
      },
      /authorities\[1\]\.name: another authority/,
    ],
    ["a mode nobody knows", { mode: "audit" }, /^spec\.mode: one of "enforce", "warn"/],
    ["a member nobody knows", { image: [] }, /^spec\.image: Unknown key "image"/],
    [
      "a key that is none",
      { authorities: [{ key: { data: "none" } }] },
      /\.key\.data: not a public key in PEM/,
    ],
    [
      "a key with much that is none of it",
      { authorities: [{ key: { data: `${pem}${"# ".repeat(32 * 1024)}` } }] },
      /\.key\.data: it has \d+ characters, and at most 65536 are read/,
    ],
    [
      "a key said twice",
      { authorities: [{ key: { data: pem, kms: "hashivault://a" } }] },
      /only one of data, kms, secretRef/,
    ],
    ["an unknown KMS", { authorities: [{ key: { kms: "vault://a" } }] }, /\.key\.kms: .* is expected/],
    [
      "an AWS key without its slash",
      { authorities: [{ key: { kms: "awskms://alias/a" } }] },
      /\.key\.kms: .* is expected/,
    ],
    [
      "an AWS key by its id alone, which says no region",
      { authorities: [{ key: { kms: "awskms:///1234abcd-12ab-34cd-56ef-1234567890ab" } }] },
      /\.key\.kms: .* the ARN of a key or an alias/,
    ],
    [
      "an AWS alias alone",
      { authorities: [{ key: { kms: "awskms://localhost:4566/alias/ours" } }] },
      /\.key\.kms: .* the ARN of a key or an alias/,
    ],
    ["an unnamed Secret", { authorities: [{ key: { secretRef: {} } }] }, /the Secret's name is missing/],
    [
      "an unknown hash",
      { authorities: [{ key: { data: pem, hashAlgorithm: "md5" } }] },
      /hashAlgorithm: one of/,
    ],
    [
      "keyless by nobody",
      { authorities: [{ keyless: { identities: [] } }] },
      /identities: at least one identity/,
    ],
    [
      "an identity without issuer",
      { authorities: [{ keyless: { identities: [{ subject: "a" }] } }] },
      /identities\[0\]: one of issuer, issuerRegExp is missing/,
    ],
    [
      "an identity with two subjects",
      { authorities: [{ keyless: { identities: [{ ...identity, subjectRegExp: "a" }] } }] },
      /only one of subject, subjectRegExp/,
    ],
    [
      "url and ca-cert",
      {
        authorities: [
          { keyless: { identities: [identity], url: "https://f.example", "ca-cert": { data: pem } } },
        ],
      },
      /only one of url, ca-cert/,
    ],
    [
      "a static that looks",
      { authorities: [{ static: { action: "pass" }, ctlog: {} }] },
      /ctlog: a static authority has none/,
    ],
    [
      "a static that does nothing",
      { authorities: [{ static: { action: "maybe" } }] },
      /static\.action: one of/,
    ],
    ["two sources", { authorities: [{ ...keyAuthority, source: [{}, {}] }] }, /source: only one source/],
    [
      "a source with a tag",
      { authorities: [{ ...keyAuthority, source: [{ oci: "ghcr.io/a:v1" }] }] },
      /without tag and digest/,
    ],
    [
      "a prefix that is no tag",
      { authorities: [{ ...keyAuthority, source: [{ tagPrefix: "a/b" }] }] },
      /cannot begin a tag/,
    ],
    [
      "a nameless attestation",
      { authorities: [{ ...keyAuthority, attestations: [{ name: "", predicateType: "p" }] }] },
      /an attestation needs a name/,
    ],
    [
      "a language nobody knows",
      { authorities: policy({ type: "js", data: "1" }) },
      /policy\.type: one of "cue", "rego", "cel"/,
    ],
    [
      "a policy without text",
      { authorities: policy({ type: "cue" }) },
      /one of data, configMapRef, remote is missing/,
    ],
    [
      "a remote by http",
      {
        authorities: policy({ type: "cue", remote: { url: "http://a.example", sha256sum: "0".repeat(64) } }),
      },
      /an https URL/,
    ],
    [
      "a remote without its hash",
      { authorities: policy({ type: "cue", remote: { url: "https://a.example", sha256sum: "0" } }) },
      /the SHA-256 of the text/,
    ],
    [
      "includes below an attestation",
      { authorities: policy({ type: "cue", data: "a", includeSpec: true }) },
      /Unknown key "includeSpec"/,
    ],
    ["a selector alone", { match: [{ selector: {} }] }, /match\[0\]\.selector: a selector needs/],
    ["a resource without pods", { match: [{ resource: "services" }] }, /match\[0\]\.resource: one of pods/],
    [
      "an expression without values",
      { match: [{ resource: "pods", selector: { matchExpressions: [{ key: "a", operator: "In" }] } }] },
      /In needs values/,
    ],
  ];
  for (const [why, spec, fault] of rows) {
    it(why, () => assert.match(read(policyOf(spec)).faults.join("\n"), fault));
  }

  it("all that is wrong with it at once", () => {
    const wrong = policyOf({
      authorities: [
        { keyless: { identities: [{ isuer: "a" }] }, key: { data: "none" } },
        { statik: {} },
        { key: { kms: "hashivault://a", data: "none", secretRef: { nam: "a" } } },
      ],
    });
    assert.deepEqual(read(wrong).faults, [
      "spec.authorities[0]: only one of key, keyless, static can be given",
      "spec.authorities[0].keyless.identities[0]: one of issuer, issuerRegExp is missing",
      "spec.authorities[0].keyless.identities[0]: one of subject, subjectRegExp is missing",
      'spec.authorities[0].keyless.identities[0].isuer: Unknown key "isuer"; did you mean "issuer"?',
      "spec.authorities[0].key.data: not a public key in PEM: PEM decoding failed; give it as it is in its file, the line -----BEGIN PUBLIC KEY----- and those after it",
      "spec.authorities[1]: one of key, keyless, static is missing",
      'spec.authorities[1].statik: Unknown key "statik"; did you mean "static"?',
      "spec.authorities[2].key: only one of data, kms, secretRef can be given",
      'spec.authorities[2].key.secretRef.nam: Unknown key "nam"; did you mean "name"?',
    ]);
  });

  it("a glob that is none, which it names once", () =>
    assert.deepEqual(read(policyOf({ images: [{ glob: "ghcr.io/[ab]/**" }] })).faults, [
      'spec.images[0].glob: "ghcr.io/[ab]/**": invalid glob: it may have letters, digits and - _ : / * . @ only',
    ]));

  for (const { why, text } of brokenMembers(policyOf({}))) {
    // `metadata` and `status` belong to the API server
    it(why, () => assert.notEqual(readText(text).faults.length, 0));
  }
});

describe("any policy is refused for", () => {
  const rows: ReadonlyArray<readonly [why: string, parts: Parts, fault: RegExp]> = [
    ["a kind nobody knows", { kind: "Pod" }, /^kind: "policy.sigstore.dev\/v1beta1 Pod" is none of/],
    ["a version nobody knows", { apiVersion: "policy.sigstore.dev/v2" }, /is none of/],
    ["no name", { metadata: {} }, /^metadata\.name: the object's name is missing/],
    ["a name that is a path", { metadata: { name: "../a" } }, /^metadata\.name: /],
    ["a namespace that is a path", { metadata: { name: "a", namespace: "../a" } }, /^metadata\.namespace: /],
    [
      "a namespace for the cluster",
      { metadata: { name: "a", namespace: "shop" } },
      /belongs to no namespace/,
    ],
    [
      "no namespace for a namespaced one",
      { apiVersion: "policy.countersign.dev/v1alpha1", kind: "ImagePolicy" },
      /an ImagePolicy belongs to a namespace/,
    ],
  ];
  for (const [why, parts, fault] of rows) {
    it(why, () => assert.match(read(policyOf({}, parts)).faults.join("\n"), fault));
  }
});

it("an ImagePolicy says the same within its namespace", () => {
  const parts = {
    apiVersion: "policy.countersign.dev/v1alpha1",
    kind: "ImagePolicy",
    metadata: { name: "a", namespace: "shop" },
  };
  const { identity: who, authorities } = readPolicy({}, parts);
  assert.equal(who.namespace, "shop");
  assert.equal(authorities[0].type, "key");
});

describe("OpenShift's policies", () => {
  const openShift = (policy: object, scopes: readonly string[] = ["quay.io/team"]) => ({
    apiVersion: "config.openshift.io/v1",
    kind: "ClusterImagePolicy",
    metadata: { name: "a" },
    spec: { scopes, policy },
  });
  const publicKey = { policyType: "PublicKey", publicKey: { keyData: base64 } };

  it("are read", () => {
    const { resource } = read(openShift({ rootOfTrust: publicKey }));
    assert.ok(resource?.type === "openShiftPolicy");
    assert.deepEqual(resource.signedIdentity, { type: "MatchRepoDigestOrExact" });
    assert.ok(resource.root.type === "PublicKey");
    assert.equal(Buffer.from(resource.root.key).toString(), pem);
  });

  const rows: ReadonlyArray<readonly [why: string, object: object, fault: RegExp]> = [
    ["no scopes", openShift({ rootOfTrust: publicKey }, []), /scopes must not be empty/],
    [
      "another root than it says",
      openShift({ rootOfTrust: { ...publicKey, policyType: "PKI" } }),
      /policyType says PKI/,
    ],
    ["a root without a root", openShift({ rootOfTrust: { policyType: "PKI" } }), /is missing/],
    [
      "a key that is no base64",
      openShift({ rootOfTrust: { ...publicKey, publicKey: { keyData: "!" } } }),
      /keyData/,
    ],
    [
      "a key that is much longer than keys are",
      openShift({ rootOfTrust: { ...publicKey, publicKey: { keyData: "A".repeat(64 * 1024 + 4) } } }),
      /keyData: it has 65540 characters, and at most 65536 are read: give the key [^A]*$/,
    ],
    [
      "certificates that would be repeated for scope after scope",
      openShift(
        { rootOfTrust: { ...publicKey, publicKey: { keyData: "A".repeat(4000) } } },
        Array.from({ length: 175 }, (_, at) => `quay.io/t${at}`),
      ),
      /scopes: 175 scopes, each with the 3000 bytes of keys .* come to 525000, and at most 524288 are read/,
    ],
    [
      "a matcher without its repository",
      openShift({ rootOfTrust: publicKey, signedIdentity: { matchPolicy: "ExactRepository" } }),
      /it goes with matchPolicy ExactRepository/,
    ],
    [
      "a repository without its matcher",
      openShift({
        rootOfTrust: publicKey,
        signedIdentity: { matchPolicy: "MatchRepository", exactRepository: { repository: "a" } },
      }),
      /it goes with matchPolicy ExactRepository/,
    ],
  ];
  for (const [why, object, fault] of rows) {
    it(`are refused for ${why}`, () => assert.match(read(object).faults.join("\n"), fault));
  }
});

describe("a TrustRoot", () => {
  const trustRoot = (spec: object) => ({
    apiVersion: "policy.sigstore.dev/v1alpha1",
    kind: "TrustRoot",
    metadata: { name: "ours" },
    spec,
  });
  const encoded = (text: string | Uint8Array) => Buffer.from(text).toString("base64");
  const root = encoded(createTufRoot());
  const { intermediate, root: ca } = createAuthority({ name: "ours", now: 1_700_000_000 });
  const authority = { uri: "https://fulcio.example", certChain: encoded(intermediate.pem + ca.pem) };
  const log = { baseURL: "https://a.example", publicKey: base64, hashAlgorithm: "sha256" };
  const keys = { certificateAuthorities: [authority] };

  it("is read, from a mirror and as keys", () => {
    const remote = read(trustRoot({ remote: { root, mirror: "https://tuf.example/" } })).resource;
    assert.ok(remote?.type === "trustRoot" && remote.trust.type === "remote");
    assert.equal(remote.trust.mirror, "https://tuf.example");
    assert.equal(remote.trust.target, "trusted_root.json");
    const inline = read(trustRoot({ sigstoreKeys: { ...keys, tLogs: [log] } })).resource;
    assert.ok(inline?.type === "trustRoot" && inline.trust.type === "keys");
  });

  const rows: ReadonlyArray<readonly [why: string, spec: object, fault: RegExp]> = [
    ["nothing in it", {}, /one of remote, repository, sigstoreKeys is missing/],
    ["two ways", { remote: { root, mirror: "https://a.example" }, sigstoreKeys: keys }, /only one of/],
    ["nobody to trust", { sigstoreKeys: { tLogs: [] } }, /a certificate authority or a timestamp authority/],
    ["a mirror that is no URL", { remote: { root, mirror: "tuf" } }, /a URL is expected/],
    [
      "a hash nobody knows",
      {
        sigstoreKeys: {
          ...keys,
          tLogs: [{ ...log, hashAlgorithm: "md5" }],
        },
      },
      /hashAlgorithm: one of/,
    ],
    [
      "a root.json that is none",
      { remote: { root: encoded("foo"), mirror: "https://a.example" } },
      /^spec\.remote\.root: invalid character/,
    ],
    [
      "a root.json that nobody signed",
      { remote: { root: encoded('{"signatures":[],"signed":{}}'), mirror: "https://a.example" } },
      /^spec\.remote\.root: signed\./,
    ],
    [
      "a repository's root.json that is none",
      { repository: { root: encoded("{}"), mirrorFS: base64, targets: "targets" } },
      /^spec\.repository\.root: /,
    ],
    [
      "certificates that are none",
      { sigstoreKeys: { certificateAuthorities: [{ ...authority, certChain: encoded("foo") }] } },
      /^spec\.sigstoreKeys\.certificateAuthorities\[0\]\.certChain: .*PEM/,
    ],
    [
      "a key for a certificate",
      { sigstoreKeys: { timestampAuthorities: [{ ...authority, certChain: base64 }] } },
      /^spec\.sigstoreKeys\.timestampAuthorities\[0\]\.certChain: /,
    ],
    [
      "no certificate at all",
      { sigstoreKeys: { certificateAuthorities: [{ ...authority, certChain: "" }] } },
      /certChain: there is no certificate in it/,
    ],
    [
      "a log's key that is none",
      { sigstoreKeys: { ...keys, ctLogs: [{ ...log, publicKey: encoded("foo") }] } },
      /^spec\.sigstoreKeys\.ctLogs\[0\]\.publicKey: /,
    ],
    [
      "a log without a host",
      { sigstoreKeys: { ...keys, tLogs: [{ ...log, baseURL: "rekor" }] } },
      /^spec\.sigstoreKeys\.tLogs\[0\]\.baseURL: .*a URL with a host/,
    ],
  ];
  for (const [why, spec, fault] of rows) {
    it(`is refused for ${why}`, () => assert.match(read(trustRoot(spec)).faults.join("\n"), fault));
  }
});
