import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { composeCrioPolicy } from "./compose-crio-policy.ts";
import { composeGatewayPolicy } from "./compose-gateway-policy.ts";
import { allow, deny, key, passes, type RuleParts, rule, scopeRule } from "./testing/published-rules.ts";

const digest = (of: string) => `sha256:${of.repeat(64)}`;
const repositories = [
  "ghcr.io/team",
  "ghcr.io/team/app",
  "ghcr.io/team/app/debug",
  "ghcr.io/other/app",
  "busybox",
  "docker.io/docker.io/app",
  "quay.io/team/app",
  "quay.io:5000/app",
];
const images = repositories.flatMap((name) => [
  `${name}:v1`,
  `${name}@${digest("a")}`,
  `${name}@${digest("b")}`,
]);
const globs = [
  "**",
  "ghcr.io/**",
  "ghcr.io/team/**",
  "ghcr.io/team@*",
  "ghcr.io/team/app@*",
  "ghcr.io/team/app@sha256:**",
  `ghcr.io/team/app@${digest("a")}`,
  "ghcr.io/team/app/**",
  "ghcr.io/te**",
  "index.docker.io/**",
  "index.docker.io/library/busybox@*",
  "docker.io/**",
  "*",
  "quay.io/*/*",
  "quay.io:5000**",
  "quay.io:**",
  "ghcr.io/team/app:v1@*",
  "ghcr.io/team/app:**",
];

const someRule: fc.Arbitrary<RuleParts> = fc.record(
  {
    globs: fc.uniqueArray(fc.constantFrom(...globs), { minLength: 1, maxLength: 3 }),
    keys: fc.subarray(["a", "b"]),
    fixed: fc.constantFrom("pass" as const, "fail" as const),
    tightens: fc.boolean(),
    mode: fc.constant("warn" as const),
    more: fc.constantFrom({}, { transparency: { threshold: 1, trustedRoot: { path: "/root.json" } } }),
  },
  { requiredKeys: ["globs"] },
);
const someRules = fc
  .array(someRule, { maxLength: 4 })
  .map((rules) => rules.filter(({ keys = [], fixed }) => keys.length > 0 || fixed !== undefined))
  .map((rules) => rules.map((parts, at) => rule(`rule ${at}`, parts)));

/** Policies by scopes, as OpenShift's are compiled. */
const someScopes = (tightens: boolean): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.uniqueArray(
        fc.constantFrom(
          "ghcr.io",
          "ghcr.io/team",
          "ghcr.io/team/app",
          "ghcr.io/team/app:v1",
          "*.io",
          "quay.io",
        ),
        { minLength: 1, maxLength: 2 },
      ),
      fc.constantFrom("a", "b"),
    )
    .map(([scopes, signer]) => scopeRule(`by scope ${signer}`, scopes, signer, tightens));
/** No two policies are called the same. */
const namedApart = (rules: readonly string[]): readonly string[] =>
  rules.map((text, at) => JSON.stringify({ ...JSON.parse(text), name: `rule ${at}` }));
const someMixed = fc
  .tuple(
    someRules,
    fc.array(someScopes(false), { maxLength: 2 }),
    fc.array(someScopes(true), { maxLength: 2 }),
  )
  .map((parts) => namedApart(parts.flat()));
/** of the whole cluster: among a namespace's own scopes the most specific applies alone */
const someShared = fc
  .tuple(someRules, fc.array(someScopes(false), { maxLength: 2 }))
  .map((parts) => namedApart(parts.flat()));
const someAddition = fc.oneof(
  someScopes(true),
  someRule
    .filter(({ keys = [], fixed }) => keys.length > 0 || fixed !== undefined)
    .map((parts) => rule("added", { ...parts, tightens: true })),
);

describe("a policy for CRI-O", () => {
  it("lets in nothing that the gateway would not", () => {
    const base = fc.constantFrom(deny, allow);
    const signers = fc.subarray(["a", "b"]).map((names) => new Set(names));
    fc.assert(
      fc.property(base, someMixed, fc.constantFrom(...images), signers, (otherwise, rules, image, signed) => {
        const crio = composeCrioPolicy(otherwise, rules).text;
        if (passes(crio, image, signed))
          assert.ok(passes(composeGatewayPolicy(otherwise, rules), image, signed), crio);
      }),
      { numRuns: 5000 },
    );
  });

  it("decides as the gateway wherever it tells no note of refusing", () => {
    const signers = fc.subarray(["a", "b"]).map((names) => new Set(names));
    let decided = 0;
    fc.assert(
      fc.property(someMixed, fc.constantFrom(...images), signers, (rules, image, signed) => {
        const { text, notes } = composeCrioPolicy(deny, rules);
        fc.pre(
          notes.every(({ effect, message }) => effect === "ignored" || message.startsWith("signatures must")),
        );
        decided++;
        assert.equal(
          passes(text, image, signed),
          passes(composeGatewayPolicy(deny, rules), image, signed),
          text,
        );
      }),
      { numRuns: 300, maxSkipsPerRun: 1000 },
    );
    assert.ok(decided >= 300);
  });

  const names: ReadonlyArray<readonly [image: string, under: readonly string[], passes: boolean]> = [
    ["ghcr.io/team/app:v1", ["ghcr.io/team/app@*"], false],
    ["ghcr.io/team/app:v1", ["ghcr.io/team/app@*", "ghcr.io/team/app/**"], true],
    ["ghcr.io/team/app/debug:v1", ["ghcr.io/team/app@*", "ghcr.io/team/app/**"], true],
    ["ghcr.io/team:v1", ["ghcr.io/team/**"], false],
    ["ghcr.io/team/app:v1", ["ghcr.io/**"], true],
    ["busybox:v1", ["docker.io/**"], false],
    ["busybox:v1", ["index.docker.io/**"], true],
    [`ghcr.io/team/app@${digest("a")}`, [`ghcr.io/team/app@${digest("a")}`], true],
    [`ghcr.io/team/app@${digest("b")}`, [`ghcr.io/team/app@${digest("a")}`], false],
    ["ghcr.io/team/app:v1", [`ghcr.io/team/app@${digest("a")}`], false],
    // a digest's name has no tag, so that this glob matches nothing
    ["ghcr.io/team/app:v1", ["ghcr.io/team/app:v1@*"], false],
  ];
  for (const [image, under, isIn] of names) {
    it(`${isIn ? "lets in" : "refuses"} ${image} by ${under.join(" and ")}`, () => {
      const { text } = composeCrioPolicy(deny, [rule("a", { globs: under, keys: ["a"] })]);
      assert.equal(passes(text, image, new Set(["a"])), isIn);
    });
  }

  it("says which glob besides lets CRI-O do what the policy says", () => {
    const { notes } = composeCrioPolicy(deny, [rule("a", { globs: ["ghcr.io/team/**"], fixed: "pass" })]);
    assert.deepEqual(notes, [
      {
        rule: "a",
        effect: "refuses",
        message:
          "the glob ghcr.io/team/** leaves out the repository ghcr.io/team itself, which CRI-O cannot: all of them are refused; with the glob ghcr.io/team@* besides, the policy says what CRI-O can do",
      },
    ]);
  });

  // each scope was held against each demand: for so many that took a quarter of an hour
  it("is composed of sixteen thousand globs", { timeout: 120_000 }, () => {
    const many = Array.from({ length: 64 }, (_, at) =>
      rule(`rule ${at}`, {
        globs: Array.from({ length: 256 }, (_, glob) => `host${at}.example/team${glob}/**`),
        keys: ["a"],
      }),
    );
    assert.equal(composeCrioPolicy(allow, many).scopes.length, 64 * 256);
  });

  it("is a file that has nothing of the extension", () => {
    const { text, scopes } = composeCrioPolicy(deny, [
      rule("a", { globs: ["index.docker.io/team/**", "**"], keys: ["a", "b"] }),
    ]);
    assert.deepEqual(JSON.parse(text), {
      default: [{ type: "reject" }],
      transports: {
        docker: {
          "": [
            {
              type: "sigstoreSigned",
              keyDatas: [key("a"), key("b")],
              signedIdentity: { type: "matchRepository" },
            },
          ],
          "docker.io/team": [
            {
              type: "sigstoreSigned",
              keyDatas: [key("a"), key("b")],
              signedIdentity: { type: "matchRepository" },
            },
          ],
        },
      },
    });
    assert.deepEqual(scopes, ["", "docker.io/team"]);
  });

  it("has signatures looked for where some are asked for, of images that there can be", () => {
    const { scopes } = composeCrioPolicy(allow, [
      rule("long", { globs: [`ghcr.io/${"a".repeat(1010)}@*`], keys: ["a"] }),
      rule("digest", { globs: [`ghcr.io/team/app@${digest("a")}`], keys: ["a"] }),
      rule("all", { globs: ["refused.example/**"], fixed: "fail", tightens: true }),
      rule("pass", { globs: ["free.example/**"], fixed: "pass" }),
      scopeRule("hostile", ["@x", "quay.io/\u007f"], "a", true),
    ]);
    assert.deepEqual(scopes, ["ghcr.io/team/app"]);
    const everywhere = rule("somewhere", { globs: ["**/app@*"], keys: ["a"] });
    assert.deepEqual(composeCrioPolicy(allow, [everywhere]).scopes, []);
    assert.deepEqual(composeCrioPolicy(allow, [scopeRule("hostile", [""], "a", true)]).scopes, []);
  });
});

describe("a policy for the gateway", () => {
  it("lets in nothing more for what a namespace adds", () => {
    const base = fc.constantFrom(deny, allow);
    const signers = fc.subarray(["a", "b"]).map((names) => new Set(names));
    const image = fc.constantFrom(...images);
    fc.assert(
      fc.property(base, someShared, someAddition, image, signers, (otherwise, rules, more, name, signed) => {
        const tightened = composeGatewayPolicy(otherwise, [...rules, more]);
        if (passes(tightened, name, signed))
          assert.ok(passes(composeGatewayPolicy(otherwise, rules), name, signed), tightened);
      }),
      { numRuns: 3000 },
    );
  });
});
