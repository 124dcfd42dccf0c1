import assert from "node:assert/strict";
import { cp } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { main } from "../../main.ts";
import { recordingTerminal } from "../../terminal.ts";

const kit = createSigningKit();

let root: TemporaryRoot;
let registry: TestRegistry;

const accept = [{ type: "insecureAcceptAnything" }];
const reject = [{ type: "reject" }];
const signed = [
  { type: "sigstoreSigned", keyPath: "/etc/keys/release.pub", signedIdentity: { type: "matchRepository" } },
];

before(async () => {
  root = temporaryRoot();
  registry = await startRegistry();
  const { address } = registry;
  const { digest } = registry.image("shop/app:v1");
  const image = { digest, reference: `${address}/shop/app` };
  registry.attachSignatures("shop/app", digest, [kit.sign(kit.key("release"), image)]);
  registry.image("shop/app:v2", { files: { "v2.txt": "two" } });
  root.write("registries.conf", `[[registry]]\nlocation = "${address}"\ninsecure = true\n`);
  root.write("registries.d/all.yaml", "default-docker: {use-sigstore-attachments: true}\n");
  policy("lax.json", { default: accept });
  policy("strict.json", { default: reject });
  policy("shop.json", { default: reject, transports: { docker: { HOST: accept, "HOST/shop": signed } } });
  policy("shop-open.json", { default: reject, transports: { docker: { HOST: accept } } });
  policy("shop-spelt.json", {
    transports: {
      docker: {
        "HOST/shop": [{ ...signed[0], keyPath: undefined, keyPaths: ["/etc/keys/release.pub"] }],
        HOST: accept,
      },
    },
    default: reject,
  });
  root.write("broken.json", "{");
});

after(async () => {
  await registry.close();
  root[Symbol.dispose]();
});

function policy(name: string, content: object): string {
  return root.write(name, JSON.stringify(content).replaceAll("HOST", registry.address));
}

async function diff(...argv: string[]) {
  const io = recordingTerminal({ HOME: root.path });
  const path = (name: string) => (name.startsWith("~/") ? join(root.path, name.slice(2)) : name);
  const registries = [
    "--registries-conf",
    path("~/registries.conf"),
    "--registries-d",
    path("~/registries.d"),
  ];
  const named = argv.map((word) => path(word.replaceAll("HOST", registry.address)));
  await main(["policy", "diff", ...registries, ...named], io);
  const plain = (text: string) => text.replaceAll(registry.address, "HOST").replaceAll(root.path, "~");
  return { exitCode: io.said.exitCode, out: plain(io.said.out), err: plain(io.said.err) };
}

const signedWords = "a cosign signature by the key in /etc/keys/release.pub, made for this repository";

describe("countersign policy diff of two files", () => {
  it("tells by scopes what is asked for otherwise", async () => {
    const { out, exitCode } = await diff("~/shop.json", "~/shop-open.json");
    assert.equal(
      out,
      `loosened  docker "HOST/shop"
          before ~/shop.json, "HOST/shop"
                 1. ${signedWords}
          after  ~/shop-open.json, "HOST"
                 1. anything is accepted, signed or not
1 of 3 changes
`,
    );
    assert.equal(exitCode, 1);
  });

  it("finds nothing in what is only written in another way, and exits 0", async () => {
    const { out, exitCode } = await diff("~/shop.json", "~/shop-spelt.json");
    assert.equal(out, "nothing changes\n");
    assert.equal(exitCode, 0);
  });

  it("tells for images what is asked for otherwise, without evidence", async () => {
    const { out, exitCode } = await diff(
      "~/shop-open.json",
      "~/shop.json",
      "HOST/shop/app:v1",
      "HOST/tool:v1",
    );
    assert.equal(
      out,
      `tightened HOST/shop/app:v1
          before ~/shop-open.json, scope docker "HOST"
                 1. anything is accepted, signed or not
          after  ~/shop.json, scope docker "HOST/shop"
                 1. ${signedWords}
1 of 2 changes
`,
    );
    assert.equal(exitCode, 1);
  });

  it("takes images from a list", async () => {
    root.write("images.txt", `# what we run\n${registry.address}/shop/app:v1\n\n  busybox\n`);
    const { out } = await diff("~/shop.json", "~/lax.json", "--images", "~/images.txt");
    assert.match(out, /^loosened {2}HOST\/shop\/app:v1$/m);
    assert.match(out, /^loosened {2}busybox$/m);
    assert.match(out, /^2 of 2 change$/m);
  });

  it("tells answers that change, by the registry, and those that do not", async () => {
    root.write("etc-keys/release.pub", kit.key("release").publicKeyPem);
    const key = join(root.path, "etc-keys/release.pub");
    const withKey = [{ ...signed[0], keyPath: key }];
    policy("live.json", { default: reject, transports: { docker: { "HOST/shop": withKey } } });
    const { out, exitCode } = await diff(
      ...["~/lax.json", "~/live.json", "--evidence", "live"],
      ...["HOST/shop/app:v1", "HOST/shop/app:v2", "HOST/shop/gone:v1"],
    );
    const heads = out.split("\n").filter((line) => /^\S/.test(line));
    assert.deepEqual(heads, [
      "as before HOST/shop/app:v1: allowed, though what is asked is tightened",
      "tightened HOST/shop/app:v2: allowed → denied (SIGNATURE_MISSING)",
      "tightened HOST/shop/gone:v1: undecided (REGISTRY_NOT_FOUND), before and after",
      "1 of 3 changes, 1 is answered as before, 1 could not be told",
    ]);
    assert.match(out, /^ {17}Source image rejected: A signature was required, but no signature exists$/m);
    assert.equal(exitCode, 1);
  });

  it("judges as if nothing were signed", async () => {
    const { out } = await diff("~/shop.json", "~/strict.json", "--evidence", "unsigned", "HOST/shop/app:v1");
    assert.match(
      out,
      /^as before HOST\/shop\/app:v1: denied \(POLICY_REJECTS\), though what is asked is tightened$/m,
    );
    assert.match(out, /^nothing changes, 1 is answered as before$/m);
  });

  it("prints JSON", async () => {
    const argv = ["--output", "json", "--evidence", "unsigned", "~/strict.json", "~/lax.json", "busybox"];
    const [only] = JSON.parse((await diff(...argv)).out);
    const [file, applies] = ["~/lax.json", "its default (no scope of the policy names this image)"];
    const words = "anything is accepted, signed or not";
    assert.deepEqual(only, {
      image: "busybox",
      namespace: null,
      changed: true,
      requirements: "loosened",
      otherKeys: [],
      before: only.before,
      after: {
        ...{ file, applies },
        requirements: [{ type: "insecureAcceptAnything", mode: "enforce", words }],
        answer: { decision: "allowed", code: "", message: "" },
      },
    });
    const [{ scope }] = JSON.parse((await diff("--output", "json", "~/strict.json", "~/lax.json")).out);
    assert.equal(scope, "all other images");
  });
});

describe("countersign policy diff of images without a registry in their names", () => {
  const byRegistriesConf = async (registriesConf: string, ...argv: readonly string[]) => {
    const io = recordingTerminal({ HOME: root.path });
    const conf = root.write("short-names.conf", registriesConf.replaceAll("HOST", registry.address));
    const policies = ["shop-open.json", "shop.json"].map((name) => join(root.path, name));
    const flags = ["--registries-conf", conf, "--short-names", "registries.conf"];
    await main(["policy", "diff", ...flags, ...policies, ...argv], io);
    return { ...io.said, err: io.said.err.replaceAll(registry.address, "HOST") };
  };

  it("goes by what registries.conf says they mean, in a list too", async () => {
    const aliases = '[aliases]\napp = "HOST/shop/app"\n';
    const list = root.write("short.txt", "app:v1\n");
    for (const named of [["app:v1"], ["--images", list]]) {
      const { out, exitCode } = await byRegistriesConf(aliases, ...named);
      assert.match(out, /^tightened app:v1\n/);
      assert.equal(exitCode, 1);
    }
  });

  it("refuses those that may be of several registries, each once", async () => {
    const search = 'unqualified-search-registries = ["HOST", "other.example"]\n';
    const { err, exitCode } = await byRegistriesConf(search, "app:v1", "app:v1", "tool:v1");
    const line = (name: string) =>
      `${name} may be any of docker://HOST/${name}, docker://other.example/${name}: write the one that is meant\n`;
    assert.ok(err.endsWith(line("app:v1") + line("tool:v1")), err);
    assert.equal(exitCode, 2);
  });

  it("says which of many names has no one meaning, and what to do", async () => {
    const enforcing =
      'short-name-mode = "enforcing"\nunqualified-search-registries = ["HOST", "other.example"]\n';
    const { err } = await byRegistriesConf(
      `${enforcing}[aliases]\napp = "HOST/shop/app"\n`,
      "app:v1",
      "tool:v1",
    );
    assert.equal(
      err,
      "countersign: tool:v1: short-name resolution enforced but cannot prompt without a TTY: write the image's name with its registry, or add an alias to registries.conf\n",
    );
  });

  it("refuses to go by containerd and CRI-O at once", async () => {
    const { err, exitCode } = await byRegistriesConf("", "--registry-config-path", root.path, "app:v1");
    assert.match(err, /--short-names registries\.conf is for CRI-O/);
    assert.equal(exitCode, 2);
  });
});

describe("countersign policy diff of policies with rules", () => {
  const rule = (globs: readonly string[], more: object = {}) => ({
    countersign: 1,
    default: reject,
    images: [{ name: "ClusterImagePolicy mirrors", globs, requirements: accept, ...more }],
  });

  before(() => {
    policy("k8s.json", rule(["registry.k8s.io/**"]));
    policy("all.json", rule(["**"]));
    policy("twice.json", rule(["registry.k8s.io/**", "registry.k8s.io/**"]));
    policy("tightens.json", rule(["**"], { tightens: true }));
    policy("many.json", rule(Array.from({ length: 20 }, (_, at) => `r${at}.example/**`)));
    const [first = "", ...others] = Array.from({ length: 20 }, (_, at) => `r${at}.example/**`);
    policy("many-other.json", rule([first, ...others.slice(0, -1), "last.example/**"]));
  });

  it("tells a glob that is wider now", async () => {
    const { out, exitCode } = await diff("~/k8s.json", "~/all.json");
    assert.equal(
      out,
      `loosened  images that ClusterImagePolicy mirrors is about
          before ~/k8s.json, rule ClusterImagePolicy mirrors for registry.k8s.io/**
                 1. anything is accepted, signed or not
          after  ~/all.json, rule ClusterImagePolicy mirrors for **
                 1. anything is accepted, signed or not
1 of 2 changes
`,
    );
    assert.equal(exitCode, 1);
  });

  it("says so in JSON", async () => {
    const [, mirrors] = JSON.parse((await diff("--output", "json", "~/all.json", "~/k8s.json")).out);
    const { scope, changed, requirements } = mirrors;
    assert.deepEqual(
      { scope, changed, requirements },
      { scope: "images that ClusterImagePolicy mirrors is about", changed: true, requirements: "tightened" },
    );
  });

  it("tells a rule that only adds to what else holds", async () => {
    const { out } = await diff("~/all.json", "~/tightens.json");
    assert.match(out, /^tightened images that ClusterImagePolicy mirrors is about$/m);
    assert.match(out, /after {2}~\/tightens\.json, rule .* for \*\*, besides what holds without it$/m);
  });

  it("names first, of many globs, those that the other side has not", async () => {
    const { out } = await diff("~/many.json", "~/many-other.json");
    assert.match(out, /before .* for r19\.example\/\*\* r0\.example\/\*\* .* and 12 more$/m);
    assert.match(out, /after .* for last\.example\/\*\* r0\.example\/\*\* .* and 12 more$/m);
  });

  it("finds nothing in a glob that is there twice", async () => {
    assert.equal((await diff("~/k8s.json", "~/twice.json")).out, "nothing changes\n");
  });
});

describe("countersign policy diff of directories of namespaces", () => {
  before(() => {
    policy("old/lab.json", { default: accept });
    policy("old/gone.json", { default: accept });
    policy("new/lab.json", { default: reject });
    policy("new/extra.json", { default: reject });
  });

  it("tells what changes for which namespace, and where the policy of all others is not known", async () => {
    const { out, exitCode } = await diff("~/old", "~/new");
    assert.equal(
      out,
      `changed   all other images (namespace extra)
          before no policy: whichever else is in force holds
          after  ~/new/extra.json, its default
                 1. nothing is accepted
changed   all other images (namespace gone)
          before ~/old/gone.json, its default
                 1. anything is accepted, signed or not
          after  no policy: whichever else is in force holds
tightened all other images (namespace lab)
          before ~/old/lab.json, its default
                 1. anything is accepted, signed or not
          after  ~/new/lab.json, its default
                 1. nothing is accepted
3 of 3 change
`,
    );
    assert.equal(exitCode, 1);
  });

  it("compares with the policy of all others, if it is named", async () => {
    const { out } = await diff("~/old", "~/new", "--signature-policy", "~/strict.json", "busybox");
    const heads = out.split("\n").filter((line) => /^\S/.test(line));
    assert.deepEqual(heads, [
      "tightened busybox (namespace gone)",
      "tightened busybox (namespace lab)",
      "2 of 4 change",
    ]);
  });

  it("asks for one namespace alone, if it is named", async () => {
    const { out } = await diff("~/old", "~/new", "--namespace", "lab", "busybox");
    assert.match(out, /^1 of 1 changes$/m);
  });
});

describe("countersign policy diff of two checkouts of a repository", () => {
  const table = (rows: string) =>
    `policy: policy.json\npolicies: policies\ntrustFiles: {/etc/keys: keys}\nevidence: evidence\nimages:\n${rows}`;

  before(async () => {
    policy("then/policy.json", { default: reject, transports: { docker: { "HOST/shop": signed } } });
    policy("then/policies/lab.json", { default: accept });
    root.write("then/keys/release.pub", kit.key("release").publicKeyPem);
    const rows = `
  - {image: "${registry.address}/shop/app:v1", expect: allowed}
  - {image: "${registry.address}/shop/app:v2", expect: denied}
  - {image: "${registry.address}/shop/app:v2", namespace: lab, expect: allowed}
`;
    const images = root.write("then/images.yaml", table(rows));
    const io = recordingTerminal({ HOME: root.path });
    const registries = ["--registries-conf", join(root.path, "registries.conf")];
    const storage = ["--registries-d", join(root.path, "registries.d")];
    const record = ["--record", join(root.path, "then/evidence")];
    await main(["policy", "test", ...registries, ...storage, ...record, images], io);
    assert.equal(io.said.exitCode, 0, io.said.out + io.said.err);
  });

  const checkout = (name: string) => cp(join(root.path, "then"), join(root.path, name), { recursive: true });
  const compare = (name: string) => diff("~/then", `~/${name}`, "--images", `~/${name}/images.yaml`);

  it("finds nothing where nothing changed, and asks nobody", async () => {
    await checkout("unchanged");
    const before = registry.requests.length;
    assert.deepEqual(await compare("unchanged"), { exitCode: 0, out: "nothing changes\n", err: "" });
    assert.equal(registry.requests.length, before);
  });

  it("tells the answers that change for all namespaces", async () => {
    await checkout("stricter");
    policy("stricter/policies/lab.json", { default: reject });
    const { out, exitCode } = await compare("stricter");
    assert.equal(
      out,
      `tightened HOST/shop/app:v2 (namespace lab): allowed → denied (POLICY_REJECTS)
          before ~/then/policies/lab.json, its default (no scope of the policy names this image)
                 1. anything is accepted, signed or not
          after  ~/stricter/policies/lab.json, its default (no scope of the policy names this image)
                 1. nothing is accepted
                 Source image rejected: Running image docker://HOST/shop/app:v2 is rejected by policy.
1 of 3 changes
`,
    );
    assert.equal(exitCode, 1);
  });

  it("notices a key that was replaced in its place", async () => {
    await checkout("rotated");
    root.write("rotated/keys/release.pub", kit.key("next").publicKeyPem);
    const { out, exitCode } = await compare("rotated");
    assert.match(out, /^changed {3}HOST\/shop\/app:v1: allowed → denied \(SIGNATURE_NOT_ACCEPTED\)$/m);
    assert.match(
      out,
      /^as before HOST\/shop\/app:v2: denied \(SIGNATURE_MISSING\), though what is asked is changed$/m,
    );
    assert.match(out, /^ {10}keys {3}\/etc\/keys\/release\.pub holds something else now$/m);
    assert.equal(exitCode, 1);
  });
});

describe("countersign policy diff exits", () => {
  const rows: ReadonlyArray<readonly [code: number, why: string, argv: readonly string[], said: RegExp]> = [
    [2, "without a second policy", ["~/lax.json"], /missing required argument 'new'/],
    [
      2,
      "for a policy that is not there",
      ["~/lax.json", "~/none.json"],
      /open ~\/none\.json: no such file or directory/,
    ],
    [
      2,
      "for a policy that does not parse",
      ["~/lax.json", "~/broken.json"],
      /invalid policy in "~\/broken\.json"/,
    ],
    [
      2,
      "for a file and a directory",
      ["~/lax.json", "~/registries.d"],
      /compare two files or two directories: ~\/lax\.json is a file, ~\/registries\.d a directory/,
    ],
    [
      2,
      "for a third policy",
      ["~/lax.json", "~/strict.json", "--signature-policy", "~/shop.json"],
      /--signature-policy: the policies are the two that are compared/,
    ],
    [
      2,
      "for evidence of no image",
      ["~/lax.json", "~/strict.json", "--evidence", "live"],
      /--evidence: name images to judge/,
    ],
    [
      2,
      "for a name that is none",
      ["~/lax.json", "~/strict.json", "UPPER/x"],
      /repository name must be lowercase/,
    ],
    [
      2,
      "for a list with a name that is none",
      ["~/lax.json", "~/strict.json", "--images", "~/list.txt"],
      /~\/list\.txt:2: "UPPER\/x": invalid reference format/,
    ],
    [
      2,
      "for a namespace that is none",
      ["~/lax.json", "~/strict.json", "--namespace", "../x"],
      /is not the name of a namespace/,
    ],
    [
      2,
      "for evidence that is not there, of which nobody can tell",
      ["~/lax.json", "~/strict.json", "--evidence", "~/nowhere", "busybox"],
      /undecided \(EVIDENCE_UNUSABLE\), before and after/,
    ],
    [
      3,
      "for a registry that does not answer",
      ["~/lax.json", "~/strict.json", "--evidence", "live", "127.0.0.1:1/x"],
      /nothing changes, 1 could not be told/,
    ],
  ];
  before(() => root.write("list.txt", "busybox\nUPPER/x\n"));
  for (const [code, why, argv, said] of rows) {
    it(`${code} ${why}`, async () => {
      const { out, err, exitCode } = await diff(...argv);
      assert.match(out + err, said);
      assert.equal(exitCode, code);
    });
  }
});
