import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parseDockerImage } from "../values/located-image.ts";
import { compareRules } from "./compare-rules.ts";
import { globsInclude, parseImageGlob } from "./image-glob.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { Policy } from "./policy.ts";
import { policySubject } from "./policy-subject.ts";
import { selectScope } from "./select-scope.ts";

interface Rule {
  readonly name?: string;
  readonly globs?: readonly string[];
  readonly scopes?: readonly string[];
  readonly tightens?: boolean;
  readonly requirements?: readonly object[];
}

const accept = [{ type: "insecureAcceptAnything" }];
const reject = [{ type: "reject" }];
const key = (path: string, more: object = {}) => [
  { type: "sigstoreSigned", keyPath: path, signedIdentity: { type: "matchRepository" }, ...more },
];
const signed = key("/k.pub");
const warned = (mode: string) => [
  { type: "sigstore", authorities: [{ name: "k", key: { path: "/k.pub" } }], mode },
];

function policy(images: readonly Rule[], rest: object = {}): Policy {
  const rules = images.map((rule) => ({ name: "r", requirements: signed, ...rule }));
  const content = { countersign: 1, default: reject, ...(rules.length > 0 && { images: rules }), ...rest };
  return parsePolicy(Buffer.from(JSON.stringify(content)), "test");
}

const opposite = { same: "same", changed: "changed", tightened: "loosened", loosened: "tightened" } as const;

describe("compareRules", () => {
  const open = { default: accept };
  const other = { name: "o", globs: ["**"] };
  const rows: ReadonlyArray<
    readonly [
      what: string,
      before: readonly Rule[],
      after: readonly Rule[],
      change: keyof typeof opposite,
      rest?: object,
    ]
  > = [
    ["finds nothing in another order", [{ globs: ["a/*", "b/*"] }], [{ globs: ["b/*", "a/*"] }], "same"],
    ["finds nothing in repetition", [{ globs: ["a/*", "a/*"] }], [{ globs: ["a/*"] }], "same"],
    [
      "finds nothing in another order of scopes",
      [{ scopes: ["a.b", "c.d"] }],
      [{ scopes: ["c.d", "a.b"] }],
      "same",
    ],
    [
      "sees more images accepted by a wider glob, where none was",
      [{ globs: ["registry.k8s.io/**"], requirements: accept }],
      [{ globs: ["**"], requirements: accept }],
      "loosened",
    ],
    [
      "sees fewer images held back by a narrower glob, where all others are let in",
      [{ globs: ["**"] }],
      [{ globs: ["registry.k8s.io/**"] }],
      "loosened",
      open,
    ],
    ["sees more images accepted where signatures do", [{ globs: ["a/**"] }], [{ globs: ["**"] }], "loosened"],
    [
      "cannot tell of a wider glob where some images were let in and others not",
      [{ globs: ["a.b/**"] }],
      [{ globs: ["**"] }],
      "changed",
      { transports: { docker: { "c.d": accept } } },
    ],
    [
      "minds no default that no image in a registry has",
      [{ globs: ["a.b/**"] }],
      [{ globs: ["**"] }],
      "loosened",
      { default: accept, transports: { docker: { "": reject } } },
    ],
    [
      "cannot tell of a wider glob where another rule stands that asks for something else",
      [{ globs: ["a/**"] }, { ...other, requirements: key("/o.pub") }],
      [{ globs: ["**"] }, { ...other, requirements: key("/o.pub") }],
      "changed",
    ],
    [
      "sees fewer images accepted as more must have two signatures",
      [{ globs: ["a/**"], tightens: true }, other],
      [{ globs: ["**"], tightens: true }, other],
      "tightened",
      open,
    ],
    ["cannot tell of another glob", [{ globs: ["a/**"] }], [{ globs: ["b/**"] }], "changed"],
    [
      "says that something changed where a glob says the same otherwise",
      [{ globs: ["**"] }],
      [{ globs: ["**", "a/**"] }],
      "changed",
    ],
    [
      "says that something changed where it makes no difference",
      [{ globs: ["a/**"], requirements: accept }],
      [{ globs: ["**"], requirements: accept }],
      "changed",
      open,
    ],
    [
      "sees more images accepted by more scopes",
      [{ scopes: ["a.b"] }],
      [{ scopes: ["a.b", "c.d"] }],
      "loosened",
    ],
    [
      "cannot tell of more scopes beside those of another rule",
      [
        { scopes: ["a.b/c"], requirements: accept },
        { name: "o", scopes: ["a.b"] },
      ],
      [
        { scopes: ["a.b/c", "a.b/d"], requirements: accept },
        { name: "o", scopes: ["a.b"] },
      ],
      "changed",
    ],
    [
      "cannot tell of globs that became scopes",
      [{ globs: ["a.b/**"] }],
      [{ scopes: ["a.b"] }],
      "changed",
      open,
    ],
    [
      "sees a rule that only adds to what else holds",
      [{ globs: ["**"] }],
      [{ globs: ["**"], tightens: true }],
      "tightened",
    ],
    [
      "sees a rule that only warns",
      [{ globs: ["**"], requirements: warned("enforce") }],
      [{ globs: ["**"], requirements: warned("warn") }],
      "loosened",
    ],
    [
      "sees a rule that warns of what it let in",
      [{ globs: ["**"], requirements: accept }],
      [{ globs: ["**"], requirements: [...accept, ...warned("warn")] }],
      "changed",
    ],
    [
      "cannot tell of a rule by scopes that stands beside others no more",
      [
        { scopes: ["a.b/c"], requirements: reject },
        { name: "o", scopes: ["a.b"], requirements: accept },
      ],
      [
        { scopes: ["a.b/c"], tightens: true },
        { name: "o", scopes: ["a.b"], requirements: accept },
      ],
      "changed",
      open,
    ],
    ["sees a rule that is gone", [{ globs: ["a/**"] }], [], "tightened"],
    ["sees a rule that is gone, where all else is let in", [{ globs: ["a/**"] }], [], "loosened", open],
    [
      "sees another key of a rule that adds to what is never accepted by default",
      [{ globs: ["**"], tightens: true }],
      [{ globs: ["**"], tightens: true, requirements: key("/o.pub") }],
      "changed",
    ],
    [
      "sees both a wider glob and a requirement that fewer images fulfil",
      [{ globs: ["a/**"], requirements: accept }],
      [{ globs: ["**"], requirements: reject }],
      "tightened",
    ],
    [
      "cannot tell of a wider glob with a requirement that fewer images fulfil",
      [{ globs: ["a/**"], requirements: accept }],
      [{ globs: ["**"] }],
      "changed",
    ],
  ];
  for (const [what, old, now, change, rest] of rows) {
    it(what, () => {
      assert.equal(compareRules("r", policy(old, rest), policy(now, rest)), change);
      assert.equal(compareRules("r", policy(now, rest), policy(old, rest)), opposite[change]);
    });
  }
});

const someGlob = fc.constantFrom(
  "**",
  "*/*",
  "*",
  "r.example/**",
  "r.example/*",
  "r.example/a*",
  "r.example/a@**",
);
const someScope = fc.constantFrom("r.example", "r.example/a", "*.example", "");
const somePatterns = fc.oneof(
  fc.uniqueArray(someGlob, { minLength: 1, maxLength: 3 }).map((globs) => ({ globs })),
  fc.uniqueArray(someScope, { minLength: 1, maxLength: 3 }).map((scopes) => ({ scopes })),
);
const someFate = fc.constantFrom(accept, reject, signed, warned("warn"));
const someRule = fc
  .tuple(somePatterns, fc.boolean(), someFate)
  .map(([patterns, tightens, requirements]): Rule => ({ ...patterns, tightens, requirements }));
const someRest = fc.record({
  default: someFate,
  transports: fc.record({ docker: fc.dictionary(someScope, someFate) }),
});
const names = [
  "r.example/a:1",
  "r.example/ab",
  "r.example/x/y",
  "s.example/a",
  "busybox",
  "org/app",
  "t.other/a",
];
const digest = `@sha256:${"5".repeat(64)}`;

/** What an image needs, of what there is here: a signature, or more than there is. */
function needs(one: Policy, image: string): "nothing" | "signature" | "impossible" {
  const { requirements } = selectScope(one, policySubject(parseDockerImage(image)));
  const types = requirements.map(({ type }) => type);
  if (types.includes("reject")) return "impossible";
  return types.includes("sigstoreSigned") ? "signature" : "nothing";
}
const ease = ["impossible", "signature", "nothing"];

describe("compareRules, whatever the rules are,", () => {
  it("tells every change of the set of patterns", () =>
    fc.assert(
      fc.property(
        someRule,
        somePatterns,
        someRest,
        fc.array(someRule, { maxLength: 2 }),
        (rule, patterns, rest, more) => {
          const { tightens = false, requirements = signed } = rule;
          const others = more.map((one, at) => ({ ...one, name: `other ${at}` }));
          const setOf = ({ globs, scopes }: Rule) => JSON.stringify([globs?.toSorted(), scopes?.toSorted()]);
          const after: Rule = { ...patterns, tightens, requirements };
          const change = compareRules("r", policy([rule, ...others], rest), policy([after, ...others], rest));
          assert.equal(change === "same", setOf(rule) === setOf(after));
        },
      ),
      { numRuns: 500 },
    ));

  it("takes the order and repetition of globs for nothing", () =>
    fc.assert(
      fc.property(fc.array(someGlob, { minLength: 1 }), fc.nat(), someRest, (globs, seed, rest) => {
        const turned = [...globs.slice(seed % globs.length), ...globs];
        assert.equal(compareRules("r", policy([{ globs }], rest), policy([{ globs: turned }], rest)), "same");
      }),
    ));

  it("says tightened and loosened only if no image is an exception", () =>
    fc.assert(
      fc.property(
        fc.option(someRule, { nil: undefined }),
        fc.option(someRule, { nil: undefined }),
        someRest,
        fc.array(someRule, { maxLength: 2 }),
        (old, now, rest, more) => {
          const others = more.map((one, at) => ({ ...one, name: `other ${at}` }));
          const sides = [old, now].map((rule) => policy(rule ? [rule, ...others] : others, rest));
          const [before = policy([]), after = policy([])] = sides;
          const change = compareRules("r", before, after);
          for (const name of [...names, ...names.map((one) => one.replace(/:1$/, "") + digest)]) {
            const [then, since] = [before, after].map((one) => ease.indexOf(needs(one, name)));
            const [was = 0, is = 0] = [then, since];
            const wrong = { changed: false, same: is !== was, tightened: is > was, loosened: is < was };
            assert.equal(wrong[change], false, `${change}: ${name}`);
          }
        },
      ),
      { numRuns: 1000 },
    ));
});

describe("globsInclude", () => {
  const globs = (...sources: readonly string[]) => sources.map(parseImageGlob);
  const rows: ReadonlyArray<readonly [wide: string, narrow: string, is: boolean]> = [
    ["**", "a/**", true],
    ["a/**", "**", false],
    ["a/**", "a/*", true],
    ["a/*", "a/**", false],
    ["a/**", "a/b/**", true],
    ["a/*", "a/*/*", false],
    ["a/*", "a/b*", true],
    ["a**", "a", true],
    ["*", "index.docker.io/library/*", true],
    ["index.docker.io/**", "*/*", true],
    ["*/*", "*", true],
    ["*", "*/*", false],
    ["**b", "**a", false],
    ["a**a", "a", false],
  ];
  for (const [wide, narrow, is] of rows) {
    it(`${wide} ${is ? "has" : "has not"} all of ${narrow}`, () =>
      assert.equal(globsInclude(globs(wide), globs(narrow)), is));
  }

  it("never says so of a glob that matches another name", () => {
    const some = fc
      .array(fc.constantFrom("a", "b", "/", "*", "**"), { minLength: 1, maxLength: 6 })
      .map((parts) => parseImageGlob(parts.join("")));
    const name = fc.array(fc.constantFrom("a", "b", "/"), { maxLength: 8 }).map((parts) => parts.join(""));
    fc.assert(
      fc.property(some, some, fc.array(name, { minLength: 20, maxLength: 20 }), (wide, narrow, texts) => {
        const isSaid = globsInclude([wide], [narrow]);
        for (const text of texts) assert.ok(!isSaid || !narrow.matches(text) || wide.matches(text), text);
      }),
      { numRuns: 1000 },
    );
  });

  it("gives up on what takes too long to tell", () => {
    const long = (first: string) =>
      Array.from({ length: 250 }, (_, at) => `${first}${at}/${"*a".repeat(500)}`);
    assert.equal(globsInclude(globs(...long("x")), globs(...long("y"))), false);
  });
});
