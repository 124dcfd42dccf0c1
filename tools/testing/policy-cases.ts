import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { createTufRoot } from "@countersign/testkit/trust-repository/tuf-root";

/** Resources that the definitions must take or refuse: put to what is known of API servers here, and to a real one. */

const pem = createSigningKey("policy").publicKeyPem;
const base64 = Buffer.from(pem).toString("base64");
const identity = { issuer: "https://issuer.example", subject: "release@example.com" };
export const keyless = { identities: [identity] };
export const key = { data: pem };
const arn = "arn:aws:kms:eu-west-1:111122223333";
const keyArn = `${arn}:key/1234abcd-12ab-34cd-56ef-1234567890ab`;

export const policyOf = (spec: object, apiVersion = "policy.sigstore.dev/v1beta1") => ({
  apiVersion,
  kind: "ClusterImagePolicy",
  metadata: { name: "signed" },
  spec: { images: [{ glob: "ghcr.io/team/**" }], authorities: [{ key }], ...spec },
});
export const authority = (one: object) => policyOf({ authorities: [one] });
export const trustRoot = (spec: object) => ({
  apiVersion: "policy.sigstore.dev/v1alpha1",
  kind: "TrustRoot",
  metadata: { name: "ours" },
  spec,
});
const certChain = Buffer.from(createAuthority({ name: "ours", now: 1_700_000_000 }).root.pem).toString(
  "base64",
);
const root = Buffer.from(createTufRoot()).toString("base64");
const ca = { uri: "https://ca.example", certChain, subject: { organization: "o", commonName: "c" } };
const log = { baseURL: "https://log.example", hashAlgorithm: "sha-256", publicKey: base64 };

export const withPolicy = (policy: object) =>
  authority({ key, attestations: [{ name: "a", predicateType: "p", policy }] });

/** Each completes: a policy that is right is taken. */
export const validCases: ReadonlyArray<readonly [what: string, resource: object]> = [
  ["a key in place", policyOf({})],
  ["of the older version", policyOf({}, "policy.sigstore.dev/v1alpha1")],
  ["a key in a Secret", authority({ key: { secretRef: { name: "a", namespace: "countersign-system" } } })],
  ["a key in a KMS", authority({ key: { kms: "gcpkms://projects/a", hashAlgorithm: "sha512" } })],
  ["an AWS key", authority({ key: { kms: `awskms:///${keyArn}` } })],
  ["an AWS key of a host", authority({ key: { kms: `awskms://localhost:4566/${keyArn}` } })],
  ["an AWS alias", authority({ key: { kms: `awskms:///${arn}:alias/ours` } })],
  ["keyless", authority({ name: "ci", keyless, ctlog: { url: "https://rekor.example" } })],
  [
    "keyless by patterns",
    authority({ keyless: { identities: [{ issuerRegExp: ".*a.*", subjectRegExp: "(?i)b" }] } }),
  ],
  [
    "keyless by a certificate",
    authority({ keyless: { ...keyless, "ca-cert": { secretRef: { name: "a" } } } }),
  ],
  [
    "keyless by a TrustRoot",
    authority({ keyless: { ...keyless, trustRootRef: "ours", insecureIgnoreSCT: true } }),
  ],
  [
    "empty texts for none",
    authority({ keyless: { url: "", identities: [{ ...identity, subjectRegExp: "" }] } }),
  ],
  ["a timestamp", authority({ key, rfc3161timestamp: { trustRootRef: "ours" }, signatureFormat: "bundle" })],
  ["static", authority({ static: { action: "fail", message: "not here" } })],
  [
    "a source",
    authority({
      key,
      source: [{ oci: "ghcr.io/a/b", tagPrefix: "x-", signaturePullSecrets: [{ name: "a" }] }],
    }),
  ],
  [
    "attestations",
    authority({
      key,
      attestations: [
        { name: "a", predicateType: "https://slsa.dev/provenance/v1" },
        { name: "b", predicateType: "vuln", policy: { type: "cel", data: "predicate.a == 1" } },
        {
          name: "c",
          predicateType: "custom",
          policy: { type: "cue", configMapRef: { name: "a", key: "b" } },
        },
      ],
    }),
  ],
  [
    "a policy over all",
    policyOf({
      policy: {
        type: "rego",
        remote: { url: "https://a.example/b", sha256sum: "0".repeat(64) },
        includeSpec: true,
      },
    }),
  ],
  [
    "for some objects",
    policyOf({
      mode: "warn",
      match: [
        { group: "apps", version: "v1", resource: "deployments", selector: { matchLabels: { a: "b" } } },
        { version: "*" },
        { resource: "pods", selector: { matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] } },
        { resource: "pods", selector: { matchExpressions: [{ key: "a", operator: "Exists" }] } },
      ],
    }),
  ],
  [
    "a TrustRoot of keys",
    trustRoot({ sigstoreKeys: { certificateAuthorities: [ca], tLogs: [log], ctLogs: [log] } }),
  ],
  ["a TrustRoot of timestamps", trustRoot({ sigstoreKeys: { timestampAuthorities: [ca] } })],
  ["a TrustRoot of a mirror", trustRoot({ remote: { root, mirror: "https://tuf.example", targets: "t" } })],
  ["a TrustRoot as a whole", trustRoot({ repository: { root, mirrorFS: base64, targets: "t" } })],
];

/** Each completes: a policy is refused. */
export const invalidCases: ReadonlyArray<readonly [why: string, resource: object, fault: RegExp]> = [
  ["without a spec", { ...policyOf({}), spec: undefined }, /must have required property 'spec'/],
  ["without images", policyOf({ images: [] }), /spec\.images: must NOT have fewer than 1/],
  ["for a glob that is none", policyOf({ images: [{ glob: "[" }] }), /spec\.images\[0\]: glob: only letters/],
  ["for an empty glob", policyOf({ images: [{ glob: "" }] }), /fewer than 1 characters/],
  ["without authorities", policyOf({ authorities: [] }), /spec\.authorities: must NOT have fewer/],
  ["for a mode nobody knows", policyOf({ mode: "garbage" }), /spec\.mode: must be equal to one of/],
  ["for a member nobody knows", policyOf({ image: [] }), /additional properties/],
  [
    "for an authority of nobody",
    authority({ rfc3161timestamp: { trustRootRef: "a" } }),
    /exactly one of key, keyless, static/,
  ],
  ["for a key and keyless", authority({ key, keyless }), /exactly one of key, keyless, static/],
  ["for an empty key", authority({ key: {} }), /exactly one of data, kms, secretRef/],
  [
    "for two keys in one",
    authority({ key: { data: pem, kms: "hashivault://a" } }),
    /exactly one of data, kms, secretRef/,
  ],
  [
    "for a hash nobody knows",
    authority({ key: { data: pem, hashAlgorithm: "md5" } }),
    /hashAlgorithm: must be equal/,
  ],
  ["for a KMS nobody knows", authority({ key: { kms: "vault://a" } }), /kms: a key of awskms/],
  ["for an AWS id", authority({ key: { kms: "awskms:///1234abcd-12ab-34cd-56ef-1234567890ab" } }), /ARN/],
  ["for an AWS alias", authority({ key: { kms: "awskms:///alias/a" } }), /ARN/],
  ["for an AWS key without its slash", authority({ key: { kms: `awskms://${keyArn}` } }), /ARN/],
  [
    "for keyless by nobody",
    authority({ keyless: { url: "https://a.example", identities: [] } }),
    /fewer than 1/,
  ],
  ["for keyless without identities", authority({ keyless: {} }), /required property 'identities'/],
  [
    "for an identity without subject",
    authority({ keyless: { identities: [{ issuer: "a" }] } }),
    /exactly one of subject/,
  ],
  [
    "for an identity without issuer",
    authority({ keyless: { identities: [{ subject: "a" }] } }),
    /exactly one of issuer/,
  ],
  [
    "for two subjects",
    authority({ keyless: { identities: [{ ...identity, subjectRegExp: "a" }] } }),
    /exactly one of subject/,
  ],
  [
    "for a pattern that is none",
    authority({ keyless: { identities: [{ issuerRegExp: "****", subject: "a" }] } }),
    /issuerRegExp: no regular/,
  ],
  [
    "for another one",
    authority({ keyless: { identities: [{ issuer: "a", subjectRegExp: "(" }] } }),
    /subjectRegExp: no regular/,
  ],
  [
    "for url and ca-cert",
    authority({ keyless: { ...keyless, url: "https://a.example", "ca-cert": { data: "a" } } }),
    /only one of url, ca-cert/,
  ],
  ["for a static that looks", authority({ static: { action: "pass" }, ctlog: {} }), /has no ctlog/],
  [
    "for a static with attestations",
    authority({ static: { action: "pass" }, attestations: [] }),
    /has no attestations/,
  ],
  ["for a static without action", authority({ static: {} }), /required property 'action'/],
  ["for two sources", authority({ key, source: [{}, {}] }), /must NOT have more than 1/],
  [
    "for a nameless attestation",
    authority({ key, attestations: [{ name: "", predicateType: "p" }] }),
    /fewer than 1 char/,
  ],
  ["for an attestation of no type", authority({ key, attestations: [{ name: "a" }] }), /'predicateType'/],
  ["for a language nobody knows", withPolicy({ type: "js", data: "1" }), /type: must be equal/],
  ["for a policy without text", withPolicy({ type: "cue" }), /exactly one of data, configMapRef, remote/],
  [
    "for a policy by http",
    withPolicy({ type: "cue", remote: { url: "http://a.example", sha256sum: "0".repeat(64) } }),
    /must match pattern/,
  ],
  [
    "for a policy without its hash",
    withPolicy({ type: "cue", remote: { url: "https://a.example" } }),
    /'sha256sum'/,
  ],
  [
    "for includes below an attestation",
    withPolicy({ type: "cue", data: "a", includeSpec: true }),
    /belong to spec\.policy/,
  ],
  ["for a resource nobody knows", policyOf({ match: [{ resource: "apple" }] }), /resource: must be equal/],
  ["for a selector alone", policyOf({ match: [{ selector: {} }] }), /a selector needs/],
  [
    "for In without values",
    policyOf({
      match: [{ resource: "pods", selector: { matchExpressions: [{ key: "a", operator: "In" }] } }],
    }),
    /In and NotIn need values/,
  ],
  ["as a TrustRoot of nothing", trustRoot({}), /exactly one of remote, repository, sigstoreKeys/],
  [
    "as a TrustRoot of two ways",
    trustRoot({
      sigstoreKeys: { timestampAuthorities: [ca] },
      remote: { root, mirror: "https://a.example" },
    }),
    /exactly one of remote/,
  ],
  [
    "as a TrustRoot of nobody",
    trustRoot({ sigstoreKeys: { tLogs: [log] } }),
    /a certificate authority or a timestamp authority/,
  ],
  [
    "as a TrustRoot that is no base64",
    trustRoot({ remote: { root: "!", mirror: "https://a.example" } }),
    /must match format "byte"/,
  ],
  ["as a TrustRoot without a mirror", trustRoot({ remote: { root: base64 } }), /'mirror'/],
];
