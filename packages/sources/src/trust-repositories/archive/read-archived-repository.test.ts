import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { archiveOf } from "@countersign/testkit/trust-repository/archived-repository";
import {
  type Expiries,
  newKey,
  startTufRepository,
  type TufRepository,
} from "@countersign/testkit/trust-repository/tuf-repository";
import { readArchivedRepository } from "./read-archived-repository.ts";

const day = 24 * 60 * 60_000;
const start = Date.UTC(2026, 0, 1);
const expiries: Expiries = {
  root: start + 100 * day,
  targets: start + 90 * day,
  snapshot: start + 80 * day,
  timestamp: start + 7 * day,
};
const { signal } = new AbortController();

interface Question {
  readonly root?: Uint8Array;
  readonly targets?: string;
  readonly target?: string;
  readonly files?: ReadonlyMap<string, Uint8Array>;
}

const read = (
  repository: TufRepository,
  { root = repository.root, targets = "targets", target = "trusted_root.json", files }: Question = {},
  within = signal,
) => readArchivedRepository({ archive: archiveOf(files ?? repository.files), root, targets, target }, within);

async function textOf(repository: TufRepository, question: Question = {}): Promise<string> {
  return Buffer.from((await read(repository, question)).bytes).toString();
}

const start1 = (consistentSnapshot = true) =>
  startTufRepository(Buffer.from("one"), { expiries, consistentSnapshot });

describe("an archived repository is read", () => {
  for (const consistentSnapshot of [true, false]) {
    it(`from the pinned root on, consistent_snapshot being ${consistentSnapshot}`, async () => {
      await using repository = await start1(consistentSnapshot);
      assert.equal(await textOf(repository), "one");
      repository.publish("trusted_root.json", Buffer.from("two"));
      for (const role of ["root", "targets", "snapshot", "timestamp", "root"] as const)
        repository.rotate(role);
      assert.equal(await textOf(repository), "two");
    });
  }

  it("without asking anybody", async () => {
    await using repository = await start1();
    await textOf(repository);
    assert.deepEqual(repository.requests, []);
  });

  it("with targets in another folder, or where they mostly are", async () => {
    await using repository = await start1();
    const moved = new Map(
      [...repository.files].map(([path, bytes]) => [path.replace(/^targets\//, "my/files/"), bytes] as const),
    );
    assert.equal(await textOf(repository, { targets: "my/files/", files: moved }), "one");
    assert.equal(await textOf(repository, { targets: "my/files" }), "one");
  });

  for (const role of ["root", "targets", "snapshot", "timestamp"] as const) {
    it(`and says that its ${role}.json expires first`, async () => {
      await using repository = await startTufRepository(Buffer.from("one"), {
        expiries: { ...expiries, [role]: start - day },
      });
      const { expiry } = await read(repository);
      assert.deepEqual(expiry, { file: `${role}.json`, at: start - day });
    });
  }
});

const roleFiles = {
  "root.json": "2.root.json",
  "timestamp.json": "timestamp.json",
  "snapshot.json": "2.snapshot.json",
  "targets.json": "2.targets.json",
} as const;

/** One with a second root.json, so that each role has a file in the archive that is read. */
async function rotated(): Promise<TufRepository> {
  const repository = await start1();
  repository.rotate("root");
  return repository;
}

describe("an archived repository is refused", () => {
  for (const [role, path] of Object.entries(roleFiles)) {
    it(`for any bit of ${role} that is another`, async () => {
      await using repository = await rotated();
      const whole = repository.files.get(path) ?? Buffer.alloc(0);
      for (let at = 3; at < whole.length; at += 13) {
        const flipped = Buffer.from(whole);
        flipped[at] = (flipped[at] ?? 0) ^ (1 << (at % 3));
        const files = new Map([...repository.files, [path, flipped]]);
        await assert.rejects(
          read(repository, { files }),
          { code: "TRUST_REPOSITORY_UNUSABLE" },
          `byte ${at}`,
        );
      }
    });

    it(`when somebody else signed ${role}`, async () => {
      await using repository = await start1();
      const thief = role.slice(0, -".json".length) as keyof typeof repository.keys;
      repository.keys[thief] = newKey();
      // root.json is signed by the old key and the new one: leave out the old
      if (thief === "root") repository.rotate("root");
      else repository.renew();
      const message =
        thief === "root" ? /root\.json: root was signed by 0\/1/ : new RegExp(`${thief} was signed by 0/1`);
      await assert.rejects(read(repository), { code: "TRUST_REPOSITORY_UNUSABLE", message });
    });
  }

  const broken: ReadonlyArray<
    readonly [why: string, question: (good: TufRepository, other: TufRepository) => Question, message: RegExp]
  > = [
    [
      "from the root of another",
      (_good, { root }) => ({ root }),
      /root\.json: root was signed by 0\/1|timestamp was signed by 0\/1/,
    ],
    [
      "from a root that is none",
      () => ({ root: Buffer.from("{}") }),
      /the root.json that the policy names is none/,
    ],
    [
      "that does not have the target",
      () => ({ target: "other.json" }),
      /targets.json lists no "other.json", but trusted_root.json/,
    ],
    ["for a name of Object's", () => ({ target: "constructor" }), /lists no "constructor"/],
    [
      "whose target is another file of the same length",
      ({ files }) => ({ files: replaced(files, /^targets\//, Buffer.from("eno")) }),
      /trusted_root.json is not what targets.json says/,
    ],
    [
      "whose target is longer",
      ({ files }) => ({ files: replaced(files, /^targets\//, Buffer.from("one ")) }),
      /4 bytes, not 3/,
    ],
    [
      "that lacks the target",
      ({ files }) => ({ files: without(files, /^targets\//) }),
      /targets\/.* is not there/,
    ],
    [
      "that lacks timestamp.json",
      ({ files }) => ({ files: without(files, /^timestamp/) }),
      /timestamp.json is not there/,
    ],
    [
      "that lacks snapshot.json",
      ({ files }) => ({ files: without(files, /snapshot/) }),
      /snapshot.json is not there/,
    ],
    [
      "that lacks targets.json",
      ({ files }) => ({ files: without(files, /targets\.json/) }),
      /targets.json is not there/,
    ],
    [
      "with a metadata file beyond what is looked at",
      ({ files }) => ({ files: replaced(files, /^timestamp/, Buffer.alloc(600 * 1024, " ")) }),
      /"timestamp.json" has 614400 bytes, not 16384 at most/,
    ],
    [
      "with more signatures than anybody has keys",
      ({ files }) => ({ files: replaced(files, /^timestamp/, manySignatures(files.get("timestamp.json"))) }),
      /33 signatures, more than the 32/,
    ],
    [
      "with more to verify for each signature than there is time for",
      ({ files }) => ({
        files: replaced(
          files,
          /^timestamp/,
          manySignatures(files.get("timestamp.json"), 32, Array(3500).fill(0)),
        ),
      }),
      /timestamp\.json: it has \d+ bytes and 32 signatures, which takes too long to verify/,
    ],
  ];
  for (const [why, question, message] of broken) {
    it(why, async () => {
      await using good = await start1();
      await using other = await start1();
      await assert.rejects(read(good, question(good, other)), { code: "TRUST_REPOSITORY_UNUSABLE", message });
    });
  }

  it("with more roots than anybody follows", async () => {
    await using repository = await start1();
    for (let at = 0; at < 65; at++) repository.rotate("timestamp");
    await assert.rejects(read(repository), { message: /more than 64 root.json after that of the TrustRoot/ });
    assert.equal(
      await textOf(repository, { root: repository.files.get("3.root.json") ?? Buffer.alloc(0) }),
      "one",
    );
  });

  it("when its time is over", async () => {
    await using repository = await start1();
    const over = new AbortController();
    setImmediate(() => over.abort());
    await assert.rejects(read(repository, {}, over.signal), { code: "CANCELLED" });
  });
});

describe("while an archived repository is read", () => {
  it("others have their turn before each of its files", async () => {
    await using repository = await start1();
    await read(repository);
    let turns = 0;
    let next = setImmediate(function turn() {
      turns++;
      next = setImmediate(turn);
    });
    await read(repository);
    clearImmediate(next);
    assert.ok(turns >= 5, `${turns} turns`);
  });
});

function replaced(files: ReadonlyMap<string, Uint8Array>, path: RegExp, bytes: Uint8Array) {
  return new Map([...files].map(([name, content]) => [name, path.test(name) ? bytes : content]));
}

function without(files: ReadonlyMap<string, Uint8Array>, path: RegExp) {
  return new Map([...files].filter(([name]) => !path.test(name)));
}

function manySignatures(timestamp: Uint8Array | undefined, count = 33, ballast: readonly number[] = []) {
  const json = JSON.parse(Buffer.from(timestamp ?? []).toString());
  const signatures = Array.from({ length: count }, (_, at) => ({ keyid: `${at}`, sig: "00" }));
  return Buffer.from(JSON.stringify({ signatures, signed: { ...json.signed, ballast } }));
}
