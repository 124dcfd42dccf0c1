import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { isImageScope } from "@countersign/engine/cluster/image-scope";
import { scopesAround } from "@countersign/engine/cluster/policy-scope";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { parseRegistriesDFile } from "@countersign/sources/containers-config/load-registries-d";
import { joinRegistriesD } from "@countersign/sources/containers-config/registries-d";
import { parseKnownNamespaces } from "@countersign/sources/known-namespaces/known-namespaces";
import fc from "fast-check";
import { crioTarget } from "./crio-target.ts";
import { gatewayTarget } from "./gateway-target.ts";
import type { SyncTarget, TargetFiles } from "./sync-target.ts";

const rule = (name: string, glob: string, subjectRegExp = "^release@") =>
  JSON.stringify({
    name,
    globs: [glob],
    tightens: true,
    requirements: [
      {
        type: "sigstore",
        authorities: [
          {
            name: "ci",
            keyless: {
              trustedRoot: { path: "/root.json" },
              identities: [{ issuer: "https://issuer.example", subjectRegExp }],
            },
          },
        ],
        signedIdentity: { type: "digestOnly" },
      },
    ],
  });
const scopedAt = (scopes: readonly string[], name = "ClusterImagePolicy openshift", tightens = false) => {
  const signed = { type: "sigstoreSigned", keyData: "YQ==", signedIdentity: { type: "matchRepository" } };
  const docker = Object.fromEntries(scopes.map((scope) => [scope, [signed]]));
  return JSON.stringify({ name, ...(tightens && { tightens }), transports: { docker } });
};
const scoped = scopedAt(["scoped.example"]);
const signedEverywhere = JSON.stringify({
  name: "ClusterImagePolicy every",
  globs: ["**"],
  requirements: [
    {
      type: "sigstore",
      authorities: [{ name: "release", key: { data: "YQ==", hashAlgorithm: "sha256" } }],
      signedIdentity: { type: "digestOnly" },
    },
  ],
});
const setOf = (parts: Partial<PolicySet> = {}): PolicySet => ({
  base: JSON.stringify({ default: [{ type: "reject" }] }),
  rules: [rule("ClusterImagePolicy all", "all.example/**")],
  namespaces: new Map([
    ["shop", [rule("ImagePolicy shop/own", "own.example/**")]],
    ["lab", []],
  ]),
  ...parts,
});
const filesOf = ({ shared, namespaces }: TargetFiles): ReadonlyMap<string, string> =>
  new Map([
    ...shared,
    ...[...namespaces].map(([name, { path, content }]) => {
      assert.equal(basename(path), `${name}.json`);
      return [path, content] as const;
    }),
  ]);
const textOf = (made: TargetFiles, path: string): string =>
  filesOf(made).get(path) ?? assert.fail(`no ${path}`);

describe("gatewayTarget", () => {
  const target = gatewayTarget({
    policy: "/e/policy.json",
    directory: "/e/policies",
    namespaces: "/v/namespaces.json",
    registriesD: "/e/registries.d",
  });

  it("has a file for namespaces with policies of their own, which says those for all too, and patterns", async () => {
    const made = await target.files(setOf(), 7);
    assert.deepEqual([...filesOf(made).keys()], ["/e/policy.json", "/e/policies/shop.json"]);
    assert.match(textOf(made, "/e/policies/shop.json"), /all\.example[\s\S]*own\.example/);
    assert.doesNotMatch(textOf(made, "/e/policy.json"), /own\.example/);
  });

  it("names every namespace last, with the publication", async () => {
    const made = await target.files(setOf(), 7);
    const { last } = made;
    assert.deepEqual([...last.keys()], ["/v/namespaces.json"]);
    assert.equal(filesOf(made).has("/v/namespaces.json"), false);
    const known = parseKnownNamespaces(Buffer.from(last.get("/v/namespaces.json") ?? ""), "f");
    assert.deepEqual(known, { generation: 7, namespaces: new Set(["lab", "shop"]) });
  });

  it("refuses a namespace's images whose policies are none, and writes all others", async () => {
    const broken = rule("ImagePolicy lab/own", "own.example/**", "(");
    const shop = setOf().namespaces.get("shop") ?? [];
    const namespaces = new Map([
      ["shop", shop],
      ["lab", [broken]],
    ]);
    const made = await target.files(setOf({ namespaces }), 8);
    assert.deepEqual(JSON.parse(textOf(made, "/e/policies/lab.json")), { default: [{ type: "reject" }] });
    assert.match(textOf(made, "/e/policies/shop.json"), /own\.example/);
    assert.match(made.refused.get("lab") ?? "", /regular expression/);
  });

  it("writes nothing of a publication that is no policy for all", () =>
    assert.rejects(target.files(setOf({ rules: [rule("ClusterImagePolicy all", "a.example/**", "(")] }), 9), {
      code: "POLICY_INVALID",
    }));

  it("composes again what changed, and what a policy for all changes", async () => {
    const first = await target.files(setOf(), 1);
    assert.deepEqual(filesOf(await target.files(setOf(), 2)), filesOf(first));
    const namespaces = new Map([["shop", [rule("ImagePolicy shop/own", "other.example/**")]]]);
    const second = await target.files(setOf({ namespaces }), 3);
    assert.match(textOf(second, "/e/policies/shop.json"), /other\.example/);
    const third = await target.files(setOf({ namespaces, rules: [] }), 4);
    assert.doesNotMatch(textOf(third, "/e/policies/shop.json"), /all\.example/);
  });

  it("says where signatures are for requirements by scope", async () => {
    const made = await target.files(setOf({ rules: [scoped] }), 1);
    assert.match(textOf(made, "/e/registries.d/countersign.yaml"), /scoped\.example/);
  });
});

/** Scopes that each name a key of this many characters. */
const keyed = (name: string, scopes: readonly string[], length: number, tightens: boolean) =>
  JSON.stringify({
    ...{ name, tightens },
    transports: {
      docker: Object.fromEntries(
        scopes.map((scope) => [
          scope,
          [
            {
              type: "sigstoreSigned",
              keyData: "AAAA".repeat(length / 4),
              signedIdentity: { type: "matchRepository" },
            },
          ],
        ]),
      ),
    },
  });
const manyScopes = Array.from({ length: 256 }, (_, at) => `quay.io/t${at}`);

describe("a namespace whose policies would make a file that nobody can read", () => {
  it("is refused by the gateway's file, and no other is", async () => {
    const target = gatewayTarget({
      ...{ policy: "/e/policy.json", directory: "/e/policies" },
      ...{ namespaces: "/v/namespaces.json", registriesD: "/e/registries.d" },
    });
    const made = await target.files(
      setOf({
        namespaces: new Map([
          ["shop", [keyed("ImagePolicy shop/own", ["quay.io"], 17 * 1024 * 1024, true)]],
          ["lab", [rule("ImagePolicy lab/own", "own.example/**")]],
        ]),
      }),
      1,
    );
    assert.match(made.refused.get("shop") ?? "", /a gateway reads 16777216: let the policies have fewer/);
    assert.deepEqual(JSON.parse(textOf(made, "/e/policies/shop.json")), { default: [{ type: "reject" }] });
    assert.match(textOf(made, "/e/policies/lab.json"), /own\.example/);
    assert.deepEqual([...made.refused.keys()], ["shop"]);
  });

  it("is refused by CRI-O's file, and no other is", async () => {
    const target = crioTarget({
      ...{ policy: "/e/policy.json", directory: "/e/policies", registriesD: "/e/registries.d" },
    });
    const made = await target.files(
      setOf({
        rules: [keyed("ClusterImagePolicy all", manyScopes, 100, false)],
        namespaces: new Map([
          ["shop", [keyed("ImagePolicy shop/own", ["quay.io"], 60_000, true)]],
          ["lab", [keyed("ImagePolicy lab/own", ["quay.io"], 200, true)]],
        ]),
      }),
      1,
    );
    assert.match(made.refused.get("shop") ?? "", /repeated for each scope/);
    assert.deepEqual(JSON.parse(textOf(made, "/e/policies/shop.json")), { default: [{ type: "reject" }] });
    assert.deepEqual([...made.refused.keys()], ["shop"]);
    assert.match(textOf(made, "/e/policies/lab.json"), /quay\.io\/t255/);
  });
});

it("CRI-O's file for all namespaces that nobody could read is not made, and the node keeps what it has", () =>
  assert.rejects(
    crioTarget({
      ...{ policy: "/e/policy.json", directory: "/e/policies", registriesD: "/e/registries.d" },
    }).files(setOf({ rules: [keyed("ClusterImagePolicy all", manyScopes, 70_000, false)] }), 1),
    { code: "POLICY_INVALID", message: /more than 16777216 characters; let them have fewer scopes/ },
  ));

describe("crioTarget", () => {
  const target = crioTarget({
    policy: "/e/policy.json",
    directory: "/e/policies",
    registriesD: "/e/registries.d",
  });

  it("has strict files, and says first where signatures are", async () => {
    const made = await target.files(setOf({ rules: [scoped] }), 1);
    assert.deepEqual(
      [...filesOf(made).keys()],
      ["/e/registries.d/countersign.yaml", "/e/policy.json", "/e/policies/shop.json"],
    );
    for (const path of ["/e/policy.json", "/e/policies/shop.json"]) {
      assert.equal(textOf(made, path).includes('"countersign"'), false);
      parsePolicy(Buffer.from(textOf(made, path)), path);
    }
  });

  it("refuses what cannot be said there", async () => {
    const policy = JSON.parse(textOf(await target.files(setOf(), 1), "/e/policy.json"));
    assert.deepEqual(policy.transports.docker["all.example"], [{ type: "reject" }]);
  });

  it("leaves to other files of registries.d what they speak of, as a scope in two files voids all of them", async () => {
    const registriesD = await mkdtemp(join(tmpdir(), "cs-registries-d-"));
    try {
      const write = (name: string, text: string) => writeFile(join(registriesD, name), text);
      // as distributions ship it
      await write(
        "default.yaml",
        "default-docker:\n  lookaside-staging: file:///var/lib/containers/sigstore\n",
      );
      await write(
        "vendor.yaml",
        "docker:\n  all.example: {use-sigstore-attachments: true}\n  own.example: {}\n",
      );
      await write("broken.yaml", "docker: [");
      await write("countersign.yaml", "default-docker: {use-sigstore-attachments: true}\n");
      const rules = [signedEverywhere, scopedAt(["all.example", "own.example", "scoped.example"])];
      const beside = crioTarget({ policy: "/e/policy.json", directory: "/e/policies", registriesD });
      const { shared, elsewhere } = await beside.files(setOf({ rules }), 1);
      assert.deepEqual(
        shared.get(join(registriesD, "countersign.yaml")),
        'docker:\n  "scoped.example":\n    use-sigstore-attachments: true\n',
      );
      assert.deepEqual(
        new Map([...elsewhere].sort()),
        new Map([
          ["", join(registriesD, "default.yaml")],
          ["own.example", join(registriesD, "vendor.yaml")],
        ]),
      );
    } finally {
      await rm(registriesD, { recursive: true });
    }
  });
});

describe("one namespace's policy of every image, for CRI-O", () => {
  const target = crioTarget({
    ...{ policy: "/e/policy.json", directory: "/e/policies", registriesD: "/e/registries.d" },
  });
  const every = JSON.stringify({ ...JSON.parse(signedEverywhere), tightens: true });
  const made = (base: object, own: readonly string[]) => {
    const namespaces = new Map([
      ["tenant", own],
      ["shop", [scopedAt(["shop.example"], "ImagePolicy shop/own", true)]],
    ]);
    return target.files(setOf({ base: JSON.stringify({ default: [base] }), rules: [scoped], namespaces }), 1);
  };
  const everyImage = /^default-docker:/m;

  it("has signatures of all images looked for where images are let in otherwise, and changes nobody else's policy", async () => {
    const accept = { type: "insecureAcceptAnything" };
    const [without, withEvery] = [await made(accept, []), await made(accept, [every])];
    assert.doesNotMatch(textOf(without, "/e/registries.d/countersign.yaml"), everyImage);
    assert.match(textOf(withEvery, "/e/registries.d/countersign.yaml"), everyImage);
    for (const path of ["/e/policy.json", "/e/policies/shop.json"])
      assert.equal(textOf(withEvery, path), textOf(without, path));
  });

  it("has none looked for that the cluster does not, where images are refused otherwise", async () => {
    const reject = { type: "reject" };
    const [without, withEvery] = [await made(reject, []), await made(reject, [every])];
    const path = "/e/registries.d/countersign.yaml";
    assert.equal(textOf(withEvery, path), textOf(without, path));
  });
});

const targets: ReadonlyArray<readonly [name: string, target: (registriesD: string) => SyncTarget]> = [
  [
    "the gateway",
    (registriesD) =>
      gatewayTarget({
        ...{ policy: "/e/policy.json", directory: "/e/policies", registriesD },
        namespaces: "/v/namespaces.json",
      }),
  ],
  ["CRI-O", (registriesD) => crioTarget({ policy: "/e/policy.json", directory: "/e/policies", registriesD })],
];

for (const [reader, targetOf] of targets) {
  describe(`where ${reader} looks for signatures`, () => {
    const accept = JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] });
    const target = targetOf("/e/registries.d");
    const own = (name: string, scopes: readonly string[]) =>
      [name, [scopedAt(scopes, `ImagePolicy ${name}/own`, true)]] as const;
    const sections = async (made: TargetFiles) => {
      const path = "/e/registries.d/countersign.yaml";
      const text = made.shared.get(path) ?? "";
      const { docker, defaultDocker } = joinRegistriesD([await parseRegistriesDFile({ path, text })]);
      return { scopes: [...docker.keys()], defaultDocker };
    };

    // published by a controller that took any text for a scope
    const hostile = [
      "quay.io/a\u0080b",
      "quay.io/\u007f",
      "quay.io/\ufffe",
      "quay.io/\ud800",
      `quay.io/${"a".repeat(1100)}`,
      "@x",
      `@sha256:${"a".repeat(64)}`,
      "",
      "<<",
      "__proto__",
      "'\n\"",
    ];
    for (const scope of hostile) {
      it(`one namespace's ${JSON.stringify(scope).slice(0, 40)} is in nobody's way`, async () => {
        const namespaces = new Map([own("tenant", [scope]), own("shop", ["shop.example"])]);
        const made = await target.files(setOf({ base: accept, rules: [], namespaces }), 1);
        assert.deepEqual(await sections(made), { scopes: ["shop.example"], defaultDocker: undefined });
        assert.equal(made.refused.size, 0);
      });
    }

    it("ten thousand scopes of twenty namespaces are all read", async () => {
      const scopesOf = (name: string) => Array.from({ length: 500 }, (_, at) => `quay.io/${name}/${at}`);
      const names = Array.from({ length: 20 }, (_, at) => `ns${at}`);
      const namespaces = new Map(names.map((name) => own(name, scopesOf(name))));
      const made = await target.files(setOf({ base: accept, rules: [], namespaces }), 1);
      const { scopes } = await sections(made);
      assert.deepEqual(scopes, names.flatMap(scopesOf).sort());
      assert.equal(made.refused.size, 0);
    });

    it("scopes for which there is no room are said by what they are below, and judged as they are", async () => {
      const greedy = Array.from({ length: 10_001 }, (_, at) => `quay.io/greedy/${at}`);
      const namespaces = new Map([own("greedy", greedy), own("shop", ["shop.example"])]);
      const made = await target.files(setOf({ base: accept, rules: [], namespaces }), 1);
      assert.deepEqual((await sections(made)).scopes, ["quay.io/greedy", "shop.example"]);
      assert.equal(made.refused.size, 0);
      const policy = textOf(made, "/e/policies/greedy.json");
      assert.match(policy, /quay\.io\/greedy\/10000"/);
      assert.doesNotMatch(policy, /quay\.io\/greedy"/);
    });

    it("a namespace for whose registries there is no room is refused, and no other", async () => {
      const greedy = Array.from({ length: 10_001 }, (_, at) => `greedy${at}.example`);
      const namespaces = new Map([own("greedy", greedy), own("shop", ["shop.example"])]);
      const made = await target.files(setOf({ base: accept, rules: [], namespaces }), 1);
      assert.deepEqual((await sections(made)).scopes, ["shop.example"]);
      assert.match(made.refused.get("greedy") ?? "", /10001 registries/);
      assert.deepEqual([...made.withoutRoom], ["greedy"]);
      assert.deepEqual(JSON.parse(textOf(made, "/e/policies/greedy.json")), {
        default: [{ type: "reject" }],
      });
      assert.match(textOf(made, "/e/policies/shop.json"), /shop\.example/);
    });

    it("nothing is written when there is no room for those that hold for all", async () => {
      const rules = [scopedAt(Array.from({ length: 10_001 }, (_, at) => `all${at}.example`))];
      await assert.rejects(target.files(setOf({ base: accept, rules, namespaces: new Map() }), 1), {
        code: "POLICY_INVALID",
        message: /registries\.d/,
      });
    });

    it("is what the policies' scopes hold, whatever policies there are", async () => {
      const scope = fc.constantFrom(
        ...["quay.io", "quay.io/a", "quay.io/a/b", "quay.io/a:v1", "*.io", "a.example:5000/x"],
        ...[`quay.io/d@sha256:${"a".repeat(64)}`, "localhost/a", ...hostile],
      );
      const scopeLists = fc.uniqueArray(scope, { minLength: 1, maxLength: 5 });
      await fc.assert(
        fc.asyncProperty(scopeLists, scopeLists, async (a, b) => {
          const namespaces = new Map([own("a", a), own("b", b)]);
          const made = await target.files(setOf({ base: accept, rules: [], namespaces }), 1);
          const { scopes, defaultDocker } = await sections(made);
          const meant = new Set([...a, ...b].filter(isImageScope).map((one) => one.replace(/@.*/, "")));
          const around = (one: string) => scopesAround(one).some(([outer]) => meant.has(outer));
          assert.deepEqual(scopes, [...meant].filter((one) => !around(one)).sort());
          assert.equal(defaultDocker, undefined);
        }),
      );
    });
  });
}
