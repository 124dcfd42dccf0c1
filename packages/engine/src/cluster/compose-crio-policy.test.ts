import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parsePolicy } from "../policy/parse-policy.ts";
import type { Requirement } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import { selectScope } from "../policy/select-scope.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { composeCrioPolicy } from "./compose-crio-policy.ts";
import { composeGatewayPolicy } from "./compose-gateway-policy.ts";

const key = (name: string) => Buffer.from(name).toString("base64");

interface RuleParts {
  readonly globs: readonly string[];
  readonly keys?: readonly string[];
  readonly fixed?: "pass" | "fail";
  readonly tightens?: boolean;
  readonly mode?: "warn";
  readonly more?: object;
}

/** A rule as the compiler prints it. */
function rule(name: string, { globs, keys = [], fixed, tightens, mode, more = {} }: RuleParts): string {
  const authorities = [
    ...keys.map((one) => ({ name: one, key: { data: key(one), hashAlgorithm: "sha256" }, ...more })),
    ...(fixed === undefined ? [] : [{ name: fixed, static: { action: fixed } }]),
  ];
  const requirement = {
    type: "sigstore",
    authorities,
    signedIdentity: { type: "digestOnly" },
    acceptIndexSignatures: true,
    ...(mode && { mode }),
  };
  return JSON.stringify({ name, globs, ...(tightens && { tightens }), requirements: [requirement] });
}

const deny = JSON.stringify({ default: [{ type: "reject" }] });
const allow = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] });

/** Whether an image passes that these keys have signed under its own name. */
function passes(policy: string, image: string, signers: ReadonlySet<string>): boolean {
  const { requirements } = selectScope(
    parsePolicy(Buffer.from(policy), "test"),
    policySubject(parseDockerImage(image)),
  );
  return requirements.every((one) => isMet(one, signers));
}

function isMet(requirement: Requirement, signers: ReadonlySet<string>): boolean {
  const isSigner = (data: Uint8Array) => signers.has(Buffer.from(data).toString());
  switch (requirement.type) {
    case "insecureAcceptAnything":
    case "warn":
      return true;
    case "sigstoreSigned":
      return (
        requirement.trust.type === "keys" &&
        requirement.trust.keys.type === "inline" &&
        requirement.trust.keys.data.some(isSigner)
      );
    case "sigstore":
      return requirement.authorities.some((authority) =>
        authority.type === "static"
          ? authority.action === "pass"
          : authority.type === "key" &&
            authority.keys.type === "inline" &&
            authority.keys.data.some(isSigner),
      );
    default:
      return false;
  }
}

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

/** A policy by scopes, as OpenShift's are compiled. */
const someScopes = (tightens: boolean): fc.Arbitrary<string> =>
  fc
    .dictionary(
      fc.constantFrom(
        "ghcr.io",
        "ghcr.io/team",
        "ghcr.io/team/app",
        "ghcr.io/team/app:v1",
        "*.io",
        "quay.io",
      ),
      fc.constantFrom("a", "b"),
      { minKeys: 1, maxKeys: 2 },
    )
    .map((signers) => {
      const docker = Object.entries(signers).map(([scope, name]) => {
        const signedIdentity = { type: "matchRepository" };
        return [scope, [{ type: "sigstoreSigned", keyData: key(name), signedIdentity }]] as const;
      });
      return JSON.stringify({
        ...(tightens && { tightens }),
        transports: { docker: Object.fromEntries(docker) },
      });
    });
const someMixed = fc
  .tuple(
    someRules,
    fc.array(someScopes(false), { maxLength: 2 }),
    fc.array(someScopes(true), { maxLength: 2 }),
  )
  .map((parts) => parts.flat());
/** of the whole cluster: among a namespace's own scopes the most specific applies alone */
const someShared = fc
  .tuple(someRules, fc.array(someScopes(false), { maxLength: 2 }))
  .map((parts) => parts.flat());
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
      fc.property(someRules, fc.constantFrom(...images), signers, (rules, image, signed) => {
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
        fixed: "fail",
      }),
    );
    assert.equal(composeCrioPolicy(deny, many).scopes.length, 64 * 256);
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
