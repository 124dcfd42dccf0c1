import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { main } from "../main.ts";
import { recordingTerminal } from "../terminal.ts";

const pem = createSigningKey("release").publicKeyPem;
const indented = pem.trim().replaceAll("\n", "\n        ");

const clusterPolicy = `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata:
  name: signed
spec:
  images:
  - glob: ghcr.io/team/**
  authorities:
  - name: release
    key:
      data: |
        ${indented}
`;
const namespacePolicy = `apiVersion: policy.countersign.dev/v1alpha1
kind: ImagePolicy
metadata: {name: attested, namespace: shop}
spec:
  images: [{glob: "ghcr.io/team/**"}]
  authorities:
  - key: {secretRef: {name: ci}}
    attestations:
    - {name: built, predicateType: slsaprovenance1, policy: {type: cue, data: "a: 1"}}
`;
const openShiftPolicy = `apiVersion: config.openshift.io/v1
kind: ClusterImagePolicy
metadata: {name: openshift}
spec:
  scopes: [quay.io, ghcr.io]
  policy:
    rootOfTrust: {policyType: PublicKey, publicKey: {keyData: ${Buffer.from(pem).toString("base64")}}}
    signedIdentity: {matchPolicy: MatchRepository}
`;
const secret = `apiVersion: v1
kind: Secret
metadata: {name: ci}
data: {cosign.pub: ${Buffer.from(pem).toString("base64")}}
`;

async function compile(files: Readonly<Record<string, string>>, ...flags: readonly string[]) {
  const named = Object.keys(files).flatMap((name) => ["-f", name]);
  return await compileNamed(files, named, "", ...flags);
}

/** @param named flags with names of these files, or `-` for `input` */
async function compileNamed(
  files: Readonly<Record<string, string>>,
  names: readonly string[],
  input: string,
  ...flags: readonly string[]
) {
  using root = temporaryRoot();
  for (const [name, content] of Object.entries(files)) root.write(name, content);
  const io = recordingTerminal({}, undefined, input);
  const named = names.map((name) => (name.startsWith("-") ? name : join(root.path, name)));
  const out = join(root.path, flags.includes("--into-a-file") ? (Object.keys(files)[0] ?? "") : "out");
  await main(["compile", ...named, "--out", out, ...flags.filter((flag) => flag !== "--into-a-file")], io);
  const written = (name: string) => {
    const path = join(out, name);
    return existsSync(path) ? readFileSync(path, "utf8") : undefined;
  };
  const mayBe = ["policy.json", "policies/shop.json", "registries.d/countersign.yaml"];
  return { ...io.said, files: Object.fromEntries(mayBe.map((name) => [name, written(name)])) };
}

describe("countersign compile", () => {
  it("writes the files of a node for the gateway, and exits 0 when all of it is enforced", async () => {
    const { exitCode, out, files } = await compile({ "policies.yaml": clusterPolicy });
    assert.equal(exitCode, 0, out);
    assert.match(out, /^enforced {2}ClusterImagePolicy signed\nfile {6}policy\.json\n$/);
    const policy = parsePolicy(Buffer.from(files["policy.json"] ?? ""), "policy.json");
    assert.deepEqual(
      policy.images.map(({ name }) => name),
      ["ClusterImagePolicy signed"],
    );
    assert.deepEqual(policy.default, [{ type: "reject" }]);
  });

  it("exits 1 for what cannot be enforced, which then accepts nothing", async () => {
    const { exitCode, out, files } = await compile({
      "all.yaml": [clusterPolicy, namespacePolicy, secret].join("---\n"),
    });
    assert.equal(exitCode, 1, out);
    assert.match(
      out,
      /in part {3}ImagePolicy shop\/attested\n +refuses: \S+all\.yaml:25:62 spec\.authorities\[0\]\.attestations\[0\]\.policy\.type: .*no engine for cue/,
    );
    const { images } = parsePolicy(Buffer.from(files["policies/shop.json"] ?? ""), "shop.json");
    assert.deepEqual(
      images.map(({ name, tightens }) => [name, tightens]),
      [
        ["ClusterImagePolicy signed", false],
        ["ImagePolicy shop/attested", true],
      ],
    );
  });

  it("says where a policy names a namespace that no Secret is read in, and what to do", async () => {
    const elsewhere = namespacePolicy
      .replace("ImagePolicy\n", "ClusterImagePolicy\n")
      .replace("policy.countersign.dev/v1alpha1", "policy.sigstore.dev/v1beta1")
      .replace(", namespace: shop", "")
      .replace("name: ci}", "name: ci, namespace: shop}")
      .replace(/ +attestations:[\s\S]*/, "");
    const { exitCode, out } = await compile({ "all.yaml": [elsewhere, secret].join("---\n") });
    assert.equal(exitCode, 1, out);
    assert.match(
      out,
      /^in part {3}ClusterImagePolicy attested\n {10}ignored: \S+all\.yaml:7:\d+ spec\.authorities\[0\]\.key\.secretRef\.namespace: Secrets are read in countersign-system alone: .* have it in countersign-system, and leave/,
    );
    const json = await compile({ "all.yaml": [elsewhere, secret].join("---\n") }, "--output", "json");
    const [shortcoming] = JSON.parse(json.out).policies[0].shortcomings;
    assert.deepEqual([shortcoming.effect, shortcoming.line], ["ignored", 7]);
    assert.match(shortcoming.file, /all\.yaml$/);
    const here = elsewhere.replace("namespace: shop", "namespace: countersign-system");
    assert.equal((await compile({ "all.yaml": [here, secret].join("---\n") })).exitCode, 0);
  });

  it("hints at logs of a TrustRoot that no node reads", async () => {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const log = (name: string, hash: string) =>
      `{baseURL: "https://${name}.example", hashAlgorithm: ${hash}, publicKey: ${base64(pem)}}`;
    const trustRoot = `apiVersion: policy.sigstore.dev/v1alpha1
kind: TrustRoot
metadata: {name: ours}
spec:
  sigstoreKeys:
    certificateAuthorities: [{uri: "https://f.example", certChain: ${base64(createSigningKit().fulcio.caPem)}}]
    tLogs: [${log("rekor", "sha256")}, ${log("rekor-sha384", "sha384")}]
    ctLogs: [${log("ct-sha512", "sha512")}]
`;
    const { exitCode, out } = await compile({ "all.yaml": [clusterPolicy, trustRoot].join("---\n") });
    assert.equal(exitCode, 0, out);
    assert.deepEqual(
      out.split("\n").filter((line) => line.startsWith("hint")),
      [
        'hint      TrustRoot ours: tLogs[1]: the log "https://rekor-sha384.example" is left out, as its hashes are SHA2_384, and not SHA2_256: name another one besides, or what it alone vouches for is refused',
        'hint      TrustRoot ours: ctLogs[0]: the log "https://ct-sha512.example" is left out, as its hashes are SHA2_512, and not SHA2_256: name another one besides, or what it alone vouches for is refused',
      ],
    );
  });

  it("writes what OpenShift's policies demand beside a glob, and `policy show` names both", async () => {
    const both = { "policies.yaml": [clusterPolicy, openShiftPolicy].join("---\n") };
    const { exitCode, out, files } = await compile(both);
    assert.equal(exitCode, 0, out);
    using root = temporaryRoot();
    const policy = root.write("policy.json", files["policy.json"] ?? "");
    const show = async (image: string) => {
      const io = recordingTerminal();
      await main(["policy", "show", "--signature-policy", policy, image, "--output", "json"], io);
      const [shown] = JSON.parse(io.said.out);
      return [shown.policy.rules, shown.requirements.map((one: { type: string }) => one.type)];
    };
    assert.deepEqual(await show("ghcr.io/team/app:v1"), [
      ["ClusterImagePolicy openshift", "ClusterImagePolicy signed"],
      ["sigstoreSigned", "sigstore"],
    ]);
    assert.deepEqual(await show("quay.io/app:v1"), [["ClusterImagePolicy openshift"], ["sigstoreSigned"]]);
    assert.deepEqual(await show("other.example/app:v1"), [[], ["reject"]]);
    const alone = await compile({ "policies.yaml": openShiftPolicy });
    assert.deepEqual(Object.keys(JSON.parse(alone.files["policy.json"] ?? "").transports.docker), [
      "ghcr.io",
      "quay.io",
    ]);
  });

  it("writes strict files for CRI-O, and says what these cannot say", async () => {
    const { exitCode, out, files } = await compile({ "policies.yaml": clusterPolicy }, "--target", "crio");
    assert.equal(exitCode, 1);
    assert.match(out, /the glob ghcr\.io\/team\/\*\* leaves out the repository ghcr\.io\/team itself/);
    const { transports } = JSON.parse(files["policy.json"] ?? "");
    assert.deepEqual(transports.docker["ghcr.io/team"], [{ type: "reject" }]);
  });

  describe("of a namespace that asks much of a registry in which the cluster has many scopes", () => {
    const openShift = (
      head: string,
      scopes: readonly string[],
      key: string,
    ) => `apiVersion: config.openshift.io/v1
kind: ${head}
spec:
  scopes: [${scopes.join(", ")}]
  policy:
    rootOfTrust: {policyType: PublicKey, publicKey: {keyData: ${Buffer.from(key).toString("base64")}}}
`;
    const scopes = Array.from({ length: 256 }, (_, at) => `quay.io/t${at}`);
    const large = `${pem}${"# ".repeat(20 * 1024)}`;
    const policies = [
      openShift("ClusterImagePolicy\nmetadata: {name: all}", scopes, pem),
      openShift("ImagePolicy\nmetadata: {name: one, namespace: shop}", ["quay.io"], large),
      openShift("ImagePolicy\nmetadata: {name: two, namespace: shop}", ["quay.io"], large),
    ].join("---\n");

    it("says each policy once to the gateway", async () => {
      const { exitCode, out, files } = await compile({ "policies.yaml": policies });
      assert.equal(exitCode, 0, out);
      const shop = files["policies/shop.json"] ?? "";
      assert.ok(shop.length < 256 * 1024, `${shop.length}`);
      assert.equal(parsePolicy(Buffer.from(shop), "shop.json").images.length, 3);
    });

    it("refuses the namespace's images where CRI-O would need a huge file, and says so", async () => {
      const { exitCode, out, files } = await compile({ "policies.yaml": policies }, "--target", "crio");
      assert.equal(exitCode, 1, out);
      assert.match(out, /^enforced {2}ClusterImagePolicy all$/m);
      for (const name of ["one", "two"]) {
        const told = `refused {3}ImagePolicy shop/${name}\n +refuses: .*repeated for each scope .*every image of the namespace is refused`;
        assert.match(out, new RegExp(told));
      }
      assert.deepEqual(JSON.parse(files["policies/shop.json"] ?? ""), { default: [{ type: "reject" }] });
      assert.equal(Object.keys(JSON.parse(files["policy.json"] ?? "").transports.docker).length, 256);
    });
  });

  it("writes for CRI-O what it can do as the policy says", async () => {
    const both = clusterPolicy.replace("  authorities:", '  - glob: "ghcr.io/team@*"\n  authorities:');
    const { exitCode, out, files } = await compile({ "policies.yaml": both }, "--target", "crio");
    assert.equal(exitCode, 1);
    assert.match(
      out,
      /^in part {3}ClusterImagePolicy signed\n {10}stricter: signatures must name the image's own repository/,
    );
    const { transports } = JSON.parse(files["policy.json"] ?? "");
    assert.deepEqual(transports.docker["ghcr.io/team"], [
      {
        type: "sigstoreSigned",
        keyData: Buffer.from(`${pem.trim()}\n`).toString("base64"),
        signedIdentity: { type: "matchRepository" },
      },
    ]);
    assert.equal(
      files["registries.d/countersign.yaml"],
      'docker:\n  "ghcr.io/team":\n    use-sigstore-attachments: true\n',
    );
  });

  const ofTenant = (scopes: readonly string[], name = "own") =>
    JSON.stringify({
      apiVersion: "config.openshift.io/v1",
      kind: "ImagePolicy",
      metadata: { name, namespace: "shop" },
      spec: {
        scopes,
        policy: {
          rootOfTrust: {
            policyType: "PublicKey",
            publicKey: { keyData: Buffer.from(pem).toString("base64") },
          },
        },
      },
    });

  for (const target of ["gateway", "crio"]) {
    it(`tells of scopes that no image is of where they are, for ${target}`, async () => {
      const scopes = ["quay.io", "quay.io/a\u0080b", `quay.io/${"a".repeat(1100)}`, "@x", ""];
      const { exitCode, out, files } = await compile({ "p.yaml": ofTenant(scopes) }, "--target", target);
      assert.equal(exitCode, 2);
      assert.deepEqual(
        [...out.matchAll(/spec\.scopes\[(\d)\]/g)].map(([, at]) => at),
        ["1", "2", "3", "4"],
      );
      assert.deepEqual(Object.values(files), [undefined, undefined, undefined]);
    });
  }

  const manyScopes = (scope: (policy: number, at: number) => string) =>
    Array.from({ length: 40 }, (_, policy) =>
      ofTenant(
        Array.from({ length: 256 }, (_, at) => scope(policy, at)),
        `p${policy}`,
      ),
    );
  const ofCluster = (policy: string) =>
    policy.replaceAll('"ImagePolicy"', '"ClusterImagePolicy"').replace(',"namespace":"shop"', "");

  it("says what scopes are below where one file of registries.d may not have all, as nodes do", async () => {
    const policies = manyScopes((policy, at) => `q${policy}.io/${at}`).map(ofCluster);
    const { exitCode, out, files } = await compile({ "p.yaml": policies.join("\n---\n") });
    assert.equal(exitCode, 0, out);
    const text = files["registries.d/countersign.yaml"] ?? "";
    assert.match(text, /^ {2}"q0\.io":$/m);
    assert.ok(text.split("\n").length < 20_000);
  });

  for (const target of ["gateway", "crio"]) {
    it(`tells of more registries together than one file of registries.d may have, for ${target}`, async () => {
      const registries = manyScopes((policy, at) => `q${policy}x${at}.io`);
      const compiled = async (policies: readonly string[]) =>
        await compile({ "p.yaml": policies.join("\n---\n") }, "--target", target, "--unmatched", "allow");
      const forAll = await compiled(registries.map(ofCluster));
      assert.equal(forAll.exitCode, 2);
      assert.match(
        forAll.out,
        /registries\.d\/countersign\.yaml: the cluster's policies are about more registries than one file/,
      );
      const own = await compiled(
        registries.map((policy, at) => policy.replace('"shop"', `"team-${String(at).padStart(2, "0")}"`)),
      );
      assert.equal(own.exitCode, 2);
      assert.match(
        own.out,
        /: nodes refuse all images of namespace team-39: its policies are about 256 registries/,
      );
      assert.doesNotMatch(own.out, /team-3[0-8]/);
    });
  }

  it("reads what kubectl get prints of several objects", async () => {
    const list = (items: readonly string[]) =>
      `apiVersion: v1\nkind: List\nitems:\n${items.map((item) => `- ${item.trim().replaceAll("\n", "\n  ")}\n`).join("")}`;
    const { exitCode, out } = await compile({ "policies.yaml": list([secret, clusterPolicy]) });
    assert.equal(exitCode, 0, out);
    const broken = list([secret, clusterPolicy.replace("glob:", "blob:")]);
    const faulty = await compile({ "policies.yaml": broken });
    assert.match(
      faulty.out,
      /policies\.yaml:14:7 ClusterImagePolicy signed: spec\.images\[0\]\.blob: Unknown key "blob"; did you mean "glob"\?/,
    );
  });

  it("tells every fault with its place, writes nothing and exits 2", async () => {
    const broken = clusterPolicy
      .replace("glob: ghcr.io/team/**", "glob: '[a-z]'")
      .replace("spec:", "spec:\n  mode: audit");
    const { exitCode, out, files } = await compile({ "policies.yaml": broken }, "--output", "json");
    assert.equal(exitCode, 2);
    const { faults } = JSON.parse(out);
    assert.deepEqual(
      faults.map(({ path, line }: { path: string; line: number }) => [path, line]),
      [
        ["spec.mode", 6],
        ["spec.images[0].glob", 8],
      ],
    );
    assert.equal(files["policy.json"], undefined);
  });

  it("exits 2 for files without policies", async () => {
    assert.equal((await compile({ "secret.yaml": secret })).exitCode, 2);
  });

  it("says of CRI-O what becomes of each policy there", async () => {
    const named = (name: string, glob: string) =>
      clusterPolicy.replace("name: signed", `name: ${name}`).replace("ghcr.io/team/**", glob);
    const all = [
      named("below", "a.example/**").replace("a.example/**", "a.example/team/**"),
      named("itself", "b.example/team@*"),
      named("warning", "c.example/**").replace("spec:", "spec:\n  mode: warn"),
      `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: open}
spec: {images: [{glob: "d.example/**"}], authorities: [{static: {action: pass}}]}
`,
    ].join("---\n");
    const { out } = await compile({ "all.yaml": all }, "--target", "crio");
    assert.deepEqual(
      out.split("\n").filter((line) => line.includes("ClusterImagePolicy")),
      [
        "refused   ClusterImagePolicy below",
        "refused   ClusterImagePolicy itself",
        "let in    ClusterImagePolicy warning",
        "enforced  ClusterImagePolicy open",
      ],
    );
  });

  it("tells policies of one name apart by their API group", async () => {
    const sameName = openShiftPolicy.replace("name: openshift", "name: signed");
    const { out } = await compile({ "all.yaml": [clusterPolicy, sameName, openShiftPolicy].join("---\n") });
    assert.deepEqual(
      out.split("\n").filter((line) => line.includes("ClusterImagePolicy")),
      [
        "enforced  ClusterImagePolicy signed (policy.sigstore.dev)",
        "enforced  ClusterImagePolicy signed (config.openshift.io)",
        "enforced  ClusterImagePolicy openshift",
      ],
    );
  });

  it("says in JSON too what is wrong with the command line", async () => {
    for (const wrong of [
      ["--filename", "/nowhere.yaml"],
      [],
      ["--filename", "/nowhere.yaml", "--target", "podman"],
    ]) {
      const io = recordingTerminal();
      await main(["compile", ...wrong, "--output", "json"], io);
      assert.equal(io.said.exitCode, 2);
      const { faults } = JSON.parse(io.said.out) as { readonly faults: readonly { message: string }[] };
      assert.equal(faults.length, 1);
      assert.notEqual(faults[0]?.message, "");
    }
  });

  it("passes over documents in which there is nothing but a comment, as charts render to", async () => {
    const { exitCode, out } = await compile({
      "all.yaml": `---\n# nothing\n---\n${clusterPolicy}---\n# nothing\n---\n`,
    });
    assert.equal(exitCode, 0, out);
    assert.match(out, /^enforced {2}ClusterImagePolicy signed$/m);
  });

  it("says of objects that run into one another where the last begins, and nothing else", async () => {
    const { exitCode, out } = await compile({ "all.yaml": clusterPolicy + clusterPolicy + clusterPolicy });
    assert.equal(exitCode, 2);
    const second = clusterPolicy.split("\n").length - 1;
    assert.match(
      out,
      new RegExp(
        `^error .*all\\.yaml:${second * 2 + 1}:1 .*the last of 3 that run into one another: put a line with ---`,
        "m",
      ),
    );
    assert.equal(out.match(/^error /gm)?.length, 1, out);
  });

  it("tells of a keyless authority for which nobody says when a certificate was used", async () => {
    const authority = (more: string) =>
      clusterPolicy.replace(
        /authorities:.*/s,
        `authorities: [{keyless: {trustRootRef: ours, identities: [{issuer: "https://i", subject: s}]}${more}}]\n`,
      );
    const told = async (more: string) => (await compile({ "all.yaml": authority(more) })).out;
    assert.match(
      await told(""),
      /^hint {6}ClusterImagePolicy signed spec\.authorities\[0\]\.keyless: .*add ctlog: \{trustRootRef: ours\}/m,
    );
    assert.doesNotMatch(await told(", ctlog: {trustRootRef: ours}"), /hint/);
    assert.doesNotMatch(await told(", rfc3161timestamp: {trustRootRef: ours}"), /hint/);
  });

  const odd: ReadonlyArray<readonly [glob: string, says: string]> = [
    ["GHCR.io/shop/**", "write ghcr.io/shop/**"],
    ["ghcr.io*", "write ghcr.io/**"],
  ];
  for (const [glob, says] of odd) {
    it(`tells what ${glob} matches`, async () => {
      const { out } = await compile({ "all.yaml": clusterPolicy.replace(/glob: .*/, `glob: "${glob}"`) });
      assert.ok(out.includes("hint") && out.includes(says), out);
    });
  }

  it("tells of a namespace's policy alone, all of whose images are refused", async () => {
    const own = clusterPolicy
      .replace(/apiVersion: .*/, "apiVersion: policy.countersign.dev/v1alpha1")
      .replace("kind: ClusterImagePolicy", "kind: ImagePolicy")
      .replace(/name: signed/, "name: signed\n  namespace: shop");
    const { out } = await compile({ "all.yaml": own });
    assert.match(out, /^hint {6}ImagePolicy shop\/signed asks besides what the cluster's policies do/m);
    assert.doesNotMatch((await compile({ "all.yaml": own }, "--unmatched", "allow")).out, /hint/);
    assert.doesNotMatch((await compile({ "all.yaml": `${own}---\n${clusterPolicy}` })).out, /hint/);
  });

  it("tells of two policies of which one lets in what the other refuses", async () => {
    const fixed = (name: string, action: string, glob: string) => `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: ${name}}
spec: {images: [{glob: "${glob}"}], authorities: [{static: {action: ${action}}}]}
`;
    const told = (open: string, closed: string) =>
      compile({ "all.yaml": [fixed("open", "pass", open), fixed("closed", "fail", closed)].join("---\n") });
    const both = await told("quay.io/x/**", "quay.io/x/**");
    assert.match(
      both.out,
      /^hint {6}ClusterImagePolicy open lets in every image of quay\.io\/x\/\*\*, and ClusterImagePolicy closed none/m,
    );
    assert.equal(both.exitCode, 0);
    assert.doesNotMatch((await told("quay.io/x/**", "quay.io/y/**")).out, /hint/);
  });
});

describe("countersign compile tells a fault with file, line, policy and path,", () => {
  const cel = (name: string, data: string) => `apiVersion: policy.sigstore.dev/v1beta1
kind: ClusterImagePolicy
metadata: {name: ${name}}
spec:
  images: [{glob: "quay.io/${name}/**"}]
  authorities:
  - key: {data: ${JSON.stringify(pem)}}
    attestations:
    - name: a
      predicateType: slsaprovenance1
      policy: ${data}
`;
  const inline = (text: string) => `{type: cel, data: ${JSON.stringify(text)}}`;
  const path = "spec.authorities[0].attestations[0].policy";

  it("of expressions in several policies, all of them", async () => {
    const all = [cel("one", inline("predicat.foo == 1")), cel("two", inline("1 +"))].join("---\n");
    const { exitCode, out, files } = await compile({ "all.yaml": all });
    assert.equal(exitCode, 2);
    const lines = out.trim().split("\n");
    assert.equal(lines.length, 2);
    assert.match(
      lines[0] ?? "",
      /all\.yaml:11:27 ClusterImagePolicy one: spec\.authorities\[0\]\.attestations\[0\]\.policy\.data: not a CEL expression/,
    );
    assert.match(
      lines[1] ?? "",
      /all\.yaml:23:27 ClusterImagePolicy two: spec\.authorities\[0\]\.attestations\[0\]\.policy\.data: not a CEL expression/,
    );
    assert.equal(files["policy.json"], undefined);
    const json = JSON.parse((await compile({ "all.yaml": all }, "--output", "json")).out);
    assert.deepEqual(
      json.faults.map((fault: Record<string, unknown>) => [
        fault["document"],
        fault["resource"],
        fault["path"],
        fault["line"],
      ]),
      [
        [1, "ClusterImagePolicy one", `${path}.data`, 11],
        [2, "ClusterImagePolicy two", `${path}.data`, 23],
      ],
    );
  });

  it("of an expression in a ConfigMap", async () => {
    const map = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts}\ndata: {rule: "1 +"}\n';
    const policy = cel("one", "{type: cel, configMapRef: {name: texts, key: rule}}");
    const { exitCode, out } = await compile({ "all.yaml": `${policy}---\n${map}` });
    assert.equal(exitCode, 2);
    assert.match(
      out,
      /all\.yaml:11:\d+ ClusterImagePolicy one: spec\.authorities\[0\]\.attestations\[0\]\.policy\.configMapRef: not a CEL expression/,
    );
  });

  it("of a policy that is there twice, also in another version and file", async () => {
    const other = clusterPolicy.replace("v1beta1", "v1alpha1");
    const { exitCode, out } = await compile({ "a.yaml": clusterPolicy, "b.yaml": other });
    assert.equal(exitCode, 2);
    assert.match(
      out,
      /b\.yaml:4:3 ClusterImagePolicy signed: metadata\.name: there is another ClusterImagePolicy signed in \S+a\.yaml:4: /,
    );
  });

  it("of what a TrustRoot trusts", async () => {
    const root = `apiVersion: policy.sigstore.dev/v1alpha1
kind: TrustRoot
metadata: {name: ours}
spec:
  remote: {mirror: "https://tuf.example", root: Zm9v}
`;
    const { exitCode, out } = await compile({ "all.yaml": `${clusterPolicy}---\n${root}` });
    assert.equal(exitCode, 2);
    assert.match(out, /TrustRoot ours: spec\.remote\.root: invalid character/);
  });

  const kinds: ReadonlyArray<readonly [what: string, text: string, message: RegExp]> = [
    [
      "of a policy's group, and no kind of it",
      clusterPolicy.replace("ClusterImagePolicy", "ImagePolcy"),
      /kind: "policy\.sigstore\.dev\/v1beta1 ImagePolcy" is none of/,
    ],
    [
      "of a policy's kind, and no group of it",
      clusterPolicy.replace("policy.sigstore.dev", "policy.sigstor.dev"),
      /is none of/,
    ],
    ["of no kind at all", clusterPolicy.replace("kind: ClusterImagePolicy\n", ""), /kind: a text is missing/],
    [
      "of a Secret that the API server would refuse",
      `${clusterPolicy}---\n${secret.replace(/^data: .*/m, "data: {cosign.pub: '-'}")}`,
      /Secret ci: data\["cosign\.pub"\]: base64 is expected/,
    ],
    [
      "of a Secret without a name",
      `${clusterPolicy}---\n${secret.replace("{name: ci}", "{}")}`,
      /Secret: metadata\.name: /,
    ],
  ];
  for (const [what, text, message] of kinds) {
    it(what, async () => {
      const { exitCode, out } = await compile({ "all.yaml": text });
      assert.equal(exitCode, 2, out);
      assert.match(out, message);
    });
  }
});

describe("countersign compile reads", () => {
  const uses = clusterPolicy.replace(/data: \|[\s\S]*/, "secretRef: {name: ci}\n");
  const written = `apiVersion: v1
kind: Secret
metadata: {name: ci}
data: {key.pem: ZGVjb3k=}
stringData:
  key.pem: |
    ${pem.trim().replaceAll("\n", "\n    ")}
`;

  it("a Secret as it is written: stringData, over data", async () => {
    const { exitCode, out, files } = await compile({ "all.yaml": `${uses}---\n${written}` });
    assert.equal(exitCode, 0, out);
    const { images } = parsePolicy(Buffer.from(files["policy.json"] ?? ""), "policy.json");
    assert.equal(images.length, 1);
    assert.ok(files["policy.json"]?.includes(Buffer.from(`${pem.trim()}\n`).toString("base64")));
  });

  it("standard input", async () => {
    const { exitCode, out } = await compileNamed({}, ["-f", "-"], clusterPolicy);
    assert.equal(exitCode, 0, out);
    const broken = await compileNamed({}, ["-f", "-"], clusterPolicy.replace("glob:", "blob:"));
    assert.match(broken.out, /^error standard input:7:5 ClusterImagePolicy signed: spec\.images\[0\]/m);
  });

  it("directories, and several files after one flag", async () => {
    const files = {
      "all/b.yaml": uses,
      "all/a.yml": written,
      "all/README.md": "# nothing",
      "all/x/c.yaml": "[",
    };
    const { exitCode, out } = await compileNamed(files, ["-f", "all"], "");
    assert.equal(exitCode, 0, out);
    const listed = await compileNamed(files, ["-f", "all/b.yaml", "all/a.yml"], "");
    assert.equal(listed.exitCode, 0, listed.err + listed.out);
    assert.equal((await compileNamed(files, ["-f", "all/b.yaml", "-f", "all/a.yml"], "")).exitCode, 0);
  });

  it("policies out of what a chart renders to, and counts the rest", async () => {
    const others = [
      "apps/v1 Deployment",
      "v1 Service",
      "apps/v1 Deployment",
      "rbac.authorization.k8s.io/v1 ClusterRole",
    ]
      .map((kind) => kind.split(" "))
      .map(([version, kind]) => `apiVersion: ${version}\nkind: ${kind}\nmetadata: {name: a}\nrules: []\n`);
    const { exitCode, out } = await compile({ "all.yaml": [...others, clusterPolicy].join("---\n") });
    assert.equal(exitCode, 0, out);
    assert.match(
      out,
      /^note {6}4 objects are of kinds that no policy is made of, and passed over: 2 apps\/v1 Deployment, 1 v1 Service, 1 rbac/m,
    );
  });

  it("tells a fault of YAML with its line and column, as all others", async () => {
    const { exitCode, out, err } = await compile({ "tab.yaml": "a:\n\tb: 2\n" });
    assert.equal(exitCode, 2);
    assert.match(out + err, /error \S+tab\.yaml:2:1 Tabs are not allowed as indentation/);
  });

  const refused: ReadonlyArray<readonly [what: string, names: readonly string[], message: RegExp]> = [
    ["what is not there", ["-f", "absent.yaml"], /--filename \S+absent\.yaml: no such file or directory/],
    ["a directory with nothing in it", ["-f", "empty"], /--filename \S+empty: there is no \*\.yaml/],
    ["standard input twice", ["-f", "-", "-f", "-"], /given twice/],
  ];
  for (const [what, names, message] of refused) {
    it(`not ${what}`, async () => {
      const { exitCode, err } = await compileNamed({ "empty/x.txt": "" }, names, clusterPolicy);
      assert.equal(exitCode, 2);
      assert.match(err, message);
    });
  }

  it("and writes to no file that is in the way of its directory", async () => {
    const { exitCode, err } = await compile({ "policies.yaml": clusterPolicy }, "--into-a-file");
    assert.equal(exitCode, 2);
    assert.match(err, /--out \S+policies\.yaml: .*; name a directory/);
  });

  // Node's own mkdir tries there for ever
  it("and no CEL that can never be true, which it names with its place", async () => {
    const never = clusterPolicy.replace(
      "  - name: release\n",
      `  - name: release
    attestations: [{name: a, predicateType: vuln, policy: {type: cel, data: "predicate.ok && 1"}}]\n`,
    );
    const { exitCode, out } = await compile({ "policies.yaml": never });
    assert.equal(exitCode, 2);
    assert.match(
      out,
      /^error \S+policies\.yaml:10:\d+ ClusterImagePolicy signed: spec\.authorities\[0\].attestations\[0\]\.policy\.data: this expression can never be true: a side of && comes to int, and only a bool can be; write what/m,
    );
  });

  it("and ends where no directory can be made", { timeout: 30_000 }, async () => {
    const io = recordingTerminal({}, undefined, clusterPolicy);
    await main(["compile", "-f", "-", "--out", "/proc/self/policies"], io);
    assert.equal(io.said.exitCode, 2);
    assert.match(io.said.err, /--out \/proc\/self\/policies: \/proc\/self is there, and no directory can be/);
  });
});
