import type { IdentityMatch } from "@countersign/engine/policy/identity-match";
import { parseImageGlob } from "@countersign/engine/policy/image-glob";
import type {
  Alternative,
  EnforcedRequirement,
  GlobRule,
  Policy,
  Requirement,
  ScopeRule,
} from "@countersign/engine/policy/policy";
import type { SigstoreRequirement } from "@countersign/engine/policy/sigstore-requirement";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import fc from "fast-check";
import { someAuthority } from "./arbitrary-authority.ts";
import { listOf, someSource } from "./arbitrary-trust.ts";

/** Policies that a file can say, the extension's with all they may ask for. */

const name = (text: string) => parseNamedReference(text);

export const someIdentity: fc.Arbitrary<IdentityMatch> = fc.constantFrom<IdentityMatch>(
  { type: "matchExact" },
  { type: "matchRepoDigestOrExact" },
  { type: "matchRepository" },
  { type: "exactReference", reference: name("a.example/b:1") },
  { type: "exactRepository", repository: name("a.example/b") },
  { type: "remapIdentity", prefix: "a.example", signedPrefix: "b.example/c" },
);

const someSigstore: fc.Arbitrary<SigstoreRequirement> = fc.record({
  type: fc.constant("sigstore" as const),
  authorities: listOf(someAuthority, 3).map(namedApart),
  identity: fc.oneof(someIdentity, fc.constant({ type: "digestOnly" as const })),
  acceptsIndexSignatures: fc.boolean(),
});

const someFulcio = fc.record({
  ca: someSource({ most: 1 }),
  oidcIssuer: fc.constantFrom("https://i.example"),
  subjectEmail: fc.constantFrom("a@b.example"),
});

const someSigstoreTrust = fc.oneof(
  fc.record({
    type: fc.constant("keys" as const),
    keys: someSource(),
    rekor: fc.option(someSource(), { nil: undefined }),
  }),
  fc.record({ type: fc.constant("fulcio" as const), fulcio: someFulcio, rekor: someSource() }),
  fc.record({
    type: fc.constant("pki" as const),
    pki: fc.record({
      roots: someSource({ most: 1 }),
      intermediates: fc.option(someSource({ most: 1 }), { nil: undefined }),
      subjectEmail: fc.constant("a@b.example"),
      subjectHostname: fc.constantFrom(undefined, "b.example"),
    }),
  }),
);

const someLeaf: fc.Arbitrary<EnforcedRequirement> = fc.oneof(
  fc.constantFrom<EnforcedRequirement>({ type: "reject" }, { type: "insecureAcceptAnything" }),
  fc.record({ type: fc.constant("signedBaseLayer" as const), baseLayerIdentity: someIdentity }),
  fc.record({
    type: fc.constant("signedBy" as const),
    keyType: fc.constantFrom("GPGKeys" as const, "X509Certificates" as const),
    keys: someSource({ most: 2, datas: 1 }),
    identity: someIdentity,
  }),
  fc.record({
    type: fc.constant("sigstoreSigned" as const),
    trust: someSigstoreTrust,
    identity: someIdentity,
  }),
  { weight: 4, arbitrary: someSigstore },
);

function anyOf(within: fc.Arbitrary<EnforcedRequirement>): fc.Arbitrary<EnforcedRequirement> {
  const alternative: fc.Arbitrary<Alternative> = listOf(within, 2);
  return fc.record({ type: fc.constant("anyOf" as const), alternatives: listOf(alternative, 3) });
}

const someEnforced = fc.oneof({ weight: 4, arbitrary: someLeaf }, anyOf(fc.oneof(someLeaf, anyOf(someLeaf))));

export const someRequirement: fc.Arbitrary<Requirement> = fc.oneof(
  { weight: 3, arbitrary: someEnforced },
  someEnforced.map((requirement): Requirement => ({ type: "warn", requirement })),
);

export const someRequirements = listOf(someRequirement, 3);

const someScopes = fc
  .array(
    fc.tuple(fc.constantFrom("", "a.example", "a.example/b:1", "*.example", "__proto__"), someRequirements),
    {
      maxLength: 3,
    },
  )
  .map((scopes) => new Map(scopes));

const ruleParts = { name: fc.constant(""), tightens: fc.boolean(), requirements: someRequirements };

const someGlobRule: fc.Arbitrary<GlobRule> = fc.record({
  ...ruleParts,
  type: fc.constant("globs" as const),
  globs: listOf(fc.constantFrom("**", "a.example/**", "*/*", "a.example/b@sha256:0*").map(parseImageGlob), 2),
});

const someScopeRule: fc.Arbitrary<ScopeRule> = fc.record({
  ...ruleParts,
  type: fc.constant("scopes" as const),
  scopes: listOf(fc.constantFrom("", "a.example", "a.example/b:1", "*.example", "__proto__"), 3).map(
    (scopes) => new Set(scopes),
  ),
});

/** Without the digest, which is that of the bytes it is read from. */
export const somePolicy: fc.Arbitrary<Omit<Policy, "digest">> = fc.record({
  default: someRequirements,
  transports: fc
    .array(fc.tuple(fc.constantFrom("docker", "containers-storage", "__proto__"), someScopes), {
      maxLength: 2,
    })
    .map((sections) => new Map(sections.filter(([transport]) => transport !== "containers-storage"))),
  images: fc
    .array(fc.oneof(someGlobRule, someScopeRule), { maxLength: 3 })
    .map((rules) => rules.map((rule, at) => ({ ...rule, name: `rule ${at}` }))),
});

function namedApart<T extends { readonly name: string }>(list: readonly [T, ...T[]]): readonly [T, ...T[]] {
  const [first, ...others] = list;
  return [first, ...others.map((one, at) => ({ ...one, name: `${one.name}.${at}` }))];
}
