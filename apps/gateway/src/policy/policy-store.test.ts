import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, rename, rm, symlink, truncate, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import type { FileVersion } from "./file-version.ts";
import { type Namespace, parseNamespace } from "./namespace.ts";
import { type PolicyFiles, policyFilesOnDisk } from "./policy-files.ts";
import { type PolicyEvents, type PolicySource, policyStore } from "./policy-store.ts";

const accepting = '{"default":[{"type":"insecureAcceptAnything"}]}';
const rejecting = '{"default":[{"type":"reject"}]}';

let folder: string;
let globalFile: string;
let directory: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "policy-store-"));
  globalFile = join(folder, "policy.json");
  directory = join(folder, "policies");
  await mkdir(directory);
  await writeFile(globalFile, rejecting);
});
afterEach(() => rm(folder, { recursive: true }));

function recordedEvents() {
  const events: string[] = [];
  const sink: PolicyEvents = {
    loaded: (file) => events.push(`loaded ${file.slice(folder.length)}`),
    broke: (file, error) => events.push(`broke ${file.slice(folder.length)} ${error.code}`),
    mended: (file) => events.push(`mended ${file.slice(folder.length)}`),
    refused: (origin) => events.push(`refused ${origin}`),
  };
  return { events, sink };
}

const quiet: PolicyEvents = { loaded: () => {}, broke: () => {}, mended: () => {}, refused: () => {} };

function store(events: PolicyEvents = quiet): PolicySource {
  return policyStore({ global: globalFile, directory }, policyFilesOnDisk, { now: () => Date.now() }, events);
}

function namespace(text: string): Namespace {
  const parsed = parseNamespace(text);
  assert.ok(parsed !== undefined);
  return parsed;
}

const team = namespace("team");
const teamFile = () => join(directory, "team.json");

async function defaultOf(policies: PolicySource, name: Namespace | undefined): Promise<string> {
  return (await policies.policyFor(name)).policy.default[0].type;
}

describe("policyStore chooses", () => {
  it("the global policy without a namespace", async () => {
    assert.deepEqual(await store().policyFor(undefined), {
      policy: (await store().policyFor(undefined)).policy,
      file: globalFile,
      origin: "global",
    });
  });

  it("the global policy for a namespace without a file", async () =>
    assert.equal(await defaultOf(store(), team), "reject"));

  it("the namespace's file in place of the global one, also where it allows more", async () => {
    await writeFile(teamFile(), accepting);
    const { policy, file, origin } = await store().policyFor(team);
    assert.deepEqual(
      [policy.default[0].type, policy.digest, file, origin],
      ["insecureAcceptAnything", digestOf(Buffer.from(accepting)), teamFile(), "namespaced"],
    );
  });

  it("the namespace's file even when the global one is missing", async () => {
    await rm(globalFile);
    await writeFile(teamFile(), accepting);
    assert.equal(await defaultOf(store(), team), "insecureAcceptAnything");
  });

  it("the global policy for all when there is no directory of policies", async () => {
    const policies = policyStore(
      { global: globalFile, directory: undefined },
      policyFilesOnDisk,
      { now: () => 0 },
      quiet,
    );
    assert.equal(await defaultOf(policies, team), "reject");
  });
});

describe("policyStore never falls back to the global policy from", () => {
  beforeEach(() => writeFile(globalFile, accepting));

  const faults: readonly (readonly [why: string, code: string, makeFault: () => Promise<unknown>])[] = [
    ["a file that does not parse", "POLICY_INVALID", () => writeFile(teamFile(), "{")],
    ["an empty file", "POLICY_INVALID", () => writeFile(teamFile(), "")],
    [
      "a file with an unknown key",
      "POLICY_INVALID",
      () => writeFile(teamFile(), '{"default":[{"type":"reject"}],"x":1}'),
    ],
    ["a directory in the file's place", "POLICY_UNREADABLE", () => mkdir(teamFile())],
    ["a link to nowhere", "POLICY_UNREADABLE", () => symlink("/nonexistent/policy.json", teamFile())],
    ["a link to itself", "POLICY_UNREADABLE", () => symlink(teamFile(), teamFile())],
    ["a device", "POLICY_UNREADABLE", () => symlink("/dev/zero", teamFile())],
    [
      "a file of a gigabyte",
      "POLICY_UNREADABLE",
      async () => {
        await writeFile(teamFile(), "");
        await truncate(teamFile(), 2 ** 30);
      },
    ],
    ["a directory of policies that is gone", "POLICY_UNREADABLE", () => rm(directory, { recursive: true })],
    [
      "a directory of policies that is a file",
      "POLICY_UNREADABLE",
      async () => {
        await rm(directory, { recursive: true });
        await writeFile(directory, "");
      },
    ],
  ];
  for (const [why, code, makeFault] of faults) {
    it(why, async () => {
      await makeFault();
      await assert.rejects(store().policyFor(team), { code });
    });
  }

  it("a file it may not read", { skip: process.getuid?.() === 0 && "root reads everything" }, async () => {
    await writeFile(teamFile(), rejecting);
    await chmod(teamFile(), 0);
    await assert.rejects(store().policyFor(team), { code: "POLICY_UNREADABLE" });
  });
});

describe("policyStore's refusal", () => {
  it("begins with containers/image's words and says what follows from it", async () => {
    await writeFile(teamFile(), '{"default":[],"x":1}');
    await assert.rejects(store().policyFor(team), (error: Error) => {
      assert.ok(error.message.startsWith(`invalid policy in "${teamFile()}": `));
      assert.match(
        error.message,
        / \(default, line 1, column 2; countersign lint lists every fault\); no image/,
      );
      assert.match(error.message, /; no image is pulled under this policy until that is corrected$/);
      return true;
    });
  });

  it("is the same each time", async () => {
    await writeFile(teamFile(), "{");
    const policies = store();
    const messages = [];
    for (let i = 0; i < 3; i++) messages.push(await policies.policyFor(team).catch(({ message }) => message));
    assert.equal(new Set(messages).size, 1);
  });

  it("names a missing global policy", async () => {
    await rm(globalFile);
    await assert.rejects(store().policyFor(undefined), { code: "POLICY_NOT_FOUND" });
  });
});

describe("policyStore notices", () => {
  it("an edit, a removal and a new file, each at the next request", async () => {
    const policies = store();
    const seen = [await defaultOf(policies, team)];
    await writeFile(teamFile(), accepting);
    seen.push(await defaultOf(policies, team));
    await writeFile(teamFile(), rejecting);
    seen.push(await defaultOf(policies, team));
    await writeFile(`${teamFile()}.new`, accepting);
    await rename(`${teamFile()}.new`, teamFile());
    seen.push(await defaultOf(policies, team));
    await rm(teamFile());
    seen.push(await defaultOf(policies, team));
    assert.deepEqual(seen, [
      "reject",
      "insecureAcceptAnything",
      "reject",
      "insecureAcceptAnything",
      "reject",
    ]);
  });

  it("an edit that keeps size and modification time", async () => {
    const padded = rejecting.padEnd(accepting.length);
    const longAgo = new Date("2020-01-01");
    await writeFile(teamFile(), accepting);
    await utimes(teamFile(), longAgo, longAgo);
    const policies = store();
    assert.equal(await defaultOf(policies, team), "insecureAcceptAnything");
    await writeFile(teamFile(), padded);
    await utimes(teamFile(), longAgo, longAgo);
    assert.equal(await defaultOf(policies, team), "reject");
  });

  it("a broken edit: the version before it is used no more", async () => {
    await writeFile(teamFile(), accepting);
    const policies = store();
    assert.equal(await defaultOf(policies, team), "insecureAcceptAnything");
    await writeFile(teamFile(), accepting.slice(0, -1));
    await assert.rejects(policies.policyFor(team), { code: "POLICY_INVALID" });
    await writeFile(teamFile(), accepting);
    assert.equal(await defaultOf(policies, team), "insecureAcceptAnything");
  });

  it("and leaves the policy that a request already holds as it was", async () => {
    await writeFile(teamFile(), accepting);
    const policies = store();
    const held = await policies.policyFor(team);
    await writeFile(teamFile(), rejecting);
    assert.equal(await defaultOf(policies, team), "reject");
    assert.equal(held.policy.default[0].type, "insecureAcceptAnything");
  });
});

/** A file whose time stamps tick as coarsely as the test wants. */
function coarseFiles(content: string, modifiedMs: number) {
  const disk = { content, modifiedMs, reads: 0 };
  const version = (): FileVersion => {
    const nanoseconds = BigInt(disk.modifiedMs) * 1_000_000n;
    const size = BigInt(disk.content.length);
    const identity = { device: 1n, inode: 1n, size, modified: nanoseconds, changed: nanoseconds };
    return { identity, bytes: Buffer.from(disk.content) };
  };
  const files: PolicyFiles = {
    identify: async () => version().identity,
    read: async () => {
      disk.reads++;
      return version();
    },
  };
  return { disk, files };
}

describe("policyStore asked while somebody changes the directory", () => {
  /** Runs something before the store's look at a path, once. */
  function meddling(path: string, meddle: () => Promise<void>): PolicySource {
    let isDone = false;
    const before = async (asked: string) => {
      if (asked !== path || isDone) return;
      isDone = true;
      await meddle();
    };
    const files: PolicyFiles = {
      async identify(asked) {
        const found = await policyFilesOnDisk.identify(asked);
        await before(asked);
        return found;
      },
      read: policyFilesOnDisk.read,
    };
    const places = { global: globalFile, directory };
    return policyStore(places, files, { now: () => Date.now() }, quiet);
  }

  beforeEach(() => writeFile(globalFile, accepting));

  it("goes by the global policy when the namespace's file is removed before it is read", async () => {
    await writeFile(teamFile(), rejecting);
    assert.equal(
      await defaultOf(
        meddling(teamFile(), () => rm(teamFile())),
        team,
      ),
      "insecureAcceptAnything",
    );
  });

  it("refuses when the directory goes away before the namespace's file is read", async () => {
    await writeFile(teamFile(), rejecting);
    const policies = meddling(teamFile(), () => rename(directory, `${directory}.old`));
    await assert.rejects(policies.policyFor(team), { code: "POLICY_UNREADABLE" });
  });

  it("finds the namespace's file when the directory comes back after a look for it", async () => {
    await writeFile(teamFile(), rejecting);
    await rename(directory, `${directory}.old`);
    const policies = meddling(teamFile(), () => rename(`${directory}.old`, directory));
    assert.equal(await defaultOf(policies, team), "reject");
  });

  it("finds the namespace's file in the directory that takes the place of another", async () => {
    await writeFile(teamFile(), rejecting);
    await rename(directory, `${directory}.new`);
    await mkdir(directory);
    const policies = meddling(teamFile(), async () => {
      await rename(directory, `${directory}.old`);
      await rename(`${directory}.new`, directory);
    });
    assert.equal(await defaultOf(policies, team), "reject");
  });

  it("refuses, sooner or later, when it is another one at each look", async () => {
    let size = 0n;
    const files: PolicyFiles = {
      async identify(asked) {
        const found = await policyFilesOnDisk.identify(asked);
        return asked === directory && found !== undefined ? { ...found, size: size++ } : found;
      },
      read: policyFilesOnDisk.read,
    };
    // By a clock that goes on, fifty looks can take so long that the directory is old enough to be believed.
    const began = Date.now();
    const policies = policyStore({ global: globalFile, directory }, files, { now: () => began }, quiet);
    await assert.rejects(policies.policyFor(team), { code: "POLICY_UNREADABLE" });
  });
});

describe("policyStore on a clock that ticks coarsely", () => {
  const padded = rejecting.padEnd(accepting.length);

  it("reads a file again that was written a moment ago, for it may have been written twice", async () => {
    const { disk, files } = coarseFiles(accepting, 10_000);
    const policies = policyStore(
      { global: "/p.json", directory: undefined },
      files,
      { now: () => 10_500 },
      quiet,
    );
    assert.equal(await defaultOf(policies, undefined), "insecureAcceptAnything");
    disk.content = padded; // same tick, same size
    assert.equal(await defaultOf(policies, undefined), "reject");
  });

  it("reads a settled file once", async () => {
    const { disk, files } = coarseFiles(accepting, 10_000);
    const policies = policyStore(
      { global: "/p.json", directory: undefined },
      files,
      { now: () => 20_000 },
      quiet,
    );
    for (let i = 0; i < 3; i++) await defaultOf(policies, undefined);
    assert.equal(disk.reads, 1);
  });

  it("reads a settled file that is broken once", async () => {
    const { disk, files } = coarseFiles("{", 10_000);
    const policies = policyStore(
      { global: "/p.json", directory: undefined },
      files,
      { now: () => 20_000 },
      quiet,
    );
    for (let i = 0; i < 3; i++)
      await assert.rejects(policies.policyFor(undefined), { code: "POLICY_INVALID" });
    assert.equal(disk.reads, 1);
  });

  it("goes by when a file was put there, not by the time it carries", async () => {
    const { disk, files } = coarseFiles(accepting, 10_000);
    const carried: PolicyFiles = {
      identify: async (path) => {
        const identity = await files.identify(path);
        return identity && { ...identity, modified: 0n };
      },
      read: async (path) => {
        const { identity, bytes } = await files.read(path);
        return { bytes, identity: { ...identity, modified: 0n } };
      },
    };
    const policies = policyStore(
      { global: "/p.json", directory: undefined },
      carried,
      { now: () => 10_500 },
      quiet,
    );
    assert.equal(await defaultOf(policies, undefined), "insecureAcceptAnything");
    disk.content = padded;
    assert.equal(await defaultOf(policies, undefined), "reject");
  });

  it("never trusts a file from the future", async () => {
    const { disk, files } = coarseFiles(accepting, 99_000);
    const policies = policyStore(
      { global: "/p.json", directory: undefined },
      files,
      { now: () => 20_000 },
      quiet,
    );
    await defaultOf(policies, undefined);
    disk.content = padded;
    assert.equal(await defaultOf(policies, undefined), "reject");
  });
});

describe("policyStore tells", () => {
  it("of each change once, and of every refusal", async () => {
    const { events, sink } = recordedEvents();
    const policies = store(sink);
    await policies.policyFor(undefined);
    await policies.policyFor(undefined);
    await writeFile(teamFile(), "{");
    await policies.policyFor(team).catch(() => {});
    await policies.policyFor(team).catch(() => {});
    await writeFile(teamFile(), accepting);
    await policies.policyFor(team);
    assert.deepEqual(events, [
      "loaded /policy.json",
      "refused namespaced",
      "broke /policies/team.json POLICY_INVALID",
      "refused namespaced",
      "loaded /policies/team.json",
      "mended /policies/team.json",
    ]);
  });
});

it("policyStore keeps one parsed policy for all files with the same content", async () => {
  await writeFile(teamFile(), accepting);
  await writeFile(join(directory, "other.json"), accepting);
  const policies = store();
  const one = await policies.policyFor(team);
  const other = await policies.policyFor(namespace("other"));
  assert.equal(one.policy, other.policy);
});

it("policyFilesOnDisk words a failure as Go words it", async () => {
  await assert.rejects(
    policyFilesOnDisk.read(`${directory}/absent`),
    new CountersignError("POLICY_UNREADABLE", `open ${directory}/absent: no such file or directory`),
  );
});
