import assert from "node:assert/strict";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

let home: string;
let registry: TestRegistry;

before(async () => {
  home = await mkdtemp(join(tmpdir(), "countersign-cli-"));
  registry = await startRegistry();
  registry.image("app:v1");
  await file("accept.json", { default: [{ type: "insecureAcceptAnything" }] });
  await file("reject.json", { default: [{ type: "reject" }] });
  await file("signed.json", { default: [{ type: "sigstoreSigned", keyPath: join(home, "absent.pub") }] });
  await file("broken.json", { default: [{ type: "reject", extra: 1 }], surplus: {} });
  await mkdir(join(home, "policies"));
  await file("policies/strict.json", { default: [{ type: "reject" }] });
  await file("policies/broken.json", { default: [] });
  await writeFile(
    join(home, "registries.conf"),
    `[[registry]]\nlocation = "${registry.address}"\ninsecure = true\n`,
  );
});

after(async () => {
  await registry.close();
  await rm(home, { recursive: true });
});

async function file(name: string, content: unknown): Promise<void> {
  await writeFile(join(home, name), JSON.stringify(content));
}

async function run(...argv: string[]) {
  const io = recordingTerminal({ HOME: home });
  await main(argv, io);
  return io.said;
}

const image = () => `${registry.address}/app:v1`;
const policy = (name: string) => ["--signature-policy", join(home, name)];
const local = () => ["--registries-conf", join(home, "registries.conf")];

describe("countersign verify exits", () => {
  const rows: ReadonlyArray<readonly [code: number, why: string, argv: () => string[]]> = [
    [0, "when the policy accepts", () => [...policy("accept.json"), ...local(), image()]],
    [0, "for a name with its transport", () => [...policy("accept.json"), ...local(), `docker://${image()}`]],
    [1, "when the policy rejects", () => [...policy("reject.json"), ...local(), image()]],
    [1, "when a signature is missing", () => [...policy("signed.json"), ...local(), image()]],
    [
      1,
      "when the namespace's own policy rejects",
      () => [
        ...policy("accept.json"),
        ...local(),
        "--signature-policy-dir",
        join(home, "policies"),
        "--namespace",
        "strict",
        image(),
      ],
    ],
    [
      0,
      "when the namespace has no policy of its own and the global one accepts",
      () => [
        ...policy("accept.json"),
        ...local(),
        "--signature-policy-dir",
        join(home, "policies"),
        "--namespace",
        "other",
        image(),
      ],
    ],
    [
      2,
      "when the namespace's own policy does not parse",
      () => [
        ...policy("accept.json"),
        ...local(),
        "--signature-policy-dir",
        join(home, "policies"),
        "--namespace",
        "broken",
        image(),
      ],
    ],
    [
      2,
      "for a namespace that would leave the directory",
      () => [
        ...policy("accept.json"),
        "--signature-policy-dir",
        join(home, "policies"),
        "--namespace",
        "../accept",
        image(),
      ],
    ],
    [2, "for a policy that does not parse", () => [...policy("broken.json"), ...local(), image()]],
    [2, "for a policy that is not there", () => [...policy("nowhere.json"), image()]],
    [2, "without an image", () => []],
    [2, "for an unknown flag", () => ["--nope", image()]],
    [
      2,
      "for a flag given twice",
      () => [...policy("accept.json"), ...policy("reject.json"), ...local(), image()],
    ],
    [2, "for an image that is no reference", () => [...policy("accept.json"), "UPPER/case"]],
    [2, "for a platform that is none", () => [...policy("accept.json"), "--platform", "linux", image()]],
    [2, "for a timeout that is none", () => [...policy("accept.json"), "--timeout", "soon", image()]],
    [2, "for an output format that is none", () => ["--output", "yaml", image()]],
    [3, "for a registry that is not there", () => [...policy("accept.json"), "127.0.0.1:1/app:v1"]],
    [3, "for an image that is not there", () => [...policy("accept.json"), ...local(), `${image()}-gone`]],
  ];
  for (const [code, why, argv] of rows) {
    it(`${code} ${why}`, async () => {
      const said = await run("verify", ...argv());
      assert.equal(said.exitCode, code, said.err + said.out);
      assert.doesNotMatch(said.out + said.err, /^\s+at .+:\d+:\d+\)?$/m, "no stack trace");
      assert.ok((said.out + said.err).length > 0);
    });
  }
});

describe("countersign verify --output json", () => {
  async function json(...argv: string[]) {
    return JSON.parse((await run("verify", "--output", "json", ...argv)).out);
  }

  it("has the whole contract for an allowed image", async () => {
    const answer = await json(...policy("accept.json"), ...local(), image());
    const { duration, policy: inForce, ...rest } = answer;
    assert.equal(typeof duration, "number");
    assert.deepEqual(inForce, {
      file: join(home, "accept.json"),
      because: "named by --signature-policy",
      transport: "docker",
      scope: "default",
      tried: [image(), `${registry.address}/app`, registry.address, "*.0.0.1", "*.0.1", "*.1", ""],
      rules: [],
    });
    assert.deepEqual(rest, {
      image: image(),
      namespace: null,
      reference: image(),
      resolution: null,
      digest: registry.store.manifest("app", "v1")?.digest,
      instance: null,
      decision: "allowed",
      code: "",
      message: "",
      warnings: [],
      requirements: [
        { type: "insecureAcceptAnything", mode: "enforce", outcome: "satisfied", reason: "", signatures: [] },
      ],
      missedIn: [],
      unreadBundles: [],
    });
  });

  it("tells of one that is not signed where its signatures could have been", async () => {
    const { digest, missedIn } = await json(...policy("signed.json"), ...local(), image());
    const [lookaside, attachments, referrers] = missedIn as readonly Record<string, unknown>[];
    assert.ok(lookaside && attachments && referrers);
    assert.match(String(lookaside["location"]), /\/containers\/sigstore\/app@sha256=[0-9a-f]{64}$/);
    assert.deepEqual([lookaside["kind"], lookaside["searched"]], ["lookaside", true]);
    const location = `${registry.address}/app:${String(digest).replace(":", "-")}.sig`;
    assert.deepEqual(attachments, { kind: "attachments", location, searched: false });
    const subject = `${registry.address}/app@${digest}`;
    assert.deepEqual(referrers, { kind: "referrers", location: subject, searched: false });
  });

  it("carries the reference's own text for a denied one", async () => {
    const { decision, code, message } = await json(...policy("signed.json"), ...local(), image());
    assert.deepEqual(
      [decision, code, message],
      [
        "denied",
        "SIGNATURE_MISSING",
        "Source image rejected: A signature was required, but no signature exists",
      ],
    );
  });

  const wrong: ReadonlyArray<readonly [what: string, code: string, message: RegExp, argv: () => string[]]> = [
    ["an unknown flag", "USAGE", /^unknown option '--nope'$/, () => ["--nope", image()]],
    ["no image", "USAGE", /^missing required argument 'image'$/, () => []],
    ["a platform that is none", "USAGE", /^--platform "linux": /, () => ["--platform", "linux", image()]],
    [
      "an image that is no reference",
      "REFERENCE_INVALID",
      /^invalid reference format/,
      () => [...policy("accept.json"), "UPPER/case"],
    ],
  ];
  for (const [what, code, message, argv] of wrong) {
    it(`is one object for ${what} too, and exits 2`, async () => {
      for (const flag of [["--output", "json"], ["--output=json"]]) {
        const said = await run("verify", ...flag, ...argv());
        const answer = JSON.parse(said.out);
        assert.deepEqual([answer.decision, answer.code, said.exitCode], ["undecided", code, 2]);
        assert.match(answer.message, message);
      }
    });
  }

  it("names file and fault of a policy that does not parse", async () => {
    const { decision, code, message } = await json(...policy("broken.json"), ...local(), image());
    assert.deepEqual(
      [decision, code, message],
      [
        "undecided",
        "POLICY_INVALID",
        `invalid policy in "${join(home, "broken.json")}": Unknown key "extra"`,
      ],
    );
  });
});

describe("countersign verify, in text,", () => {
  it("says where the fault of a policy is", async () => {
    const { out } = await run("verify", ...policy("broken.json"), ...local(), image());
    assert.match(
      out,
      /^next +the fault is at default\[0\]\.extra, line 1, column \d+; countersign lint .*broken\.json /m,
    );
  });

  for (const flag of ["--policy", "--policy=broken.json"]) {
    it(`knows what ${flag} was meant to be`, async () => {
      const { err } = await run("verify", flag, image());
      assert.match(err, /^error: unknown option '--policy.*'\n\(Did you mean --signature-policy\?\)$/m);
    });
  }
});

describe("countersign verify, given a name that is none, answers in JSON like any other", () => {
  const rows: ReadonlyArray<readonly [of: string, file: string, message: RegExp]> = [
    ["with the name's fault", "accept.json", /^invalid reference format: repository name must be lowercase$/],
    ["with the policy's fault, if it has one", "broken.json", /^invalid policy in /],
  ];
  for (const [of, file, message] of rows) {
    it(of, async () => {
      const said = await run("verify", "--output", "json", ...policy(file), "Registry/App");
      const answer = JSON.parse(said.out);
      assert.equal(answer.decision, "undecided");
      assert.equal(answer.reference, null);
      assert.match(answer.message, message);
      assert.equal(said.exitCode, 2);
    });
  }
});

describe("countersign explain", () => {
  it("tells the file, the scope, the requirement and what to do", async () => {
    const { out, exitCode } = await run("explain", ...policy("signed.json"), ...local(), image());
    assert.equal(exitCode, 1);
    assert.match(out, /signed\.json \(named by --signature-policy\)/);
    assert.match(out, /applies: its default/);
    assert.match(out, /1\. sigstoreSigned: key from .*absent\.pub, identity matchRepoDigestOrExact: fails/);
    assert.match(
      out,
      /not looked for beside the image, as \S+:sha256-[0-9a-f]{64}\.sig: registries\.d does not say so/,
    );
    assert.match(out, /next .*use-sigstore-attachments/);
  });

  it("tells a signature that is not there from one that is not looked for", async () => {
    const directory = join(home, "registries.d");
    await mkdir(directory);
    await writeFile(join(directory, "all.yaml"), "default-docker: {use-sigstore-attachments: true}\n");
    const flags = [...policy("signed.json"), ...local(), "--registries-d", directory];
    const { out } = await run("explain", ...flags, image());
    assert.match(out, /looked for beside the image, as \S+:sha256-[0-9a-f]{64}\.sig: there is none/);
    assert.match(out, /next .*countersign sign --key KEY --format legacy/);
  });
});

describe("countersign", () => {
  it("prints its commands and exits 0 for --help", async () => {
    const { out, exitCode } = await run("--help");
    assert.equal(exitCode, 0);
    for (const command of ["verify", "explain", "lint", "gateway", "demo"])
      assert.match(out, new RegExp(command));
  });

  it("has the version of its package", async () => {
    const { version } = JSON.parse(await readFile(new URL("../package.json", import.meta.url), "utf8"));
    assert.equal((await run("--version")).out, `${version}\n`);
  });

  it("exits 2 for a command that is none", async () => {
    const { err, exitCode } = await run("verfy");
    assert.equal(exitCode, 2);
    assert.match(err, /verfy/);
  });
});

describe("countersign demo", () => {
  it("exits 3 and names the runtime that does not answer", async () => {
    const { err, exitCode } = await run("demo", "--runtime-endpoint", `unix://${join(home, "nowhere.sock")}`);
    assert.equal(exitCode, 3);
    assert.match(err, /nowhere\.sock/);
  });

  it("exits 2 for an endpoint that is no socket", async () => {
    assert.equal((await run("demo", "--runtime-endpoint", "localhost")).exitCode, 2);
  });
});

describe("countersign explain, when it cannot decide,", () => {
  it("still tells what the policy asks for", async () => {
    const { out, exitCode } = await run("explain", ...policy("signed.json"), "127.0.0.1:1/app:v1");
    assert.equal(exitCode, 3);
    assert.match(
      out,
      /all of which are to hold: none was judged, for the reason above\n +1\. sigstoreSigned: key from .*absent\.pub, identity matchRepoDigestOrExact\n/,
    );
  });
});
