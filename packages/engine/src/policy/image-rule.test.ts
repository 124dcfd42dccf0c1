import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseDockerImage } from "../values/located-image.ts";
import { decideWithoutEvidence, explainRejection } from "../verify/verify-image.ts";
import { parsePolicy, readPolicy } from "./parse-policy.ts";
import { policySubject } from "./policy-subject.ts";
import { selectionName, selectScope } from "./select-scope.ts";

const accept = [{ type: "insecureAcceptAnything" }];
const reject = [{ type: "reject" }];
const digest = `sha256:${"5".repeat(64)}`;

interface Rule {
  readonly globs?: readonly string[];
  readonly scopes?: readonly string[];
  readonly tightens?: boolean;
  readonly requirements?: readonly object[];
}

const file = (rules: Readonly<Record<string, Rule>>, rest: object = {}) =>
  Buffer.from(
    JSON.stringify({
      countersign: 1,
      default: reject,
      images: Object.entries(rules).map(([name, rule]) => ({ name, requirements: accept, ...rule })),
      ...rest,
    }),
  );

function select(image: string, rules: Readonly<Record<string, Rule>>, rest: object = {}) {
  const {
    requirements,
    rules: names,
    isReplaced,
  } = selectScope(parsePolicy(file(rules, rest), "test"), policySubject(parseDockerImage(image)));
  return { types: requirements.map(({ type }) => type), names, isReplaced };
}

describe("a denial names the rule that keeps the image out", () => {
  const rows: ReadonlyArray<
    readonly [what: string, rules: Readonly<Record<string, Rule>>, rest: object, named: string]
  > = [
    [
      "the second of two",
      { a: { globs: ["**"] }, b: { globs: ["**"], requirements: [...accept, ...reject] } },
      {},
      " [b]",
    ],
    [
      "one that adds to a scope",
      { a: { globs: ["**"], tightens: true, requirements: reject } },
      { default: accept },
      " [a]",
    ],
    ["none where a scope does", { a: { globs: ["**"], tightens: true } }, {}, ""],
    ["none where no rule matches", { a: { globs: ["other.example/**"] } }, {}, ""],
  ];
  for (const [what, rules, rest, named] of rows) {
    it(what, () => {
      const policy = parsePolicy(file(rules, rest), "test");
      const instant = decideWithoutEvidence(policy, parseDockerImage("ghcr.io/team/app:v1"));
      assert.ok(instant);
      assert.equal(
        explainRejection(instant),
        `Source image rejected: Running image docker://ghcr.io/team/app:v1 is rejected by policy.${named}`,
      );
    });
  }
});

describe("rules of `images`", () => {
  it("stand in place of the default where one matches", () => {
    assert.deepEqual(select("ghcr.io/team/app:v1", { team: { globs: ["ghcr.io/team/**"] } }), {
      types: ["insecureAcceptAnything"],
      names: ["team"],
      isReplaced: true,
    });
  });

  it("leave images alone that none matches", () => {
    assert.deepEqual(select("ghcr.io/other/app:v1", { team: { globs: ["ghcr.io/team/**"] } }), {
      types: ["reject"],
      names: [],
      isReplaced: false,
    });
  });

  it("all hold that match, in their order, in place of a scope however specific", () => {
    const rules = {
      a: { globs: ["**"] },
      b: { globs: ["x"] },
      c: { globs: ["ghcr.io/**"], requirements: reject },
    };
    const rest = { transports: { docker: { "ghcr.io/team/app:v1": accept } } };
    assert.deepEqual(select("ghcr.io/team/app:v1", rules, rest), {
      types: ["insecureAcceptAnything", "reject"],
      names: ["a", "c"],
      isReplaced: true,
    });
  });

  it("that tighten are added to what holds without them", () => {
    const own = { globs: ["ghcr.io/**"], tightens: true };
    assert.deepEqual(select("ghcr.io/app:v1", { own }).types, ["reject", "insecureAcceptAnything"]);
    assert.deepEqual(select("ghcr.io/app:v1", { own, all: { globs: ["**"] } }).types, [
      "insecureAcceptAnything",
      "insecureAcceptAnything",
    ]);
  });

  it("that tell digests apart replace nothing for an image asked for by its tag", () => {
    const one = { globs: [`ghcr.io/app@${digest}`] };
    assert.deepEqual(select("ghcr.io/app:v1", { one }).types, ["reject", "insecureAcceptAnything"]);
    assert.deepEqual(select(`ghcr.io/app@${digest}`, { one }).types, ["insecureAcceptAnything"]);
    assert.deepEqual(select(`ghcr.io/app@sha256:${"6".repeat(64)}`, { one }).types, ["reject"]);
  });

  it("by scopes hold beside globs, and stand in place of the default and of scopes outside", () => {
    const both = { a: { globs: ["ghcr.io/**"] }, b: { scopes: ["ghcr.io/team"], requirements: reject } };
    const rest = { default: accept, transports: { docker: { "ghcr.io/team": accept, "quay.io": accept } } };
    assert.deepEqual(select("ghcr.io/team/app:v1", both, rest), {
      types: ["insecureAcceptAnything", "reject"],
      names: ["a", "b"],
      isReplaced: true,
    });
    const alone = { b: both.b };
    assert.deepEqual(select("ghcr.io/team/app:v1", alone, rest).types, ["reject"]);
    assert.deepEqual(select("ghcr.io/teammate/app:v1", alone, rest).names, []);
  });

  it("by scopes all hold that have the most specific one, and none with a wider one", () => {
    const rules = {
      wide: { scopes: ["ghcr.io", "ghcr.io/team/app/debug"] },
      one: { scopes: ["quay.io", "ghcr.io/team"] },
      two: { scopes: ["ghcr.io/team"], requirements: reject },
      domain: { scopes: ["*.io"] },
      all: { scopes: [""] },
    };
    assert.deepEqual(select("ghcr.io/team/app:v1", rules).names, ["one", "two"]);
    assert.deepEqual(select("ghcr.io/team/app/debug:v1", rules).names, ["wide"]);
    assert.deepEqual(select("ghcr.io/other:v1", rules).names, ["wide"]);
    assert.deepEqual(select("docker.io/app:v1", rules).names, ["domain"]);
    assert.deepEqual(select("localhost/app:v1", rules).names, ["all"]);
  });

  it("by scopes that tighten open nothing, though theirs be more specific", () => {
    const own = { scopes: ["ghcr.io/team/app"], tightens: true };
    const cluster = { scopes: ["ghcr.io"], requirements: reject };
    assert.deepEqual(select("ghcr.io/team/app:v1", { cluster, own }), {
      types: ["reject", "insecureAcceptAnything"],
      names: ["cluster", "own"],
      isReplaced: true,
    });
    assert.deepEqual(select("ghcr.io/team/app:v1", { own }), {
      types: ["reject", "insecureAcceptAnything"],
      names: ["own"],
      isReplaced: false,
    });
  });

  it("by scopes are about images in registries alone", () => {
    const rules = { all: { scopes: [""] } };
    const policy = parsePolicy(file(rules), "test");
    const subject = policySubject({ transport: "docker-archive", path: "/a.tar" } as never);
    assert.deepEqual(selectScope(policy, subject).rules, []);
  });

  it("know Docker Hub by the name upstream gives it", () => {
    const hub = { globs: ["index.docker.io/library/*"] };
    assert.deepEqual(select("busybox", { hub }).names, ["hub"]);
    assert.deepEqual(select("docker.io/library/busybox", { hub }).names, ["hub"]);
  });
});

describe("a rule is refused for", () => {
  const faults = (images: unknown) =>
    readPolicy(Buffer.from(JSON.stringify({ countersign: 1, default: reject, images }))).faults.map(
      ({ path, message }) => `${path}: ${message}`,
    );
  const rule = { globs: ["**"], requirements: accept };
  const rows: ReadonlyArray<readonly [why: string, images: unknown, fault: RegExp]> = [
    [
      "no globs",
      [{ requirements: accept }],
      /^images\[0\]: exactly one of \["globs" "scopes"\] is expected, and none is there/,
    ],
    ["no requirements", [{ globs: ["**"] }], /^images\[0\]: requirements is missing/],
    ["globs and scopes", [{ ...rule, scopes: ["a.example"] }], /^images\[0\]: exactly one of .* are there/],
    ["empty scopes", [{ scopes: [], requirements: accept }], /^images\[0\]\.scopes: there is nothing/],
    [
      "a scope twice",
      [{ scopes: ["a.example", "b.example", "a.example"], requirements: accept }],
      /^images\[0\]\.scopes\[2\]: the scope "a\.example" is here already$/,
    ],
    ["a scope that is none", [{ scopes: [1], requirements: accept }], /^images\[0\]\.scopes\[0\]: a text/],
    ["scopes as transports have them", [{ scopes: { "": accept } }], /^images\[0\]\.scopes: a list/],
    ["empty globs", [{ ...rule, globs: [] }], /^images\[0\]\.globs: there is nothing/],
    ["a glob that is none", [{ ...rule, globs: ["a?"] }], /^images\[0\]\.globs\[0\]: .*invalid glob/],
    ["empty requirements", [{ ...rule, requirements: [] }], /^images\[0\]\.requirements: /],
    [
      "a name twice",
      [
        { ...rule, name: "a" },
        { ...rule, name: "a" },
      ],
      /^images\[1\]\.name: there is another/,
    ],
    ["a member nobody knows", [{ ...rule, glob: "**" }], /^images\[0\]\.glob: Unknown key/],
    ["a flag that is a text", [{ ...rule, tightens: "true" }], /^images\[0\]\.tightens: true or false/],
    ["no rules at all", [], /^images: there is nothing/],
  ];
  for (const [why, images, fault] of rows) it(why, () => assert.match(faults(images).join("\n"), fault));

  it("a file without the marker", () => {
    const text = JSON.stringify({ default: reject, images: [rule] });
    assert.deepEqual(
      readPolicy(Buffer.from(text)).faults.map(({ message }) => message),
      [`Unknown key "images"`],
    );
  });
});

describe("what is told of a rule by scopes that is about an image", () => {
  const told = (rules: Readonly<Record<string, Rule>>, rest: object = {}) => {
    const policy = parsePolicy(file(rules, rest), "test");
    const selection = selectScope(policy, policySubject(parseDockerImage("app.example/shop:v1")));
    return [selectionName(selection), selection.tried];
  };
  const own = ["app.example/shop:v1", "app.example/shop", "app.example"];
  const byGlob = { globs: ["**"] };

  it("names its scope, and that scope is none that the file has not", () => {
    assert.deepEqual(told({ g: byGlob, x: { scopes: ["*.example", "other.example"] } }), [
      'images g, x by its scope "*.example"',
      own,
    ]);
  });

  it("calls none missing that a rule has but a narrower one's is taken for", () => {
    assert.deepEqual(told({ x: { scopes: [""] }, y: { scopes: ["app.example/shop"] } }), [
      'images y by its scope "app.example/shop"',
      own.slice(0, 1),
    ]);
  });

  it("nor one that a rule adds to, where what holds besides is of a wider scope", () => {
    const transports = { docker: { "": accept } };
    assert.deepEqual(told({ x: { scopes: ["app.example"], tightens: true } }, { transports }), [
      '; images x by its scope "app.example"',
      [...own.slice(0, 2), "*.example"],
    ]);
  });

  it("names the rule alone that matches by a glob", () => {
    assert.deepEqual(told({ g: byGlob }), ["images g", [...own, "*.example", ""]]);
  });
});
