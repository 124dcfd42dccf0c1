import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parsePolicy } from "../policy/parse-policy.ts";
import { composeGatewayPolicy } from "./compose-gateway-policy.ts";
import { allow, deny, passes, rule, scopeRule } from "./testing/published-rules.ts";

/** One policy, and what the test itself knows of it. */
type SomePolicy = SomeGlobs | SomeScopes;

interface SomeGlobs {
  readonly type: "globs";
  readonly globs: readonly string[];
  /** a signature of this key lets an image in; `pass` and `fail` decide by themselves, and `warn` keeps nobody out */
  readonly asks: "key" | "pass" | "fail" | "warn";
  readonly tightens: boolean;
}

interface SomeScopes {
  readonly type: "scopes";
  readonly scopes: readonly string[];
  readonly tightens: boolean;
}

const digests = ["a", "b"].map((of) => `sha256:${of.repeat(64)}`);
const images = [
  ...["ghcr.io/team", "ghcr.io/team/app", "ghcr.io/team/app/debug", "ghcr.io/teammate/app"],
  ...["quay.io/team/app", "quay.io:5000/app", "docker.io/library/busybox", "docker.io/team/app"],
].flatMap((name) => [`${name}:v1`, `${name}:v2`, ...digests.map((digest) => `${name}@${digest}`)]);

const someGlobs: fc.Arbitrary<SomeGlobs> = fc.record({
  type: fc.constant("globs" as const),
  globs: fc.uniqueArray(
    fc.constantFrom(
      ...["**", "ghcr.io/**", "ghcr.io/team/**", "ghcr.io/team@*", "ghcr.io/team/app@*", "ghcr.io/te**"],
      ...[`ghcr.io/team/app@${digests[0]}`, "quay.io/*/*", "quay.io:5000**", "index.docker.io/**"],
      ...["busybox@*", "docker.io/**", "ghcr.io/team/app:v1"],
    ),
    { minLength: 1, maxLength: 2 },
  ),
  asks: fc.constantFrom("key", "key", "key", "pass", "fail", "warn"),
  tightens: fc.boolean(),
});
const someScopes: fc.Arbitrary<SomeScopes> = fc.record({
  type: fc.constant("scopes" as const),
  scopes: fc.uniqueArray(
    fc.constantFrom(
      ...["ghcr.io", "ghcr.io/team", "ghcr.io/team/app", "ghcr.io/team/app:v1", "*.io", "*.quay.io"],
      ...[`ghcr.io/team/app@${digests[0]}`, "quay.io", "quay.io:5000", "docker.io", "docker.io/library"],
      ...["docker.io/library/busybox", "index.docker.io", "ghcr.io/tea"],
    ),
    { minLength: 1, maxLength: 3 },
  ),
  tightens: fc.boolean(),
});
const somePolicies = fc.array(fc.oneof(someGlobs, someScopes), { maxLength: 6 });

/** Each policy asks for a key of its own, so that none can be passed over unnoticed. */
const keyOf = (at: number) => `key ${at}`;
const someSigners = fc
  .oneof(
    fc.constant([0, 1, 2, 3, 4, 5]),
    fc.nat(5).map((missing) => [0, 1, 2, 3, 4, 5].filter((at) => at !== missing)),
    fc.subarray([0, 1, 2, 3, 4, 5]),
  )
  .map((places) => new Set(places.map(keyOf)));

function published(policy: SomePolicy, at: number): string {
  const name = `policy ${at}`;
  const { tightens } = policy;
  if (policy.type === "scopes") return scopeRule(name, policy.scopes, keyOf(at), tightens);
  const { globs, asks } = policy;
  if (asks === "pass" || asks === "fail") return rule(name, { globs, tightens, fixed: asks });
  return rule(name, { globs, tightens, keys: [keyOf(at)], ...(asks === "warn" && { mode: "warn" }) });
}

/** The model, which shares nothing with the engine: globs by regular expressions, scopes by comparing texts. */
function globAnswer(globs: readonly string[], image: string): "always" | "never" | "depends" {
  const [repository = "", digest] = image.replace(/:v\d$/, "").split("@");
  const hub = repository.replace(/^docker\.io\//, "index.docker.io/");
  const names = [hub, repository.replace(/^docker\.io\/(library\/)?/, "")];
  const possible = digest === undefined ? [...digests, `sha256:${"c".repeat(64)}`] : [digest];
  const answers = globs.map((glob) => {
    const pattern = glob.replaceAll(".", "\\.").replace(/\*\*|\*/g, (run) => (run === "*" ? "[^/]*" : ".*"));
    const matched = possible.filter((one) =>
      names.some((name) => new RegExp(`^${pattern}$`).test(`${name}@${one}`)),
    );
    if (matched.length === possible.length) return "always";
    return matched.length === 0 ? "never" : "depends";
  });
  if (answers.includes("always")) return "always";
  return answers.includes("depends") ? "depends" : "never";
}

/** How specific a scope is for an image, 0 if it is not about it. */
function specificity(scope: string, image: string): number {
  const repository = image.replace(/:v\d$/, "").replace(/@.*/, "");
  if (scope === image) return 3000;
  if (repository === scope || repository.startsWith(`${scope}/`)) return 1000 + scope.length;
  const host = repository.replace(/[:/].*/, "");
  return scope.startsWith("*.") && host.endsWith(scope.slice(1)) ? scope.length : 0;
}

const specificityOf = ({ scopes }: SomeScopes, image: string) =>
  Math.max(...scopes.map((scope) => specificity(scope, image)));

/** Which policies match: of those by scopes the ones with the most specific, a namespace's own apart from the cluster's. */
function matching(policies: readonly SomePolicy[], image: string): readonly number[] {
  const top = (tightens: boolean) =>
    Math.max(
      1,
      ...policies.map((one) =>
        one.type === "scopes" && one.tightens === tightens ? specificityOf(one, image) : 0,
      ),
    );
  return policies.flatMap((one, at) => {
    if (one.type === "globs") return globAnswer(one.globs, image) === "never" ? [] : [at];
    return specificityOf(one, image) === top(one.tightens) ? [at] : [];
  });
}

/** Whether one of them is for the whole cluster and certainly about the image: the default is for images without. */
function isMatched(policies: readonly SomePolicy[], image: string): boolean {
  return matching(policies, image).some((at) => {
    const one = policies[at];
    if (one === undefined || one.tightens) return false;
    return one.type === "scopes" || globAnswer(one.globs, image) === "always";
  });
}

describe("policies by globs and by scopes, in one file", () => {
  it("let in what each of them that matches would let in by itself, and nothing else", () => {
    let [mixed, refusedByOne] = [0, 0];
    fc.assert(
      fc.property(
        fc.constantFrom(deny, allow),
        somePolicies,
        fc.constantFrom(...images),
        someSigners,
        (base, policies, image, signers) => {
          const texts = policies.map(published);
          const file = composeGatewayPolicy(base, texts);
          const places = matching(policies, image);
          const byThemselves = places.map((at) =>
            passes(composeGatewayPolicy(allow, [texts[at] ?? ""]), image, signers),
          );
          const expected = byThemselves.every(Boolean) && (isMatched(policies, image) || base === allow);
          const kinds = new Set(places.map((at) => policies[at]?.type));
          if (kinds.size === 2) mixed++;
          if (kinds.size === 2 && byThemselves.filter((passed) => !passed).length === 1) refusedByOne++;
          assert.equal(passes(file, image, signers), expected, file);
        },
      ),
      { numRuns: 3000 },
    );
    assert.ok(mixed > 300 && refusedByOne > 100, `${mixed} and ${refusedByOne}`);
  });

  it("let in nothing more for one policy more, unless the default was all that held", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(deny, allow),
        somePolicies,
        someGlobs,
        fc.constantFrom(...images),
        someSigners,
        (base, policies, more, image, signers) => {
          fc.pre(more.tightens || base === allow || isMatched(policies, image));
          const [before, after] = [policies, [...policies, more]].map((all) =>
            passes(composeGatewayPolicy(base, all.map(published)), image, signers),
          );
          assert.ok(before || !after);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("the form of the file", () => {
  const glob = rule("ClusterImagePolicy signed", { globs: ["ghcr.io/**"], keys: ["a"] });
  const tighter = rule("ImagePolicy shop/own", { globs: ["ghcr.io/**"], keys: ["a"], tightens: true });
  const scopes = scopeRule("ClusterImagePolicy openshift", ["ghcr.io/team", "quay.io"], "b", false);
  const own = scopeRule("ImagePolicy shop/openshift", ["ghcr.io"], "c", true);
  const membersOf = (...rules: readonly string[]) =>
    Object.keys(JSON.parse(composeGatewayPolicy(deny, rules)));

  it("has scopes as ever, unless a glob would stand in their place or a namespace's come to the cluster's", () => {
    assert.deepEqual(membersOf(), ["countersign", "default"]);
    assert.deepEqual(membersOf(glob, tighter), ["countersign", "default", "images"]);
    assert.deepEqual(membersOf(scopes), ["countersign", "default", "transports"]);
    assert.deepEqual(membersOf(own), ["countersign", "default", "transports"]);
    assert.deepEqual(membersOf(tighter, scopes), ["countersign", "default", "transports", "images"]);
    assert.deepEqual(membersOf(tighter, own), ["countersign", "default", "transports", "images"]);
    assert.deepEqual(membersOf(scopes, own), ["countersign", "default", "images"]);
    assert.deepEqual(membersOf(tighter, scopes, own), ["countersign", "default", "images"]);
    assert.deepEqual(membersOf(glob, scopes, own), ["countersign", "default", "images"]);
    assert.deepEqual(membersOf(glob, own), ["countersign", "default", "images"]);
  });

  it("is to the letter what it was where kinds do not meet", () => {
    const { default: otherwise } = JSON.parse(deny);
    const docker = (name: string) => JSON.parse(name).transports.docker["ghcr.io"];
    const text = (policy: object) => `${JSON.stringify({ countersign: 1, ...policy }, undefined, 2)}\n`;
    assert.equal(
      composeGatewayPolicy(deny, [glob, tighter]),
      text({ default: otherwise, images: [JSON.parse(glob), JSON.parse(tighter)] }),
    );
    assert.equal(
      composeGatewayPolicy(deny, [own, tighter]),
      text({
        default: otherwise,
        transports: { docker: { "ghcr.io": [...otherwise, ...docker(own)] } },
        images: [JSON.parse(tighter)],
      }),
    );
  });

  it("says scopes beside a glob as rules, each by its policy's name and in the policies' order", () => {
    const [signedByB] = JSON.parse(scopes).transports.docker["quay.io"];
    const [signedByC] = JSON.parse(own).transports.docker["ghcr.io"];
    const { images } = JSON.parse(composeGatewayPolicy(deny, [scopes, glob, own]));
    assert.deepEqual(images, [
      {
        name: "ClusterImagePolicy openshift",
        scopes: ["ghcr.io/team", "quay.io"],
        requirements: [signedByB],
      },
      JSON.parse(glob),
      {
        name: "ImagePolicy shop/openshift",
        scopes: ["ghcr.io"],
        tightens: true,
        requirements: [signedByC],
      },
    ]);
  });

  // 0.x readers before this form demand `globs` of every rule, and know no `scopes`
  it("is refused by a reader that knows globs alone: a rule has scopes in their stead", () => {
    const { images } = JSON.parse(composeGatewayPolicy(deny, [glob, scopes, own]));
    assert.deepEqual(
      images.map((one: object) => ["globs" in one, "scopes" in one]),
      [
        [true, false],
        [false, true],
        [false, true],
      ],
    );
  });

  it("tells policies of two groups apart that are called the same: a name that comes twice voids the file", () => {
    const [name, shop] = ["ClusterImagePolicy release", "ImagePolicy shop/release"];
    const file = composeGatewayPolicy(deny, [
      rule(name, { globs: ["ghcr.io/**"], keys: ["a"] }),
      scopeRule(name, ["ghcr.io"], "b", false),
      rule(shop, { globs: ["ghcr.io/**"], keys: ["c"], tightens: true }),
      scopeRule(shop, ["ghcr.io"], "d", true),
    ]);
    assert.deepEqual(
      parsePolicy(Buffer.from(file), "f").images.map((one) => one.name),
      [name, `${name} (config.openshift.io)`, shop, `${shop} (config.openshift.io)`],
    );
    for (const missing of ["a", "b", "c", "d"]) {
      const others = new Set(["a", "b", "c", "d"].filter((one) => one !== missing));
      assert.equal(passes(file, "ghcr.io/app:v1", others), false, missing);
    }
    assert.equal(passes(file, "ghcr.io/app:v1", new Set(["a", "b", "c", "d"])), true);
  });
});

describe("the size of the file", () => {
  const someText = fc.integer({ min: 1, max: 2000 }).map((length) => "k".repeat(length));
  // the wider a namespace's scope is, the more of the cluster's are in it
  const someScope = fc
    .tuple(fc.constantFrom("quay.io", "*.io", "ghcr.io"), fc.constantFrom("", "/team"), fc.nat(40))
    .map(([host, team, at]) => (at === 0 || host.startsWith("*") ? host : `${host}${team}/t${at}`));
  const someScopeRule = fc
    .tuple(fc.uniqueArray(someScope, { minLength: 1, maxLength: 40 }), someText, fc.boolean())
    .map(
      ([scopes, signer, tightens]) =>
        (name: string) =>
          scopeRule(name, scopes, signer, tightens),
    );
  const someGlobRule = fc.tuple(someText, fc.boolean()).map(
    ([signer, tightens]) =>
      (name: string) =>
        rule(name, { globs: ["quay.io/**"], keys: [signer], tightens }),
  );

  it("is in proportion to what the policies are, each of which is in it once", () => {
    let mixed = 0;
    fc.assert(
      fc.property(
        fc.constantFrom(deny, allow),
        fc.array(fc.oneof({ weight: 4, arbitrary: someScopeRule }, someGlobRule), { maxLength: 12 }),
        (base, rules) => {
          const texts = rules.map((named, at) => named(`policy ${at}`));
          const given = texts.reduce((sum, text) => sum + text.length, base.length);
          const file = composeGatewayPolicy(base, texts);
          if (!file.includes('"transports"') && file.includes('"scopes"')) mixed++;
          // what is more are the spaces of a file for people
          assert.ok(file.length <= 3 * given + 1024, `${file.length} of ${given}`);
        },
      ),
      { numRuns: 300 },
    );
    assert.ok(mixed > 100, `${mixed}`);
  });

  // a tenant's two policies for a registry in which the cluster names 256 scopes: 42 MB, and the webhook stood still for it
  it("is not a tenant's text times the cluster's scopes", () => {
    const scopes = Array.from({ length: 256 }, (_, at) => `quay.io/t${at}`);
    const file = composeGatewayPolicy(deny, [
      scopeRule("all", scopes, "a", false),
      scopeRule("one", ["quay.io"], "b".repeat(60 * 1024), true),
      scopeRule("two", ["quay.io"], "c".repeat(60 * 1024), true),
    ]);
    assert.ok(file.length < 256 * 1024, `${file.length}`);
  });
});

describe("a published part is refused", () => {
  const rows: ReadonlyArray<readonly [why: string, part: unknown]> = [
    ["that is no object", []],
    ["that has no name", { transports: { docker: { "a.io": [{ type: "reject" }] } } }],
    ["that has no scopes", { name: "a", transports: { docker: {} } }],
    [
      "that asks of scopes different things, which one rule does not say",
      { name: "a", transports: { docker: { "a.io": [{ type: "reject" }], "b.io": [] } } },
    ],
    ["whose requirements are no list", { name: "a", transports: { docker: { "a.io": "reject" } } }],
  ];
  for (const [why, part] of rows) {
    it(why, () => {
      assert.throws(() => composeGatewayPolicy(deny, [JSON.stringify(part)]), { code: "POLICY_INVALID" });
    });
  }
});

describe("rules by scopes, of which there are many", () => {
  // a policy that never was right may name as many as fit into it
  it("are read as often as scopes are", () => {
    const scopes = Array.from({ length: 30_000 }, (_, at) => `a${at}.io`);
    const file = composeGatewayPolicy(deny, [
      rule("glob", { globs: ["**"], fixed: "pass" }),
      scopeRule("many", scopes, "a", false),
    ]);
    assert.equal(passes(file, "a29999.io/app:v1", new Set()), false);
    assert.equal(passes(file, "a29999.io/app:v1", new Set(["a"])), true);
    assert.equal(passes(file, "other.io/app:v1", new Set()), true);
  });

  it("of hostile names are texts like any other", () => {
    const names = ["__proto__", "constructor", "a.io/../b", "a.io/x\u0000y", "5000", " "];
    const file = composeGatewayPolicy(deny, [
      rule("glob", { globs: ["**"], fixed: "pass" }),
      scopeRule("odd", names, "a", false),
    ]);
    assert.equal(passes(file, "a.io/b:v1", new Set()), true);
  });
});
