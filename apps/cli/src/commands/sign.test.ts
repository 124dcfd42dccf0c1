import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { refuses } from "@countersign/testkit/registry/faults";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { main } from "../main.ts";
import { type RecordedTerminal, recordingTerminal } from "../terminal.ts";

let registry: TestRegistry;
let root: TemporaryRoot;
let key: string;
let publicKey: string;

before(async () => {
  registry = await startRegistry();
  root = temporaryRoot();
  const pair = createSigningKey("release");
  key = root.write("release.key", pair.privateKey.export({ type: "pkcs8", format: "pem" }));
  publicKey = root.write("release.pub", pair.publicKeyPem);
  root.write("r.conf", `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`);
  root.write("registries.d/all.yaml", "default-docker:\n  use-sigstore-attachments: true\n");
});
after(async () => {
  await registry.close();
  root[Symbol.dispose]();
});

async function run(
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Promise<RecordedTerminal["said"]> {
  const io = recordingTerminal({ HOME: root.path, ...environment });
  await main(args, io);
  return io.said;
}

const sign = (image: string, ...flags: readonly string[]) =>
  run(["sign", "--registries-conf", `${root.path}/r.conf`, "--key", key, ...flags, image]);

/** What `countersign verify` says by a policy that asks for the key's signature. */
async function verifies(image: string, requirement: object = {}): Promise<number> {
  const policy = root.write(
    "policy.json",
    JSON.stringify({ default: [{ type: "sigstoreSigned", keyPath: publicKey, ...requirement }] }),
  );
  const { exitCode } = await run([
    ...["verify", "--signature-policy", policy, "--registries-conf", `${root.path}/r.conf`],
    ...["--registries-d", `${root.path}/registries.d`, image],
  ]);
  return exitCode;
}

describe("countersign sign", () => {
  it("makes an image verify under its own name", async () => {
    const { digest } = registry.image("shop/app:v1");
    const image = `${registry.address}/shop/app:v1`;
    assert.equal(await verifies(image), 1);
    const said = await sign(image);
    assert.equal(said.exitCode, 0);
    const tag = digest.replace(":", "-");
    assert.match(
      said.out,
      new RegExp(
        `^signed {2}${image}\n {2}is {7}${digest}\n` +
          ` {2}new {6}bundle signature for ${image} at ${registry.address}/shop/app@sha256:\\w+\n` +
          ` {2}new {6}legacy signature for ${image} at ${registry.address}/shop/app:${tag}\\.sig\n$`,
      ),
    );
    assert.equal(said.err, `${image} may be moved: what it leads to now is signed\n`);
    assert.equal(await verifies(image), 0);
  });

  it("says what a short name is taken for", async () => {
    const conf = root.write("blocked.conf", '[[registry]]\nlocation = "docker.io"\nblocked = true\n');
    const { err } = await run(["sign", "--dry-run", "--registries-conf", conf, "app"]);
    assert.equal(
      err,
      "app is taken for docker.io/library/app:latest, which may be moved: what it leads to now is signed\n",
    );
  });

  it("says which name is none, and how to write one", async () => {
    const said = await sign("http://registry.example/shop/app:v1");
    assert.equal(said.exitCode, 2);
    assert.match(
      said.err,
      /"http:\/\/registry\.example\/shop\/app:v1": invalid reference format; write registry\/repository:tag or /,
    );
  });

  it("signs for the names it is told", async () => {
    registry.image("mirror/app:v1");
    const image = `${registry.address}/mirror/app:v1`;
    await sign(image, "--identity", "public.example/app:v1", "--identity", "busybox");
    const exact = (dockerReference: string) => ({
      signedIdentity: { type: "exactReference", dockerReference },
    });
    assert.equal(await verifies(image), 1);
    assert.equal(await verifies(image, exact("public.example/app:v1")), 0);
    const repository = { type: "exactRepository", dockerRepository: "docker.io/library/busybox" };
    assert.equal(await verifies(image, { signedIdentity: repository }), 0);
  });

  it("signs every image of an index, and the index", async () => {
    const index = registry.index("shop/multi:v1", [
      { files: { a: "1" } },
      { files: { a: "2" }, platform: { os: "linux", architecture: "s390x" } },
    ]);
    const image = `${registry.address}/shop/multi:v1`;
    const { out } = await sign(image, "--recursive", "--format", "legacy", "--output", "json");
    const [{ digest, signatures }] = JSON.parse(out);
    assert.equal(digest, index.digest);
    assert.deepEqual(
      signatures.map((one: { digest: string }) => one.digest),
      [...index.instances.map((one) => one.digest), index.digest],
    );
    assert.equal(await verifies(image), 0);
  });

  it("says in JSON what it did, and the second time that it was there", async () => {
    const { digest } = registry.image("shop/json:v1");
    const image = `${registry.address}/shop/json@${digest}`;
    const flags = ["--format", "bundle", "-a", "git=1a2b", "--output", "json"];
    const { out, err } = await sign(image, ...flags);
    const [referrer] = registry.store.referrers("shop/json", digest);
    const report = {
      image,
      digest,
      signatures: [
        {
          type: "signature",
          digest,
          format: "bundle",
          predicateType: null,
          names: [`${registry.address}/shop/json`],
          outcome: "stored",
          location: `${registry.address}/shop/json@${referrer?.digest}`,
        },
      ],
      code: "",
      message: "",
    };
    assert.deepEqual([JSON.parse(out), err], [[report], ""]);
    const again = JSON.parse((await sign(image, ...flags)).out);
    assert.equal(again[0].signatures[0].outcome, "already there");
    const layer = JSON.parse(Buffer.from(referrer?.bytes ?? "").toString()).layers[0].digest;
    const { content } = parseBundle(registry.store.blob("shop/json", layer) ?? new Uint8Array());
    assert.ok(content.type === "envelope");
    assert.deepEqual(JSON.parse(Buffer.from(content.payload).toString()).subject[0].annotations, {
      git: "1a2b",
    });
  });

  it("signs nothing in a dry run, and needs no key for it", async () => {
    registry.image("shop/dry:v1");
    const before = registry.requests.length;
    const conf = ["--registries-conf", `${root.path}/r.conf`];
    const said = await run(["sign", "--dry-run", ...conf, `${registry.address}/shop/dry:v1`]);
    assert.equal(said.exitCode, 0);
    assert.match(said.out, /^dry run .*\n {2}is .*\n {2}would be bundle signature .*\n {2}would be legacy /);
    assert.deepEqual(
      registry.requests.slice(before).filter(({ method }) => method !== "GET"),
      [],
    );
  });

  it("signs what it can, and exits with the gravest", async () => {
    registry.image("shop/good:v1");
    const [missing, good] = [`${registry.address}/shop/none:v1`, `${registry.address}/shop/good:v1`];
    const said = await run([
      ...["sign", "--registries-conf", `${root.path}/r.conf`, "--key", key, "--format", "bundle"],
      ...["--output", "json", missing, good],
    ]);
    const [first, second] = JSON.parse(said.out);
    assert.deepEqual(
      [first.code, first.digest, second.code, said.exitCode],
      ["REGISTRY_NOT_FOUND", null, "", 3],
    );
    assert.equal(second.signatures.length, 1);
  });

  it("says what to do where it may not write", async () => {
    registry.image("shop/readonly:v1");
    registry.fail(/^(POST|PUT) \/v2\/shop\/readonly\//, refuses(403, "DENIED", "read only"));
    const said = await sign(`${registry.address}/shop/readonly:v1`);
    assert.equal(said.exitCode, 3);
    assert.match(
      said.out,
      /^failed {2}.*\n {2}is .*\n {2}why .*denied: read only\n {2}next .*log in as somebody who may push/,
    );
  });
});

describe("countersign sign refuses", () => {
  const rows: readonly (readonly [why: string, args: readonly string[], message: RegExp])[] = [
    ["without a key", [], /who signs\? Give --key/],
    ["with two signers", ["--key", "k", "--signer-command", "c"], /both given: leave one out/],
    [
      "a key that is not there",
      ["--key", "/nonexistent"],
      /--key \/nonexistent: no such file or directory; name a private key's file, or make one with countersign generate-key-pair/,
    ],
    [
      "a public key of a program that signs, for a key",
      ["--key", "k", "--signer-public-key", "p"],
      /goes with --signer-command/,
    ],
    [
      "a name that is none",
      ["--key", "k", "--identity", "A:B:C"],
      /--identity "A:B:C": invalid reference format/,
    ],
    ["an annotation without a value", ["--key", "k", "-a", "x"], /write KEY=VALUE/],
    ["an annotation twice", ["--key", "k", "-a", "x=1", "-a", "x=2"], /given twice/],
    ["an annotation that others refuse", ["--key", "k", "-a", "timestamp=now"], /name it otherwise/],
    [
      "an annotation that is a name",
      ["--key", "k", "-a", "org.opencontainers.image.ref.name=a"],
      /write --identity NAME/,
    ],
    ["another format", ["--key", "k", "--format", "x"], /Allowed choices are bundle, legacy, both/],
    ["a key twice", ["--key", "k", "--key", "l"], /given twice/],
  ];
  for (const [why, args, message] of rows) {
    it(why, async () => {
      const said = await run(["sign", ...args, "registry.example/app:v1"]);
      assert.equal(said.exitCode, 2);
      assert.match(said.err, message);
    });
  }

  it("an image whose name is none", async () => {
    const said = await sign("Registry.example/App");
    assert.equal(said.exitCode, 2);
  });
});

describe("a key's password", () => {
  before(async () => {
    await run(["generate-key-pair", "--output-prefix", `${root.path}/sealed`], { COSIGN_PASSWORD: "s3cret" });
    registry.image("shop/sealed:v1");
  });
  const signSealed = (environment: Readonly<Record<string, string>>, ...flags: readonly string[]) =>
    run(
      [
        ...["sign", "--registries-conf", `${root.path}/r.conf`, "--key", `${root.path}/sealed.key`],
        ...[...flags, `${registry.address}/shop/sealed:v1`],
      ],
      environment,
    );

  it("comes from COSIGN_PASSWORD", async () =>
    assert.equal((await signSealed({ COSIGN_PASSWORD: "s3cret" })).exitCode, 0));
  it("comes from COUNTERSIGN_PASSWORD first", async () =>
    assert.equal((await signSealed({ COSIGN_PASSWORD: "x", COUNTERSIGN_PASSWORD: "s3cret" })).exitCode, 0));
  it("comes from the first line of a file before all", async () => {
    const file = root.write("password", "s3cret\nmore\n");
    assert.equal((await signSealed({ COSIGN_PASSWORD: "x" }, "--password-file", file)).exitCode, 0);
  });
  it("is in a file that is not there, and the flag is named", async () => {
    const said = await signSealed({ COSIGN_PASSWORD: "s3cret" }, "--password-file", "/nonexistent");
    assert.equal(said.exitCode, 2);
    assert.match(
      said.err,
      /--password-file \/nonexistent: no such file or directory; name the file that has it/,
    );
  });
  it("that is another is told, and not shown", async () => {
    const said = await signSealed({ COSIGN_PASSWORD: "n0t-it" });
    assert.equal(said.exitCode, 2);
    assert.match(said.err, /sealed\.key: the password is not the key's, or the key file is damaged/);
    assert.ok(!said.err.includes("n0t-it"));
  });
  it("that nobody gives is asked for, and there is nobody", async () => {
    const said = await signSealed({});
    assert.equal(said.exitCode, 2);
    assert.match(
      said.err,
      /sealed\.key has a password, .*: set COUNTERSIGN_PASSWORD \(or COSIGN_PASSWORD\), or name a file with --password-file/,
    );
  });
});

describe("countersign generate-key-pair", () => {
  it("writes over nothing", async () => {
    const prefix = `${root.path}/precious`;
    root.write("precious.key", "precious");
    const said = await run(["generate-key-pair", "--output-prefix", prefix], { COSIGN_PASSWORD: "" });
    assert.deepEqual(
      [said.exitCode, said.err],
      [2, `countersign: ${prefix}.key: file already exists; choose another --output-prefix\n`],
    );
  });

  it("says how to give a password, or none, where nobody can be asked", async () => {
    const said = await run(["generate-key-pair", "--output-prefix", `${root.path}/unasked`]);
    assert.equal(said.exitCode, 2);
    assert.match(
      said.err,
      /unasked\.key is to have a password, .*: set COUNTERSIGN_PASSWORD, or .*--password-file/,
    );
    assert.match(said.err, /without a password set it to nothing \(COUNTERSIGN_PASSWORD=\)/);
  });
});

describe("countersign attest", () => {
  const attest = (...args: readonly string[]) =>
    run(["attest", "--registries-conf", `${root.path}/r.conf`, "--key", key, ...args]);

  it("stores what a file says", async () => {
    const { digest } = registry.image("shop/attested:v1");
    const predicate = root.write("sbom.json", '{"spdxVersion":"SPDX-2.3"}');
    const said = await attest(
      "--type",
      "spdxjson",
      "--predicate",
      predicate,
      `${registry.address}/shop/attested:v1`,
    );
    assert.equal(said.exitCode, 0);
    assert.match(
      said.out,
      /new {6}bundle https:\/\/spdx\.dev\/Document for .*\n {2}new {6}legacy https:\/\/spdx\.dev\/Document /,
    );
    assert.equal(registry.store.referrers("shop/attested", digest).length, 1);
    assert.ok(registry.store.manifest("shop/attested", `${digest.replace(":", "-")}.att`) !== undefined);
  });

  const rows: readonly (readonly [why: string, type: string, content: string, message: RegExp])[] = [
    ["a type that is none", "slsa", "{}", /--type "slsa": write one of custom, /],
    ["a signature's type", "https://sigstore.dev/cosign/sign/v1", "{}", /countersign sign makes those/],
    ["what is no JSON", "vuln", "{", /\/predicate: the predicate: unexpected end of JSON input/],
    ["a list", "vuln", "[]", /a JSON object is expected, not array/],
    ["what says a thing twice", "vuln", '{"a":[{"b":1,"b":2}]}', /has a member twice/],
  ];
  for (const [why, type, content, message] of rows) {
    it(`refuses ${why}`, async () => {
      const predicate = root.write("predicate", content);
      const said = await attest("--type", type, "--predicate", predicate, "registry.example/app:v1");
      assert.equal(said.exitCode, 2);
      assert.match(said.err, message);
    });
  }
});
