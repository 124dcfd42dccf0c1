import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { CountersignError } from "@countersign/engine/values/error";
import { refuses } from "@countersign/testkit/registry/faults";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { main } from "../../main.ts";
import { recordingTerminal } from "../../terminal.ts";

const kit = createSigningKit();

let root: TemporaryRoot;
let registry: TestRegistry;

/** A policy repository: the policies name the keys where nodes have them, and the repository keeps them elsewhere. */
before(async () => {
  root = temporaryRoot();
  registry = await startRegistry();
  const { address } = registry;
  const signed = registry.image("shop/app:v1");
  const image = { digest: signed.digest, reference: `${address}/shop/app` };
  registry.attachSignatures("shop/app", signed.digest, [kit.sign(kit.key("release"), image)]);
  const certified = registry.image("pki/app:v1", { files: { "pki.txt": "pki" } });
  const byPki = { digest: certified.digest, reference: `${address}/pki/app` };
  registry.attachSignatures("pki/app", certified.digest, [kit.signPki("release@example.com", byPki)]);
  registry.image("shop/app:v2", { files: { "v2.txt": "two" } });
  registry.index("shop/multi:v1", [
    { platform: { os: "linux", architecture: "amd64" } },
    { platform: { os: "linux", architecture: "arm64" }, files: { arm: "64" } },
  ]);
  root.write("repo/policy.json", JSON.stringify(policy(address)));
  root.write("repo/policies/lab.json", JSON.stringify({ default: [{ type: "insecureAcceptAnything" }] }));
  root.write("repo/policies/broken.json", "{");
  root.write(
    "repo/policies/warned.json",
    '{"countersign": 1, "default": {"mode": "warn", "requirements": [{"type": "reject"}]}}',
  );
  root.write("repo/keys/release.pub", kit.key("release").publicKeyPem);
  root.write("repo/keys/ca.pem", kit.pki.root.pem);
  root.write("registries.conf", `[[registry]]\nlocation = "${address}"\ninsecure = true\n`);
  root.write("registries.d/all.yaml", "default-docker: {use-sigstore-attachments: true}\n");
});

after(async () => {
  await registry.close();
  root[Symbol.dispose]();
});

const policy = (address: string) => ({
  default: [{ type: "reject" }],
  transports: {
    docker: {
      [`${address}/pki`]: [
        {
          type: "sigstoreSigned",
          pki: { caRootsPath: "/etc/keys/ca.pem", subjectEmail: "release@example.com" },
          signedIdentity: { type: "matchRepository" },
        },
      ],
      [`${address}/shop`]: [
        {
          type: "sigstoreSigned",
          keyPath: "/etc/keys/release.pub",
          signedIdentity: { type: "matchRepository" },
        },
      ],
    },
  },
});

/** Writes a table into the repository, `HOST` standing for the registry; gives its path. */
const table = (name: string, rows: string, head = ""): string =>
  root.write(
    `repo/${name}`,
    `policy: policy.json\npolicies: policies\ntrustFiles: {/etc/keys: keys}\n${head}images:\n${rows}`.replaceAll(
      "HOST",
      registry.address,
    ),
  );

async function run(...argv: string[]) {
  const io = recordingTerminal({ HOME: root.path });
  const registries = ["--registries-conf", join(root.path, "registries.conf")];
  const storage = ["--registries-d", join(root.path, "registries.d")];
  await main(["policy", "test", ...registries, ...storage, ...argv], io);
  const plain = (text: string) => text.replaceAll(registry.address, "HOST").replaceAll(root.path, "");
  return { exitCode: io.said.exitCode, out: plain(io.said.out), err: plain(io.said.err) };
}

const asExpected = `
  - image: HOST/shop/app:v1
    expect: allowed
  - image: HOST/shop/app:v2
    expect: denied
    code: SIGNATURE_MISSING
    message: no signature exists
  - image: HOST/shop/app:v2
    namespace: lab
    expect: allowed
  - image: HOST/shop/multi:v1
    platform: linux/arm64
    expect: denied
  - image: HOST/shop/multi:v1
    platform: linux/s390x
    expect: undecided
    code: PLATFORM_NOT_FOUND
  - image: elsewhere.example/tool:v1
    expect: denied
    code: POLICY_REJECTS
    evidence: unsigned
`;

describe("countersign policy test, asking the registry,", () => {
  it("tells each answer and exits 0 when all are as expected", async () => {
    const { out, exitCode } = await run(table("right.yaml", asExpected));
    assert.equal(
      out,
      `ok     HOST/shop/app:v1: allowed
ok     HOST/shop/app:v2: denied (SIGNATURE_MISSING)
ok     HOST/shop/app:v2 (namespace lab): allowed
ok     HOST/shop/multi:v1 (linux/arm64): denied (SIGNATURE_MISSING)
ok     HOST/shop/multi:v1 (linux/s390x): undecided (PLATFORM_NOT_FOUND)
ok     elsewhere.example/tool:v1: denied (POLICY_REJECTS)
6 of 6 as expected
`,
    );
    assert.equal(exitCode, 0);
  });

  it("tells of what is only warned of, where a denial is expected", async () => {
    const rows = "  - {image: HOST/shop/app:v2, namespace: warned, expect: denied, evidence: unsigned}\n";
    const { out, exitCode } = await run(table("warned.yaml", rows));
    assert.equal(exitCode, 1);
    assert.match(out, /^FAILED .*: expected denied, is allowed and only warned of \(POLICY_REJECTS\)$/m);
    assert.match(out, /^ +warning +Running image .* is rejected by policy\. \(POLICY_REJECTS\)$/m);
    assert.match(
      out,
      /^ +next +the policy only warns here; take its "mode": "warn" away, or expect allowed$/m,
    );
  });

  it("tells what differs, where it is written and under which policy, and exits 1", async () => {
    const rows = `
  - image: HOST/shop/app:v1
    expect: denied
  - image: HOST/shop/app:v2
    expect: allowed
  - image: HOST/shop/app:v2
    expect: denied
    code: POLICY_REJECTS
  - image: HOST/shop/app:v2
    expect: denied
    message: rejected by policy
`;
    const { out, exitCode } = await run(table("wrong.yaml", rows));
    const policyLine = `policy    /repo/policy.json, scope docker "HOST/shop"`;
    const why = "why       Source image rejected: A signature was required, but no signature exists";
    assert.equal(
      out,
      `FAILED HOST/shop/app:v1: expected denied, is allowed
       in        /repo/wrong.yaml:6
       ${policyLine}
FAILED HOST/shop/app:v2: expected allowed, is denied (SIGNATURE_MISSING)
       in        /repo/wrong.yaml:8
       ${policyLine}
       ${why}
       next      sign it; if it is signed, let registries.d (--registries-d) say where its signatures are, and record what is recorded again
FAILED HOST/shop/app:v2: expected denied (POLICY_REJECTS), is denied (SIGNATURE_MISSING)
       in        /repo/wrong.yaml:10
       ${policyLine}
       ${why}
FAILED HOST/shop/app:v2: is denied (SIGNATURE_MISSING) as expected, but the message has no "rejected by policy"
       in        /repo/wrong.yaml:13
       ${policyLine}
       ${why}
0 of 4 as expected, 4 not
`,
    );
    assert.equal(exitCode, 1);
  });
});

describe("countersign policy test --record", () => {
  it("keeps what the registry says, from which the same answers come without it", async () => {
    const live = await run(table("live.yaml", asExpected), "--record", join(root.path, "repo/evidence"));
    const offline = table("offline.yaml", asExpected, "evidence: evidence\n");
    registry.fail(/./, refuses(503, "UNAVAILABLE", "gone"));
    try {
      const before = registry.requests.length;
      assert.deepEqual(await run(offline), live);
      assert.equal(registry.requests.length, before, "nobody asked the registry");
    } finally {
      registry.heal();
    }
  });

  it("keeps a file for each image, with the manifests of all platforms that were asked for", async () => {
    const files = await readdir(join(root.path, "repo/evidence"), { recursive: true });
    const images = files
      .filter((name) => name.endsWith(".json"))
      .map((name) => name.split("/").slice(1).join("/"));
    assert.deepEqual(images.sort(), ["shop/app%3Av1.json", "shop/app%3Av2.json", "shop/multi%3Av1.json"]);
    const host = registry.address.replace(":", "%3A");
    const path = join(root.path, "repo/evidence", host, "shop/multi%3Av1.json");
    const { platforms, instances } = JSON.parse(await readFile(path, "utf8"));
    assert.deepEqual(platforms, ["linux/arm64", "linux/s390x"]);
    assert.equal(Object.keys(instances).length, 1);
  });

  it("keeps nothing of an image that cannot be read, and exits 3", async () => {
    const { out, exitCode } = await run(
      table("gone.yaml", "  - {image: 'HOST/shop/gone:v1', expect: denied}\n"),
      "--record",
      join(root.path, "repo/other"),
    );
    assert.match(out, /^FAILED HOST\/shop\/gone:v1: expected denied, is undecided \(REGISTRY_NOT_FOUND\)\n/);
    assert.equal(exitCode, 3);
    await assert.rejects(readdir(join(root.path, "repo/other")), { code: "ENOENT" });
  });
});

describe("countersign policy test, by a copy that skopeo made,", () => {
  it("judges the image that it is a copy of, under that image's name", async () => {
    const { bytes = Buffer.of(), digest } = registry.store.manifest("shop/app", "v1") ?? {};
    assert.ok(digest !== undefined);
    root.write("repo/copies/app/version", "Directory Transport Version: 1.1\n");
    root.write("repo/copies/app/manifest.json", bytes);
    const signature = kit.sign(kit.key("release"), { digest, reference: `${registry.address}/shop/app` });
    const blob = {
      mimeType: signature.mediaType,
      payload: Buffer.from(signature.payload).toString("base64"),
      annotations: Object.fromEntries(signature.annotations),
    };
    root.write("repo/copies/app/signature-1", `\0sigstore-json\n${JSON.stringify(blob)}`);
    const rows = `
  - {image: 'HOST/shop/app:v1', expect: allowed, evidence: "dir:copies/app"}
  - {image: 'HOST/shop/app@${digest}', expect: allowed, evidence: "dir:copies/app"}
  - {image: 'HOST/shop/other:v1', expect: denied, code: SIGNATURE_NOT_ACCEPTED, evidence: "dir:copies/app"}
`;
    const asked = registry.requests.length;
    const { out, exitCode } = await run(table("copied.yaml", rows));
    assert.match(out, /3 of 3 as expected/);
    assert.equal(exitCode, 0);
    assert.equal(registry.requests.length, asked);
  });
});

describe("countersign policy test exits", () => {
  const app = (rest: string) => `  - {image: 'HOST/shop/app:v1', ${rest}}\n`;
  const rows: ReadonlyArray<
    readonly [code: number, why: string, argv: () => readonly string[], said: RegExp]
  > = [
    [2, "without a table", () => [], /missing required argument 'table'/],
    [
      2,
      "for a table that is not there",
      () => [join(root.path, "none.yaml")],
      /^countersign: \/none\.yaml: open \/none\.yaml: no such file or directory$/m,
    ],
    [
      2,
      "for tables with faults, of which it tells all",
      () => [table("a.yaml", app("expect: yes")), table("b.yaml", app("expct: denied"))],
      /^countersign: \/repo\/a\.yaml: not a valid table:\n {2}\/repo\/a\.yaml:5: images\[0\]\.expect: "yes": .*\n\/repo\/b\.yaml: not a valid table:\n {2}\/repo\/b\.yaml:5: images\[0\]\.expct: unknown key/,
    ],
    [
      2,
      "for a number of jobs that is none",
      () => [table("c.yaml", app("expect: allowed")), "--jobs", "0"],
      /--jobs "0": write a number from 1 to 64/,
    ],
    [
      2,
      "for a policy that does not parse",
      () => [table("d.yaml", app("expect: denied, namespace: broken"))],
      /is undecided \(POLICY_INVALID\)/,
    ],
    [
      2,
      "for a table that is no YAML, with line and column",
      () => [root.write("repo/tab.yaml", "images:\n\t- {image: a}\n")],
      /^countersign: \/repo\/tab\.yaml:2:1: Tabs are not allowed as indentation\n$/,
    ],
    [
      2,
      "once for a record that is a file",
      () => [table("h.yaml", app("expect: allowed")), "--record", join(root.path, "repo/h.yaml")],
      /^countersign: --record \/repo\/h\.yaml: not a directory; name one, which is made if it is not there\n$/,
    ],
    [
      2,
      "once for a policy that is not there",
      () => [
        root.write(
          "repo/astray.yaml",
          "policy: none.json\npolicies: none\nimages:\n  - {image: a, expect: denied}\n  - {image: b, expect: denied}\n",
        ),
      ],
      /^countersign: (\/repo\/astray\.yaml): policy: \/repo\/none\.json: no such file; paths start .*\n\1: policies: \/repo\/none: no such directory; .*\n$/,
    ],
    [
      2,
      "for a policy that is a directory, and a directory that is none",
      () => [
        root.write(
          "repo/turned.yaml",
          "policy: policies\npolicies: policy.json\nimages:\n  - {image: a, expect: denied}\n",
        ),
      ],
      /policy: \/repo\/policies: is a directory; name a file in it, or say policies\n.*policies: \/repo\/policy\.json: not a directory/,
    ],
    [
      2,
      "for evidence that is not there",
      () => [table("e.yaml", app("expect: allowed, evidence: nowhere"))],
      /is undecided \(EVIDENCE_UNUSABLE\)\n[\s\S]*no evidence of the image is kept: open \/repo\/nowhere\//,
    ],
    [
      2,
      "for evidence of another platform",
      () => [table("f.yaml", app("expect: allowed, evidence: evidence, platform: linux/arm64"))],
      /it was recorded for linux\/amd64, not for linux\/arm64: record it again/,
    ],
    [
      3,
      "for a registry that cannot be read",
      () => [table("g.yaml", "  - {image: 'HOST/gone:v1', expect: denied}\n")],
      /is undecided \(REGISTRY_NOT_FOUND\)/,
    ],
    [
      3,
      "for a key that is not there",
      () => [
        root.write(
          "repo/keyless.yaml",
          `policy: policy.json\nimages:\n  - {image: '${registry.address}/shop/app:v1', expect: allowed}\n`,
        ),
      ],
      /is undecided \(TRUST_FILE_UNREADABLE\)\n[\s\S]*open \/etc\/keys\/release\.pub: no such file or directory/,
    ],
  ];
  for (const [code, why, argv, said] of rows) {
    it(`${code} ${why}`, async () => {
      const { out, err, exitCode } = await run(...argv());
      assert.match(out + err, said);
      assert.equal(exitCode, code);
    });
  }
});

describe("countersign policy test judges certificates", () => {
  const rows = (at: string, expect: string) =>
    `  - {image: 'HOST/pki/app:v1', expect: ${expect}, at: "${at}", evidence: certified}\n`;
  const answers = async (name: string, at: string, expect: string) =>
    (await run(table(name, rows(at, expect)))).out.split("\n")[0];

  it("for the time that the table says, else for that of the evidence", async () => {
    const directory = join(root.path, "repo/certified");
    await run(table("certified.yaml", rows("evidence", "denied")), "--record", directory);
    const [file = ""] = (await readdir(directory, { recursive: true })).filter((name) =>
      name.endsWith(".json"),
    );
    const recorded = JSON.parse(await readFile(join(directory, file), "utf8"));
    const then = "2026-01-01T00:00:00Z";
    assert.equal(await answers("then.yaml", then, "allowed"), "ok     HOST/pki/app:v1: allowed");
    const denied = "ok     HOST/pki/app:v1: denied (SIGNATURE_NOT_ACCEPTED)";
    assert.equal(await answers("now.yaml", "now", "denied"), denied);
    assert.equal(await answers("evidence.yaml", "evidence", "denied"), denied);
    const signed = { ...recorded, recorded: new Date(then).toISOString() };
    root.write(`repo/certified/${file}`, JSON.stringify(signed));
    assert.equal(await answers("evidence.yaml", "evidence", "allowed"), "ok     HOST/pki/app:v1: allowed");
  });
});

describe("countersign policy test, reading evidence that was changed,", () => {
  it("says so, and exits 2 whatever was expected", async () => {
    const directory = join(root.path, "repo/tampered");
    const rows = "  - {image: 'HOST/shop/app:v1', expect: allowed, evidence: tampered}\n";
    await run(table("tampered.yaml", rows), "--record", directory);
    const [file = ""] = (await readdir(directory, { recursive: true })).filter((name) =>
      name.endsWith(".json"),
    );
    const recorded = await readFile(join(directory, file), "utf8");
    root.write(`repo/tampered/${file}`, recorded.replace('/shop/app\\"', '/shop/own\\"'));
    const { out, exitCode } = await run(table("tampered.yaml", rows));
    assert.match(out, /is undecided \(EVIDENCE_UNUSABLE\)\n[\s\S]*: this was changed: it is sha256:/);
    assert.equal(exitCode, 2);
  });
});

describe("countersign policy test prints", () => {
  it("JSON with all that is known of each row", async () => {
    const { out } = await run("--output", "json", table("two.yaml", asExpected));
    const rows = JSON.parse(out);
    const { duration, requirements, digest, policy: inForce, ...first } = rows[0];
    assert.equal(typeof duration, "number");
    assert.match(digest, /^sha256:/);
    assert.deepEqual([inForce.file, inForce.scope], ["/repo/policy.json", "HOST/shop"]);
    assert.equal(requirements[0].signatures[0].outcome, "accepted");
    assert.deepEqual(first, {
      file: "/repo/two.yaml",
      line: 6,
      image: "HOST/shop/app:v1",
      namespace: null,
      platform: "linux/amd64",
      evidence: "live",
      passed: true,
      expected: { decision: "allowed" },
      difference: null,
      instance: null,
      decision: "allowed",
      code: "",
      message: "",
    });
    assert.deepEqual(
      rows.map(({ passed }: { passed: boolean }) => passed),
      [true, true, true, true, true, true],
    );
  });

  it("what CI systems take for JUnit's", async () => {
    const rows = `
  - {image: 'HOST/shop/app:v1', expect: denied, message: '"<a> & b"'}
  - {image: 'HOST/shop/app:v2', expect: denied, message: '"<a> & b"'}
  - {image: 'HOST/shop/app:v2', namespace: lab, expect: allowed}
  - {image: 'HOST/shop/gone:v1', expect: denied}
`;
    const { out } = await run("--output", "junit", table("junit.yaml", rows));
    const file = "/repo/junit.yaml";
    assert.equal(
      out.replace(/time="[0-9.]+"/g, 'time="0.0"'),
      `<?xml version="1.0" encoding="UTF-8"?>
<testsuites>
  <testsuite name="${file}" tests="4" failures="2" errors="1" time="0.0">
    <testcase classname="${file}" name="HOST/shop/app:v1" file="${file}" line="6" time="0.0">
      <failure message="expected denied, is allowed">policy: /repo/policy.json, scope docker &quot;HOST/shop&quot;</failure>
    </testcase>
    <testcase classname="${file}" name="HOST/shop/app:v2" file="${file}" line="7" time="0.0">
      <failure message="is denied (SIGNATURE_MISSING) as expected, but the message has no &quot;\\&quot;&lt;a&gt; &amp; b\\&quot;&quot;">policy: /repo/policy.json, scope docker &quot;HOST/shop&quot;; Source image rejected: A signature was required, but no signature exists</failure>
    </testcase>
    <testcase classname="${file}" name="HOST/shop/app:v2 (namespace lab)" file="${file}" line="8" time="0.0"/>
    <testcase classname="${file}" name="HOST/shop/gone:v1" file="${file}" line="9" time="0.0">
      <error message="expected denied, is undecided (REGISTRY_NOT_FOUND)">policy: /repo/policy.json, scope docker &quot;HOST/shop&quot;; initializing source docker://HOST/shop/gone:v1: reading manifest v1 in HOST/shop/gone: manifest unknown</error>
    </testcase>
  </testsuite>
</testsuites>
`,
    );
  });

  it("what it knows after ctrl-C, and exits 3", async () => {
    const file = table("interrupted.yaml", asExpected);
    const io = recordingTerminal(
      { HOME: root.path },
      AbortSignal.abort(new CountersignError("CANCELLED", "interrupted")),
    );
    await main(["policy", "test", file], io);
    assert.equal(io.said.out.match(/is undecided \(CANCELLED\)/g)?.length, 5);
    assert.match(io.said.out, /^ok {5}elsewhere\.example\/tool:v1: denied/m);
    assert.equal(io.said.exitCode, 3);
  });
});

it("countersign policy test, at ctrl-C, ends with what it knows", async () => {
  const rows = `
  - {image: 'HOST/shop/app:v1', expect: allowed}
  - {image: elsewhere.example/tool:v1, expect: denied, evidence: unsigned}
`;
  const asked = Promise.withResolvers<void>();
  registry.fail(/./, () => asked.resolve());
  const program = fileURLToPath(new URL("../../main.ts", import.meta.url));
  const registries = ["--registries-conf", join(root.path, "registries.conf")];
  const argv = ["policy", "test", ...registries, "--jobs", "1", table("stuck.yaml", rows)];
  const child = spawn(process.execPath, [program, ...argv], { stdio: ["ignore", "pipe", "inherit"] });
  try {
    const printed = text(child.stdout);
    await asked.promise;
    child.kill("SIGINT");
    const out = await printed;
    assert.match(out, /^FAILED \S+\/shop\/app:v1: expected allowed, is undecided \(CANCELLED\)$/m);
    assert.match(out, /^ok {5}elsewhere\.example\/tool:v1: denied \(POLICY_REJECTS\)$/m);
    const [code] = child.exitCode === null ? await once(child, "exit") : [child.exitCode];
    assert.equal(code, 3);
  } finally {
    child.kill("SIGKILL");
    registry.heal();
  }
});
