import type {
  AttestationDemand,
  Authority,
  KeylessTrust,
  SignatureRepository,
  SignerIdentity,
  TextMatch,
  TimestampDemand,
  TransparencyDemand,
} from "@countersign/engine/policy/sigstore-requirement";
import { parseNamedReference } from "@countersign/engine/values/image-reference";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import fc from "fast-check";
import { listOf, someRoot, someSource } from "./arbitrary-trust.ts";

const someName = fc.constantFrom("release", "the team's key", "é-1", "__proto__");

const someMatch: fc.Arbitrary<TextMatch> = fc.oneof(
  fc
    .constantFrom("https://i.example", "a@b.example", ".*")
    .map((text): TextMatch => ({ type: "exact", text })),
  fc
    .tuple(fc.constantFrom("https://i\\.example/.+", "(?i)a|b", "^x$"), fc.boolean())
    .map(([source, anchored]): TextMatch => ({ type: "pattern", pattern: re2Pattern(source, anchored) })),
);

const someSigner: fc.Arbitrary<SignerIdentity> = fc.record({ issuer: someMatch, subject: someMatch });

const expressions = ["true", "predicate.x == 1", `subject.all(s, s.name.startsWith("a"))`].map((source) => ({
  type: "cel" as const,
  expression: celExpression(source),
}));

const someAttestation: fc.Arbitrary<AttestationDemand> = fc.record({
  name: someName,
  predicateType: fc.constantFrom("https://slsa.dev/provenance/v1", "https://spdx.dev/Document", "urn:x:y"),
  policy: fc.constantFrom(undefined, ...expressions),
});

const someRepository: fc.Arbitrary<SignatureRepository> = fc.constantFrom(
  { repository: parseNamedReference("a.example/signatures"), tagPrefix: "" },
  { repository: undefined, tagPrefix: "x-" },
  { repository: parseNamedReference("a.example:5000/b/c"), tagPrefix: "x_1." },
);

const none = { type: "none" } as const;
const threshold = fc.integer({ min: 1, max: 16 });

/** What names its logs itself. */
const someNamedLogs: fc.Arbitrary<TransparencyDemand> = fc.record({
  type: fc.constant("logged" as const),
  threshold,
  logs: fc.oneof(
    fc.record({ type: fc.constant("rekor" as const), keys: someSource() }),
    fc.record({ type: fc.constant("trustedRoot" as const), root: someRoot }),
  ),
});

const someOwnLogs: fc.Arbitrary<TransparencyDemand> = threshold.map((least) => ({
  type: "logged",
  threshold: least,
  logs: undefined,
}));

const someNamedStamps: fc.Arbitrary<TimestampDemand> = fc.record({
  type: fc.constant("stamped" as const),
  threshold,
  root: someRoot,
});

const someOwnStamps: fc.Arbitrary<TimestampDemand> = threshold.map((least) => ({
  type: "stamped",
  threshold: least,
  root: undefined,
}));

const common = {
  name: someName,
  attestations: fc.array(someAttestation, { maxLength: 2 }).map(namedApart),
  sources: fc.array(someRepository, { maxLength: 2 }),
};

const someKeyAuthority: fc.Arbitrary<Authority> = fc.record({
  ...common,
  type: fc.constant("key" as const),
  keys: someSource(),
  hashAlgorithm: fc.constantFrom(undefined, "sha256" as const, "sha512" as const),
  transparency: fc.oneof(fc.constant(none), someNamedLogs),
  timestamp: fc.oneof(fc.constant(none), someNamedStamps),
});

const identities = listOf(someSigner, 2);

const someRooted: fc.Arbitrary<Authority> = fc.record({
  ...common,
  type: fc.constant("keyless" as const),
  trust: fc.record({ type: fc.constant("trustedRoot" as const), root: someRoot }),
  identities,
  ignoresSct: fc.boolean(),
  transparency: fc.oneof(fc.constant(none), someOwnLogs, someNamedLogs),
  timestamp: fc.oneof(fc.constant(none), someOwnStamps, someNamedStamps),
});

/** A CA that knows neither logs nor timestamp authorities: its own log key, or whatever the demands name. */
const someBare: fc.Arbitrary<Authority> = fc
  .record({ ca: someSource({ most: 1 }), rekor: fc.option(someSource(), { nil: undefined }) })
  .chain(({ ca, rekor }) =>
    fc.record({
      ...common,
      type: fc.constant("keyless" as const),
      trust: fc.constant<KeylessTrust>({ type: "fulcio", ca, rekor }),
      identities,
      ignoresSct: fc.constant(true),
      transparency: rekor === undefined ? fc.oneof(fc.constant(none), someNamedLogs) : someOwnLogs,
      timestamp: fc.oneof(fc.constant(none), someNamedStamps),
    }),
  );

const someStatic: fc.Arbitrary<Authority> = fc.oneof(
  someName.map((name): Authority => ({ name, type: "static", action: "pass", message: "" })),
  fc.record({
    name: someName,
    type: fc.constant("static" as const),
    action: fc.constant("fail" as const),
    message: fc.constantFrom("", "not here"),
  }),
);

export const someAuthority: fc.Arbitrary<Authority> = fc.oneof(
  someStatic,
  { weight: 3, arbitrary: someKeyAuthority },
  { weight: 3, arbitrary: someRooted },
  { weight: 2, arbitrary: someBare },
);

function namedApart(list: readonly AttestationDemand[]): readonly AttestationDemand[] {
  return list.map((one, at) => ({ ...one, name: `${one.name}.${at}` }));
}
