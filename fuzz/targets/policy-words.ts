import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { Vocabulary } from "../mutate/json.ts";

/** What stands in policies: names of members, and values that are right somewhere. */
export const policyWords: Vocabulary = {
  names: [
    ...(["default", "transports", "type", "keyType", "keyPath", "keyPaths", "keyData", "keyDatas"] as const),
    ...[
      "signedIdentity",
      "baseLayerIdentity",
      "dockerReference",
      "dockerRepository",
      "prefix",
      "signedPrefix",
    ],
    ...["fulcio", "caPath", "caData", "oidcIssuer", "subjectEmail", "pki", "caRootsPath", "caRootsData"],
    ...["caIntermediatesPath", "caIntermediatesData", "subjectHostname", "rekorPublicKeyPath"],
    ...["rekorPublicKeyPaths", "rekorPublicKeyData", "rekorPublicKeyDatas", "countersigned", "__proto__"],
    ...["", "constructor", "toString", "docker", "atomic", "dir", "oci", "tarball", "docker-daemon", "sif"],
    ...["docker-archive", "oci-archive", "containers-storage", "static", "xn--bcher-kva", "Docker"],
    ...["docker.io/library/busybox", "*.example.com", "/tmp/x", "/tmp/x:tag", "registry.example:5000/a"],
  ],
  values: [
    ...(["insecureAcceptAnything", "reject", "signedBy", "sigstoreSigned", "signedBaseLayer"] as const),
    ...["matchExact", "matchRepoDigestOrExact", "matchRepository", "exactReference", "exactRepository"],
    ...["remapIdentity", "GPGKeys", "signedByGPGKeys", "X509Certificates", "signedByX509CAs"],
    ...[
      "docker.io/library/busybox:latest",
      "busybox",
      "example.com/a/b:v1",
      "example.com:5000/a",
      "*.example.com",
    ],
    ...[
      "localhost",
      "[::1]:5000/a",
      `a.b/c@sha256:${"0".repeat(64)}`,
      `x@sha512:${"a".repeat(128)}`,
      "A/b",
      "a..b/c",
    ],
    ...[
      "a_b.c/d",
      "/",
      "//",
      "/a/../b",
      "/a/",
      "a:b:c",
      "dir:/x",
      "sha256:",
      "0".repeat(64),
      "é.example/ü",
      "b__c/d---e",
    ],
    ...["a".repeat(256), "aGVsbG8=", "aGVsbG8", "=", "\u2028", "\u0000", "index.docker.io/x", "docker.io/x"],
  ],
};

const kit = createSigningKit();
const data = (text: string) => Buffer.from(text).toString("base64");
const keyData = data(kit.key("policy").publicKeyPem);
const rekorPublicKeyData = data(kit.log.publicKeyPem);
const caData = data(kit.fulcio.caPem);

const identities: readonly unknown[] = [
  ...["matchExact", "matchRepoDigestOrExact", "matchRepository"].map((type) => ({ type })),
  { type: "exactReference", dockerReference: "example.com/a/b:v1" },
  { type: "exactRepository", dockerRepository: "example.com:5000/a/b" },
  { type: "remapIdentity", prefix: "mirror.example:5000/x", signedPrefix: "docker.io" },
];

const trusts: readonly object[] = [
  { keyData },
  { keyPath: "/etc/key.pub", rekorPublicKeyPath: "/etc/rekor.pub" },
  { keyPaths: ["/a", "/b"], rekorPublicKeyPaths: ["/c", "/d"] },
  { keyDatas: [keyData, keyData], rekorPublicKeyDatas: [rekorPublicKeyData, rekorPublicKeyData] },
  { fulcio: { caData, oidcIssuer: "https://x.example", subjectEmail: "a@b.example" }, rekorPublicKeyData },
  { fulcio: { caPath: "/ca", oidcIssuer: "x", subjectEmail: "y" }, rekorPublicKeyPath: "/etc/rekor.pub" },
  { pki: { caRootsData: caData, caIntermediatesData: caData, subjectEmail: "a@b.example" } },
  { pki: { caRootsPath: "/r", caIntermediatesPath: "/i", subjectHostname: "h.example" } },
];

const requirements: readonly unknown[] = [
  { type: "insecureAcceptAnything" },
  { type: "reject" },
  { type: "signedBy", keyType: "GPGKeys", keyPath: "/key.gpg" },
  { type: "signedBy", keyType: "GPGKeys", keyPaths: ["/a", "/b"], signedIdentity: identities[0] },
  { type: "signedBy", keyType: "signedByGPGKeys", keyData },
  ...identities.map((baseLayerIdentity) => ({ type: "signedBaseLayer", baseLayerIdentity })),
  ...trusts.map((trust) => ({ type: "sigstoreSigned", ...trust })),
  ...identities.map((signedIdentity) => ({ type: "sigstoreSigned", keyData, signedIdentity })),
];

const scopes: Readonly<Record<string, readonly string[]>> = {
  docker: ["", "example.com", "example.com:5000/a", "*.example.com", "docker.io/library/busybox:latest"],
  atomic: ["", "example.com/a", "*.example.com"],
  dir: ["", "/tmp/x"],
  oci: ["", "/tmp/x", "/tmp/x:tag"],
  "docker-daemon": ["", `sha256:${"0".repeat(64)}`],
  "containers-storage": ["", "[overlay@/var/lib/x]example.com/a:b", `[overlay@/x]@${"0".repeat(64)}`],
  "docker-archive": [""],
  tarball: [""],
  sif: ["/x.sif"],
  "oci-archive": ["/x.tar"],
};

export const policyTransports: ReadonlySet<string> = new Set(Object.keys(scopes));

/** A policy for each thing that a policy can say, and one that says all of them. */
export const policySeeds: readonly Uint8Array[] = [
  ...requirements.map((requirement) => ({ default: [requirement] })),
  ...Object.entries(scopes).map(([transport, names]) => ({
    default: [{ type: "reject" }],
    transports: { [transport]: Object.fromEntries(names.map((name) => [name, [requirements[0]]])) },
  })),
  {
    default: requirements,
    transports: { docker: { "": requirements }, unknown: { anything: requirements } },
  },
].map((policy) => Buffer.from(JSON.stringify(policy, undefined, 1)));
