import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { defaultOidcIssuer } from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import fc from "fast-check";
import { digestOf } from "../values/digest.ts";
import { parseNamedReference } from "../values/image-reference.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { noEvidence } from "../verify/evidence.ts";
import { judge } from "../verify/judge.ts";
import { compareRequirements, type RequirementsChange } from "./compare-requirements.ts";
import type { IdentityMatch, Requirement, Requirements, SigstoreTrust, TrustSource } from "./policy.ts";
import { policySubject } from "./policy-subject.ts";

const accept: Requirement = { type: "insecureAcceptAnything" };
const reject: Requirement = { type: "reject" };
const files = (...paths: readonly string[]): TrustSource => ({ type: "files", paths });
const inline = (...texts: readonly string[]): TrustSource => ({
  type: "inline",
  data: texts.map((text) => Buffer.from(text)),
});
const keys = (source: TrustSource, rekor?: TrustSource): SigstoreTrust => ({
  type: "keys",
  keys: source,
  rekor,
});
const matchRepository: IdentityMatch = { type: "matchRepository" };
const signed = (trust: SigstoreTrust, identity: IdentityMatch = matchRepository): Requirement => ({
  type: "sigstoreSigned",
  trust,
  identity,
});
const gpg = (source: TrustSource, identity: IdentityMatch = matchRepository): Requirement => ({
  type: "signedBy",
  keyType: "GPGKeys",
  keys: source,
  identity,
});
const pki = (changes: object = {}): SigstoreTrust => ({
  type: "pki",
  pki: {
    roots: files("/ca"),
    intermediates: undefined,
    subjectEmail: "a@x",
    subjectHostname: undefined,
    ...changes,
  },
});
const fulcio = (changes: object = {}, rekor = files("/rekor")): SigstoreTrust => ({
  type: "fulcio",
  fulcio: { ca: files("/ca"), oidcIssuer: "https://i", subjectEmail: "a@x", ...changes },
  rekor,
});
const exactly = (name: string): IdentityMatch => ({
  type: "exactReference",
  reference: parseNamedReference(name),
});
const repository = (name: string): IdentityMatch => ({
  type: "exactRepository",
  repository: parseNamedReference(name),
});
const remap = (prefix: string): IdentityMatch => ({
  type: "remapIdentity",
  prefix,
  signedPrefix: "b.example",
});
const [one, two] = [keys(files("/1")), keys(files("/1", "/2"))];

type Row = readonly [what: string, before: readonly Requirement[], after: readonly Requirement[]];

const tables: Readonly<Record<RequirementsChange, readonly Row[]>> = {
  same: [
    ["the same once more", [signed(one)], [signed(one), signed(one)]],
    ["another order", [signed(one), gpg(files("/g"))], [gpg(files("/g")), signed(one)]],
    ["another order of keys", [signed(two)], [signed(keys(files("/2", "/1")))]],
    ["accepting anything, besides a demand", [signed(one)], [accept, signed(one)]],
    [
      "two ways to accept nothing",
      [reject],
      [{ type: "signedBaseLayer", baseLayerIdentity: matchRepository }],
    ],
    ["a demand that a rejection makes idle", [reject], [signed(one), reject]],
    [
      "an OpenPGP key type that nothing satisfies",
      [reject],
      [{ ...gpg(files("/g")), keyType: "X509Certificates" } as Requirement],
    ],
    [
      "a name spelt in full",
      [signed(one, repository("busybox"))],
      [signed(one, repository("docker.io/library/busybox"))],
    ],
    ["inline data with the same bytes", [signed(keys(inline("k")))], [signed(keys(inline("k")))]],
  ],
  tightened: [
    ["rejecting what was accepted", [accept], [reject]],
    ["demanding a signature", [accept], [signed(one)]],
    ["demanding another signature too", [signed(one)], [signed(one), gpg(files("/g"))]],
    ["a key less", [signed(two)], [signed(one)]],
    ["an OpenPGP key less", [gpg(files("/1", "/2"))], [gpg(files("/1"))]],
    ["demanding the log", [signed(one)], [signed(keys(files("/1"), files("/rekor")))]],
    ["trusting one log less", [signed(fulcio({}, files("/r", "/s")))], [signed(fulcio({}, files("/r")))]],
    ["the exact name instead of the repository", [signed(one)], [signed(one, { type: "matchExact" })]],
    [
      "tag or digest instead of the repository",
      [signed(one)],
      [signed(one, { type: "matchRepoDigestOrExact" })],
    ],
    [
      "the exact name instead of tag or digest",
      [signed(one, { type: "matchRepoDigestOrExact" })],
      [signed(one, { type: "matchExact" })],
    ],
    [
      "one tag of the repository",
      [signed(one, repository("r.example/a"))],
      [signed(one, exactly("r.example/a:1"))],
    ],
    ["a host name besides the address", [signed(pki())], [signed(pki({ subjectHostname: "h.x" }))]],
    ["no intermediates any more", [signed(pki({ intermediates: files("/i") }))], [signed(pki())]],
  ],
  changed: [
    ["another key", [signed(one)], [signed(keys(files("/2")))]],
    ["a key as data, which may be another", [signed(one)], [signed(keys(inline("/1")))]],
    ["another kind of signature", [signed(one)], [gpg(files("/1"))]],
    ["a certificate instead of a key", [signed(one)], [signed(pki())]],
    ["another address", [signed(fulcio())], [signed(fulcio({ subjectEmail: "b@x" }))]],
    ["another issuer", [signed(fulcio())], [signed(fulcio({ oidcIssuer: "https://j" }))]],
    ["another Fulcio", [signed(fulcio())], [signed(fulcio({ ca: files("/other") }))]],
    ["another root", [signed(pki())], [signed(pki({ roots: files("/other") }))]],
    ["a key less, but a wider matcher", [signed(two, { type: "matchExact" })], [signed(one)]],
    ["a fixed name instead of the asked one", [signed(one)], [signed(one, repository("r.example/a"))]],
    ["another remapping", [signed(one, remap("a.example"))], [signed(one, remap("c.example"))]],
    ["one log instead of another", [signed(fulcio())], [signed(fulcio({}, files("/other")))]],
  ],
  loosened: [],
};

const list = (requirements: readonly Requirement[]) => requirements as unknown as Requirements;

describe("compareRequirements", () => {
  const opposite: Readonly<Record<RequirementsChange, RequirementsChange>> = {
    same: "same",
    changed: "changed",
    tightened: "loosened",
    loosened: "tightened",
  };
  for (const change of ["same", "tightened", "changed"] as const) {
    for (const [what, before, after] of tables[change]) {
      it(`calls it ${change}: ${what}`, () => {
        assert.equal(compareRequirements(list(before), list(after)), change);
        assert.equal(compareRequirements(list(after), list(before)), opposite[change]);
      });
    }
  }
});

const kit = createSigningKit();
const names = ["release", "beta"];
const manifest = digestOf(Buffer.from("manifest"));
const spellings = ["a.example/app", "a.example/app:1", "a.example/app:2", "b.example/app:1"];
/** By each key for each name, with and without the log, with a certificate of either authority. */
const signatures = spellings.flatMap((reference) => {
  const image = { digest: manifest, reference };
  return [
    ...names.flatMap((name) => [kit.sign(kit.key(name), image), kit.signLogged(kit.key(name), image)]),
    kit.signPki("a@x", image),
    kit.signKeyless({ email: "a@x" }, image),
  ];
});

const someKeys = fc
  .subarray(names, { minLength: 1 })
  .map((some) => inline(...some.map((name) => kit.key(name).publicKeyPem)));
const log = inline(kit.log.publicKeyPem);
const someTrust: fc.Arbitrary<SigstoreTrust> = fc.oneof(
  fc.record({ type: fc.constant("keys" as const), keys: someKeys, rekor: fc.constantFrom(undefined, log) }),
  fc.constantFrom("a@x", "b@x").map((subjectEmail) => pki({ roots: inline(kit.pki.root.pem), subjectEmail })),
  fc
    .constantFrom("a@x", "b@x")
    .map((subjectEmail) =>
      fulcio({ ca: inline(kit.fulcio.caPem), oidcIssuer: defaultOidcIssuer, subjectEmail }, log),
    ),
);
const someIdentity = fc.constantFrom<IdentityMatch>(
  { type: "matchExact" },
  { type: "matchRepoDigestOrExact" },
  matchRepository,
  exactly("a.example/app:1"),
  repository("a.example/app"),
  repository("b.example/app"),
  remap("a.example"),
);
const someRequirements = fc
  .array(
    fc.oneof(
      {
        weight: 8,
        arbitrary: fc.tuple(someTrust, someIdentity).map(([trust, match]) => signed(trust, match)),
      },
      { weight: 1, arbitrary: fc.constantFrom(accept, reject) },
    ),
    { minLength: 1, maxLength: 3 },
  )
  .map(list);
const someEvidence = fc.subarray(signatures, { minLength: 1, maxLength: 4 });
const someImage = fc.constantFrom("a.example/app:1", "a.example/app:3", `a.example/app@${manifest}`);

describe("compareRequirements promises nothing that a judgement breaks:", () => {
  it("what is tightened accepts nothing new, what is loosened refuses nothing new", async () => {
    const seen = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        someRequirements,
        someRequirements,
        someEvidence,
        someImage,
        async (before, after, found, name) => {
          const image = policySubject(parseDockerImage(name));
          const evidence = {
            ...noEvidence,
            manifestDigest: manifest,
            signatures: found,
            now: kit.now,
          };
          const wasAllowed = (await judge(before, image, evidence)).allowed;
          const isAllowed = (await judge(after, image, evidence)).allowed;
          const change = compareRequirements(before, after);
          seen.add(change).add(wasAllowed ? "allowed before" : "denied before");
          if (change === "same") assert.equal(isAllowed, wasAllowed);
          if (change === "tightened") assert.ok(wasAllowed || !isAllowed);
          if (change === "loosened") assert.ok(isAllowed || !wasAllowed);
        },
      ),
      { numRuns: 500 },
    );
    assert.equal(seen.size, 6, "every kind of change and of answer was met");
  });
});
