import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, it } from "node:test";
import { startRegistry, type TestRegistry } from "@countersign/testkit/registry/registry";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { main } from "./main.ts";
import { recordingTerminal } from "./terminal.ts";

let root: TemporaryRoot;
let first: TestRegistry;
let second: TestRegistry;

beforeEach(async () => {
  root = temporaryRoot();
  first = await startRegistry();
  second = await startRegistry();
  root.write("accept.json", '{"default":[{"type":"insecureAcceptAnything"}]}');
});

afterEach(async () => {
  await first.close();
  await second.close();
  root[Symbol.dispose]();
});

/** A policy that rejects what is in the first registry and accepts everything else. */
function rejectFirst(): string {
  const docker = { [first.address]: [{ type: "reject" }] };
  return root.write(
    "policy.json",
    JSON.stringify({ default: [{ type: "insecureAcceptAnything" }], transports: { docker } }),
  );
}

interface Asked {
  readonly registriesConf: string;
  readonly image?: string;
  readonly policy?: string;
  readonly flags?: readonly string[];
}

async function run(
  command: "verify" | "explain",
  { registriesConf, image = "app:v1", policy, flags }: Asked,
) {
  const io = recordingTerminal({ HOME: `${root.path}/home/me` });
  const hosts = [first, second].map(
    ({ address }) => `[[registry]]\nlocation = "${address}"\ninsecure = true\n`,
  );
  const conf = root.write("registries.conf", `${registriesConf}\n${hosts.join("")}`);
  await main(
    [
      command,
      ...["--signature-policy", policy ?? `${root.path}/accept.json`, "--registries-conf", conf],
      ...(flags ?? ["--short-names", "registries.conf", "--output", "json"]),
      image,
    ],
    io,
  );
  return io.said;
}

async function verify(asked: Asked) {
  const { out, exitCode } = await run("verify", asked);
  const { decision, reference, resolution, code, message } = JSON.parse(out);
  return { exitCode, decision, reference, resolution, code, message };
}

const both = () => `unqualified-search-registries = ["${first.address}", "${second.address}"]`;

describe("countersign verify --short-names registries.conf", () => {
  it("asks for what an alias says, and says whose it is", async () => {
    first.image("team/app:v1");
    const { decision, reference, resolution } = await verify({
      registriesConf: `[aliases]\napp = "${first.address}/team/app"`,
    });
    assert.deepEqual([decision, reference], ["allowed", `${first.address}/team/app:v1`]);
    assert.deepEqual(resolution, {
      from: "alias",
      file: `${root.path}/registries.conf`,
      candidates: [`${first.address}/team/app:v1`],
    });
  });

  it("takes the first registry that has the image", async () => {
    second.image("app:v1");
    const { decision, reference, resolution } = await verify({ registriesConf: both() });
    assert.deepEqual([decision, reference], ["allowed", `${second.address}/app:v1`]);
    assert.deepEqual(
      [resolution.from, resolution.candidates],
      ["search", [`${first.address}/app:v1`, `${second.address}/app:v1`]],
    );
  });

  it("asks no other registry when the first one's image is refused", async () => {
    first.image("app:v1");
    second.image("app:v1");
    const { exitCode, reference, code } = await verify({ registriesConf: both(), policy: rejectFirst() });
    assert.deepEqual([exitCode, reference, code], [1, `${first.address}/app:v1`, "POLICY_REJECTS"]);
    assert.deepEqual(second.requests, []);
  });

  it("goes on where a registry lacks it, whatever its policy says", async () => {
    second.image("app:v1");
    const { exitCode, reference } = await verify({ registriesConf: both(), policy: rejectFirst() });
    assert.deepEqual([exitCode, reference], [0, `${second.address}/app:v1`]);
  });

  it("says what every registry says when none has it", async () => {
    const { exitCode, code, message } = await verify({ registriesConf: both() });
    assert.deepEqual([exitCode, code], [3, "REGISTRY_NOT_FOUND"]);
    assert.match(
      message,
      /^2 errors occurred while pulling:\n \* initializing source .*\n \* initializing source /,
    );
  });

  it("leaves a name with its registry as it is", async () => {
    first.image("app:v1");
    const { reference, resolution } = await verify({
      registriesConf: both(),
      image: `${first.address}/app:v1`,
    });
    assert.deepEqual([reference, resolution], [`${first.address}/app:v1`, null]);
  });

  it("leaves a name with a transport to docker.io", async () => {
    const { reference, resolution } = await verify({
      registriesConf: `${both()}\n[[registry]]\nlocation = "docker.io"\nblocked = true`,
      image: "docker://app:v1",
    });
    assert.deepEqual([reference, resolution], ["docker.io/library/app:v1", null]);
  });

  const refused: readonly (readonly [why: string, registriesConf: () => string, message: RegExp])[] = [
    ["nothing is said of", () => "", /^short-name "app:v1" did not resolve to an alias and no containers-/],
    [
      "two registries may mean",
      () => `short-name-mode = "enforcing"\n${both()}`,
      /^short-name resolution enforced but cannot prompt without a TTY$/,
    ],
  ];
  for (const [why, registriesConf, message] of refused) {
    it(`cannot tell of a name that ${why}`, async () => {
      const said = await verify({ registriesConf: registriesConf() });
      assert.deepEqual([said.exitCode, said.code], [2, "SHORT_NAME_UNRESOLVED"]);
      assert.equal(said.reference, null, "nobody knows what it means");
      assert.match(said.message, message);
    });
  }

  it("contradicts containerd's own configuration", async () => {
    const flags = ["--short-names", "registries.conf", "--registry-config-path", root.path];
    const { err, exitCode } = await run("verify", { registriesConf: "", flags });
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /--short-names registries\.conf is for CRI-O and --registry-config-path for containerd/,
    );
  });
});

it("countersign verify takes a short name for docker.io's unless told otherwise", async () => {
  const blocked = '[[registry]]\nlocation = "docker.io"\nblocked = true';
  const { reference, resolution } = await verify({
    registriesConf: `${both()}\n${blocked}`,
    flags: ["--output", "json"],
  });
  assert.deepEqual([reference, resolution], ["docker.io/library/app:v1", null]);
});

describe("countersign explain --short-names registries.conf", () => {
  const flags = ["--short-names", "registries.conf"];

  it("tells which alias a name is", async () => {
    first.image("team/app:v1");
    const name = `${first.address}/team/app`;
    const { out } = await run("explain", { registriesConf: `[aliases]\napp = "${name}"`, flags });
    assert.ok(
      out.includes(`  Resolved "app" as an alias (${root.path}/registries.conf)\n  which is ${name}:v1\n`),
      out,
    );
  });

  it("tells what a name may mean", async () => {
    second.image("app:v1");
    const { out } = await run("explain", { registriesConf: both(), flags });
    const names = `${first.address}/app:v1, ${second.address}/app:v1`;
    assert.ok(out.includes(`  which is the first there is of ${names}\n`), out);
  });
});

describe("countersign policy show and test --short-names registries.conf", () => {
  const policyRun = async (...argv: readonly string[]) => {
    const io = recordingTerminal({ HOME: `${root.path}/home/me` });
    await main(["policy", ...argv], io);
    return io.said;
  };
  const conf = (text: string) => root.write("registries.conf", text);
  const table = (rows: string) =>
    root.write("table.yaml", `policy: policy.json\nevidence: unsigned\nimages:\n${rows}`);

  it("show every image that a name may mean, each with its scope", async () => {
    const registries = [
      "--registries-conf",
      conf(`unqualified-search-registries = ["${first.address}", "b.example"]`),
    ];
    const flags = ["--signature-policy", rejectFirst(), ...registries, "--short-names", "registries.conf"];
    const shown = JSON.parse((await policyRun("show", ...flags, "--output", "json", "app:v1")).out);
    const told = shown.map(({ image, reference, requirements: [{ type }] }: ShownImage) => [
      image,
      reference,
      type,
    ]);
    assert.deepEqual(told, [
      ["app:v1", `${first.address}/app:v1`, "reject"],
      ["app:v1", "b.example/app:v1", "insecureAcceptAnything"],
    ]);
  });

  it("test the image that an alias means", async () => {
    rejectFirst();
    const registries = ["--registries-conf", conf(`[aliases]\napp = "${first.address}/team/app"`)];
    const rows = table("  - {image: app, expect: denied}\n");
    const { exitCode, out } = await policyRun(
      "test",
      ...registries,
      "--short-names",
      "registries.conf",
      rows,
    );
    assert.equal(exitCode, 0, out);
    assert.equal((await policyRun("test", ...registries, rows)).exitCode, 1);
  });

  it("test no name that may be of several registries, or of none", async () => {
    rejectFirst();
    const several = conf('unqualified-search-registries = ["a.example", "b.example"]');
    const rows = table("  - {image: app, expect: denied}\n  - {image: x.example/app, expect: allowed}\n");
    const flags = ["--short-names", "registries.conf", rows];
    const { exitCode, err } = await policyRun("test", "--registries-conf", several, ...flags);
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /table\.yaml:4: app may be any of docker:\/\/a\.example\/app:latest, docker:\/\/b\.example\/app:latest: write the one that is meant\n$/,
    );
    const none = await policyRun("test", "--registries-conf", conf(""), ...flags);
    assert.equal(none.exitCode, 2);
    assert.match(
      none.err,
      /table\.yaml:4: short-name "app" did not resolve to an alias .*: write the image's name with/,
    );
  });

  it("show which name has no one meaning, and what to do", async () => {
    const several =
      'short-name-mode = "enforcing"\nunqualified-search-registries = ["a.example", "b.example"]';
    const flags = ["--signature-policy", rejectFirst(), "--short-names", "registries.conf"];
    const { exitCode, err } = await policyRun("show", "--registries-conf", conf(several), ...flags, "app");
    assert.equal(exitCode, 2);
    assert.match(
      err,
      /^countersign: app: short-name resolution enforced .*: write the image's name with its/,
    );
  });
});

interface ShownImage {
  readonly image: string;
  readonly reference: string;
  readonly requirements: readonly [{ readonly type: string }];
}
