import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { Vocabulary } from "../mutate/json.ts";
import { policyWords } from "./policy-words.ts";

/** What stands in marked policies besides. */
export const extensionWords: Vocabulary = {
  names: [
    ...policyWords.names,
    ...[
      "countersign",
      "mode",
      "requirements",
      "alternatives",
      "authorities",
      "name",
      "key",
      "keyless",
      "static",
    ],
    ...[
      "attestations",
      "transparency",
      "timestamp",
      "source",
      "acceptIndexSignatures",
      "hashAlgorithm",
      "images",
    ],
    ...["trustedRoot", "identities", "insecureIgnoreSCT", "issuer", "issuerRegExp", "issuerRegExpUnanchored"],
    ...[
      "subject",
      "subjectRegExp",
      "subjectRegExpUnanchored",
      "predicateType",
      "policy",
      "expression",
      "globs",
      "scopes",
    ],
    ...[
      "threshold",
      "mirror",
      "root",
      "target",
      "tuf",
      "repository",
      "tagPrefix",
      "action",
      "message",
      "path",
    ],
    ...["paths", "data", "datas", "tightens"],
  ],
  values: [
    ...policyWords.values,
    ...["sigstore", "anyOf", "digestOnly", "warn", "enforce", "pass", "fail", "cel", "rego", "cue", "sha256"],
    ...["slsaprovenance", "custom", "https://slsa.dev/provenance/v1", "https://sigstore.dev/cosign/sign/v1"],
    ...[
      ".*",
      "(",
      "a{1000}",
      "((a{100}){100}){100}",
      "\\Qa{9}\\E{9}",
      "(?i)x|y",
      "[[:alpha:]]+",
      "\\1",
      "^a$",
    ],
    ...["true", "predicate.x == 1", "subject.all(s, s.x)", "x.y", "1 +", "((((1))))", "has(predicate.x)"],
    ...[
      "**",
      "*",
      "a.example/b@*",
      "https://tuf.example/x/",
      "http://a:b@c/?d#e",
      "../x",
      "trusted_root.json",
    ],
  ],
};

const kit = createSigningKit();
const data = (text: string) => Buffer.from(text).toString("base64");
const keyData = data(kit.key("policy").publicKeyPem);
const root = { path: "/root.json" };
const identities = [
  { issuer: "https://i.example", subject: "a@b.example" },
  { issuerRegExp: "https://.+", subjectRegExpUnanchored: "^https://ci/" },
];
const tuf = { tuf: { mirror: "https://tuf.example", root: { data: "e30=" }, target: "x.json" } };

const authorities: readonly object[] = [
  { key: { data: keyData, hashAlgorithm: "sha512" }, name: "n" },
  { key: { paths: ["/a", "/b"] }, transparency: { threshold: 2, rekorPublicKeyData: keyData } },
  { key: { datas: [keyData] }, timestamp: { trustedRoot: tuf }, source: [{ tagPrefix: "x" }] },
  { keyless: { trustedRoot: root, identities, insecureIgnoreSCT: true }, timestamp: {}, transparency: {} },
  { keyless: { fulcio: { caData: data(kit.fulcio.caPem) }, rekorPublicKeyPath: "/r", identities } },
  { keyless: { fulcio: { caPath: "/ca" }, identities }, transparency: { threshold: 0 } },
  { static: { action: "fail", message: "m" } },
  { static: { action: "pass" } },
  {
    key: { path: "/k" },
    attestations: [
      { predicateType: "vuln" },
      { name: "p", predicateType: "urn:x", policy: { type: "cel", expression: "predicate.x == 1" } },
    ],
    source: [{ repository: "a.example/s" }],
  },
];

const sigstore = (...all: readonly object[]) => ({ type: "sigstore", authorities: all });
const reject = { type: "reject" };

const requirements: readonly object[] = [
  ...authorities.map((authority) => sigstore(authority)),
  { ...sigstore(...authorities), signedIdentity: { type: "digestOnly" }, acceptIndexSignatures: true },
  { ...sigstore(...authorities), signedIdentity: { type: "matchRepository" }, mode: "warn" },
  {
    type: "anyOf",
    alternatives: [[reject], [{ type: "anyOf", alternatives: [[reject, reject]] }]],
    mode: "enforce",
  },
];

/** A marked policy for each thing that the extension can say, and one that says all of them. */
export const extensionSeeds: readonly Uint8Array[] = [
  ...requirements.map((requirement) => ({ default: [requirement] })),
  {
    default: { mode: "warn", requirements: [reject] },
    images: [
      { globs: ["**"], tightens: true, requirements },
      { scopes: ["a.example", ""], requirements },
    ],
  },
  { default: requirements, transports: { docker: { "": { requirements }, "a.example": requirements } } },
].map((policy) => Buffer.from(JSON.stringify({ countersign: 1, ...policy }, undefined, 1)));
