import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findUpstreamVectors } from "@countersign/testkit/signing-kit/upstream-vectors";
import { readPolicy } from "../policy/parse-policy.ts";
import { formatImageName } from "../values/format-image-name.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { manifestDigest } from "../values/manifest-digest.ts";
import { fixedClock, fixedSources, fixedTrustFiles, fixedTrustRepositories } from "./fixed-sources.ts";
import { verifyImage } from "./verify-image.ts";

const vectors = findUpstreamVectors();
const skip =
  vectors === undefined && "no upstream vectors: set COUNTERSIGN_VECTORS to a folder that has them";

/** What verifying an upstream image says: `allowed`, the denial's text, or the error's code and text. */
async function ask(image: string, reference: string, requirement: object, now = "2026-06-01T00:00:00Z") {
  assert.ok(vectors);
  const { manifest, signatures } = vectors.image(image);
  const policy = readPolicy(Buffer.from(JSON.stringify({ default: [requirement] }))).policy;
  assert.ok(policy);
  const name = parseDockerImage(reference);
  const stored = {
    manifest: { bytes: manifest, mediaType: "" },
    signatures: new Map([[manifestDigest(manifest), signatures]]),
  };
  const ports = {
    sources: fixedSources(new Map([[formatImageName(name), stored]])),
    trustFiles: fixedTrustFiles(new Map(trustFiles.map((file) => [`/${file}`, vectors.read(file)]))),
    trustRepositories: fixedTrustRepositories(),
    clock: fixedClock(Date.parse(now)),
  };
  const platform = { os: "linux", architecture: "amd64", variant: "" };
  const { verdict } = await verifyImage(
    { image: name, policy, platform },
    ports,
    AbortSignal.timeout(60_000),
  );
  return verdict.allowed ? "allowed" : verdict.reason;
}

const trustFiles = [
  "cosign.pub",
  "cosign2.pub",
  "rekor.pub",
  "some-rsa-key.pub",
  "image.signature",
  "fulcio_v1.crt.pem",
  "pki_root_crts.pem",
  "pki_intermediate_crts.pem",
  "public-key.gpg",
  "public-key-1.gpg",
  "public-key-2.gpg",
  "public-key-with-subkey.gpg",
];

const matchRepository = { signedIdentity: { type: "matchRepository" } };
const keyed = (...keys: readonly string[]) => ({
  type: "sigstoreSigned",
  keyPaths: keys.map((key) => `/${key}`),
  ...matchRepository,
});
const rekor = (...keys: readonly string[]) => ({ rekorPublicKeyPaths: keys.map((key) => `/${key}`) });
const fulcio = (changes: object = {}) => ({
  type: "sigstoreSigned",
  fulcio: {
    caPath: "/fulcio_v1.crt.pem",
    oidcIssuer: "https://github.com/login/oauth",
    subjectEmail: "mitr@redhat.com",
    ...changes,
  },
  ...matchRepository,
});
const pki = (changes: object = {}) => ({
  type: "sigstoreSigned",
  pki: {
    caRootsPath: "/pki_root_crts.pem",
    caIntermediatesPath: "/pki_intermediate_crts.pem",
    subjectEmail: "qiwan@redhat.com",
    subjectHostname: "myhost.example.com",
    ...changes,
  },
  ...matchRepository,
});

const gpg = (...keys: readonly string[]) => ({
  type: "signedBy",
  keyType: "GPGKeys",
  keyPaths: keys.map((key) => `/${key}`),
  signedIdentity: { type: "matchExact" },
});

const keyImage = "192.168.64.2:5000/cosign-signed-single-sample";
const loggedImage = "192.168.64.2:5000/cosign-signed/key-1";
const fulcioImage = "192.168.64.2:5000/cosign-signed/fulcio-rekor-1";
const pkiImage = "localhost:5000/test";
const none = "A signature was required, but no signature exists";

describe("containers/image's own fixtures get containers/image's answers", { skip }, () => {
  const cases: ReadonlyArray<
    readonly [why: string, image: string, reference: string, requirement: object, answer: string]
  > = [
    ["a key", "dir-img-cosign-valid", keyImage, keyed("cosign.pub"), "allowed"],
    ["one of two keys", "dir-img-cosign-valid", keyImage, keyed("cosign2.pub", "cosign.pub"), "allowed"],
    [
      "another key",
      "dir-img-cosign-valid",
      keyImage,
      keyed("cosign2.pub"),
      "cryptographic signature verification failed: invalid signature when validating ASN.1 encoded signature",
    ],
    ["two signatures", "dir-img-cosign-valid-2", keyImage, keyed("cosign.pub"), "allowed"],
    ["a bad signature, then a good one", "dir-img-cosign-mixed", keyImage, keyed("cosign.pub"), "allowed"],
    ["no signature", "dir-img-unsigned", "testing/manifest:latest", keyed("cosign.pub"), none],
    [
      "OpenPGP only",
      "dir-img-valid",
      "testing/manifest:latest",
      keyed("cosign.pub"),
      `${none} (1 non-sigstore signatures, 0 sigstore non-signature attachments)`,
    ],
    [
      "an attachment that is no signature",
      "dir-img-cosign-other-attachment",
      "testing/manifest:latest",
      keyed("cosign.pub"),
      `${none} (0 non-sigstore signatures, 1 sigstore non-signature attachments)`,
    ],
    [
      "another name",
      "dir-img-cosign-valid",
      "testing/manifest:notlatest",
      keyed("cosign.pub"),
      `Signature for identity "${keyImage}" is not accepted`,
    ],
    [
      "another manifest",
      "dir-img-cosign-modified-manifest",
      keyImage,
      keyed("cosign.pub"),
      "Signature for digest sha256:634a8f35b5f16dcf4aaa0822adc0b1964bb786fca12f6831de8ddc45e5986a00 does not match",
    ],
    [
      "two signatures for another name",
      "dir-img-cosign-valid-2",
      "this/does-not:match",
      keyed("cosign.pub"),
      `None of the signatures were accepted, reasons: Signature for identity "${keyImage}" is not accepted; Signature for identity "${keyImage}" is not accepted`,
    ],
    [
      "the signed tag",
      "dir-img-cosign-valid-with-tag",
      "192.168.64.2:5000/skopeo-signed:tag",
      { ...keyed("cosign.pub"), signedIdentity: { type: "matchExact" } },
      "allowed",
    ],
    [
      "another tag",
      "dir-img-cosign-valid-with-tag",
      "192.168.64.2:5000/skopeo-signed:othertag",
      { ...keyed("cosign.pub"), signedIdentity: { type: "matchExact" } },
      'Signature for identity "192.168.64.2:5000/skopeo-signed:tag" is not accepted',
    ],
    [
      "matchExact of a name without tag",
      "dir-img-cosign-valid",
      keyImage,
      { ...keyed("cosign.pub"), signedIdentity: { type: "matchExact" } },
      `Signature for identity "${keyImage}" is not accepted`,
    ],
    [
      "a logged key",
      "dir-img-cosign-key-rekor-valid",
      loggedImage,
      { ...keyed("cosign.pub", "cosign2.pub"), ...rekor("cosign.pub", "rekor.pub") },
      "allowed",
    ],
    [
      "a logged key, and another log",
      "dir-img-cosign-key-rekor-valid",
      loggedImage,
      { ...keyed("cosign.pub", "cosign2.pub"), ...rekor("cosign.pub") },
      "No public key verified against the RekorSET: cryptographic signature verification of Rekor SET failed, cryptographic signature verification of Rekor SET failed",
    ],
    [
      "an unlogged key where a log is required",
      "dir-img-cosign-valid",
      keyImage,
      { ...keyed("cosign.pub"), ...rekor("rekor.pub") },
      "missing dev.sigstore.cosign/bundle annotation",
    ],
    [
      "a Fulcio certificate",
      "dir-img-cosign-fulcio-rekor-valid",
      fulcioImage,
      { ...fulcio(), ...rekor("cosign.pub", "rekor.pub") },
      "allowed",
    ],
    [
      "a Fulcio certificate of someone else",
      "dir-img-cosign-fulcio-rekor-valid",
      fulcioImage,
      { ...fulcio({ subjectEmail: "this-does-not-match@example.com" }), ...rekor("rekor.pub") },
      'Required email "this-does-not-match@example.com" not found (got ["mitr@redhat.com"])',
    ],
    [
      "a Fulcio certificate of another issuer",
      "dir-img-cosign-fulcio-rekor-valid",
      fulcioImage,
      { ...fulcio({ oidcIssuer: "https://accounts.example" }), ...rekor("rekor.pub") },
      'Unexpected Fulcio OIDC issuer "https://github.com/login/oauth"',
    ],
    [
      "a Fulcio certificate of another CA",
      "dir-img-cosign-fulcio-rekor-valid",
      fulcioImage,
      { ...fulcio({ caPath: "/pki_root_crts.pem" }), ...rekor("rekor.pub") },
      "veryfing leaf certificate failed: x509: certificate signed by unknown authority",
    ],
    ["a PKI certificate", "dir-img-cosign-pki-valid", pkiImage, pki(), "allowed"],
    [
      "a PKI certificate of another host",
      "dir-img-cosign-pki-valid",
      pkiImage,
      pki({ subjectHostname: "other.example.com" }),
      "Unexpected subject hostname: x509: certificate is valid for myhost.example.com, not other.example.com",
    ],
  ];
  for (const [why, image, reference, requirement, answer] of cases) {
    it(why, async () => assert.equal(await ask(image, reference, requirement), answer));
  }
});

describe("containers/image's own GPG fixtures get containers/image's answers", { skip }, () => {
  const [name, other] = ["testing/manifest:latest", "testing/manifest:notlatest"];
  const key = gpg("public-key.gpg");
  const otherName = 'Signature for identity "testing/manifest:latest" is not accepted';
  const cases: ReadonlyArray<
    readonly [why: string, image: string, reference: string, requirement: object, answer: string]
  > = [
    ["a key", "dir-img-valid", name, key, "allowed"],
    ["one of two keys", "dir-img-valid", name, gpg("public-key-2.gpg", "public-key-1.gpg"), "allowed"],
    ["a subkey", "dir-img-valid-subkey", name, gpg("public-key-with-subkey.gpg"), "allowed"],
    ["two signatures", "dir-img-valid-2", name, key, "allowed"],
    ["a bad signature and a good one", "dir-img-mixed", name, key, "allowed"],
    ["no signature", "dir-img-unsigned", name, key, none],
    ["sigstore's only", "dir-img-cosign-valid", name, key, none],
    ["another name", "dir-img-valid", other, key, otherName],
    [
      "two signatures for another name",
      "dir-img-valid-2",
      other,
      key,
      `None of the signatures were accepted, reasons: ${otherName}; ${otherName}`,
    ],
    [
      "another manifest",
      "dir-img-modified-manifest",
      name,
      key,
      "Signature for digest sha256:20bf21ed457b390829cdbeec8795a7bea1626991fda603e0d01b4e7f60427e55 does not match",
    ],
    ["a file without keys", "dir-img-valid", name, gpg("cosign.pub"), "No public keys imported"],
  ];
  for (const [why, image, reference, requirement, answer] of cases) {
    it(why, async () => assert.equal(await ask(image, reference, requirement), answer));
  }
});

describe("containers/image's own fixtures with unusable trust stay undecided", { skip }, () => {
  const cases: ReadonlyArray<readonly [why: string, requirement: object, code: string, message: string]> = [
    [
      "no key file",
      keyed("missing.pub"),
      "TRUST_FILE_UNREADABLE",
      "Source image rejected: open /missing.pub: no such file or directory",
    ],
    [
      "a key file that holds none, though another would verify",
      keyed("cosign.pub", "image.signature"),
      "TRUST_MATERIAL_INVALID",
      "Source image rejected: parsing public key 2: PEM decoding failed",
    ],
    [
      "an RSA key for the log",
      { ...keyed("cosign.pub"), ...rekor("some-rsa-key.pub") },
      "TRUST_MATERIAL_INVALID",
      "Source image rejected: Rekor public key 1 is not using ECDSA",
    ],
    [
      "a CA file without certificates",
      { ...fulcio({ caPath: "/cosign.pub" }), ...rekor("rekor.pub") },
      "TRUST_MATERIAL_INVALID",
      "Source image rejected: error loading Fulcio CA certificates",
    ],
    [
      "intermediates that are none",
      pki({ caIntermediatesPath: "/image.signature" }),
      "TRUST_MATERIAL_INVALID",
      "Source image rejected: loading trusted intermediate certificates: error during PEM decoding",
    ],
  ];
  for (const [why, requirement, code, message] of cases) {
    it(why, () => assert.rejects(ask("dir-img-cosign-valid", keyImage, requirement), { code, message }));
  }
});
