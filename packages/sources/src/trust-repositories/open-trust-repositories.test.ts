import assert from "node:assert/strict";
import { chmodSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import type { TrustRepositories } from "@countersign/engine/verify/ports";
import {
  answers,
  breaksOff,
  corrupts,
  type Fault,
  hangs,
  neverEnds,
  redirects,
  resets,
  send,
} from "@countersign/testkit/registry/faults";
import { type ManualTiming, manualTiming } from "@countersign/testkit/registry/manual-timing";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import {
  type Expiries,
  newKey,
  startTufRepository,
  type TufRepository,
} from "@countersign/testkit/trust-repository/tuf-repository";
import { openConnections } from "../registry/connections.ts";
import { httpClient } from "../registry/http-client.ts";
import { metadataDirectory } from "./metadata-directory.ts";
import { openTrustRepositories } from "./open-trust-repositories.ts";

const { signal } = new AbortController();
const start = Date.UTC(2026, 0, 1);
const day = 24 * 60 * 60_000;
const expiries: Expiries = {
  root: start + 100 * day,
  targets: start + 90 * day,
  snapshot: start + 80 * day,
  timestamp: start + 7 * day,
};

interface Scene {
  readonly repository: TufRepository;
  readonly timing: ManualTiming;
  readonly root: TemporaryRoot;
  /** a process of its own, with the same directory and clock */
  process(directory?: string | undefined): Process;
  /** paths asked for since */
  asked(): readonly string[];
}

interface Process {
  readonly repositories: TrustRepositories;
  readonly told: string[];
  read(target?: string, within?: AbortSignal): Promise<string>;
}

async function withRepository(
  use: (scene: Scene) => Promise<void>,
  consistentSnapshot = true,
): Promise<void> {
  using root = temporaryRoot();
  const timing = manualTiming();
  const connections = openConnections(root.environment);
  await using repository = await startTufRepository(Buffer.from("one"), { expiries, consistentSnapshot });
  let before = 0;
  const terms = { certificates: { authorities: [], identities: [] }, skipVerify: false };
  try {
    await use({
      repository,
      timing,
      root,
      process(directory: string | undefined = join(root.path, "trust")) {
        const told: string[] = [];
        const kept =
          directory === ""
            ? undefined
            : metadataDirectory(
                directory,
                timing.now,
                (path) => void told.push(path.slice(root.path.length)),
              );
        const repositories = openTrustRepositories(
          httpClient(connections, terms, timing, 1),
          kept,
          timing,
          (_mirror, error) => void told.push(error.message.replaceAll(repository.address, "M")),
        );
        const read = async (target = "trusted_root.json", within = signal): Promise<string> => {
          const query = { mirror: repository.mirror, root: repository.root, target };
          return Buffer.from(await repositories.trustedRoot(query, within)).toString();
        };
        return { repositories, told, read };
      },
      asked() {
        const paths = repository.requests.slice(before).map(({ path }) => path.slice(1));
        before = repository.requests.length;
        return paths;
      },
    });
  } finally {
    await connections.close();
  }
}

const unusable = (message: RegExp) => ({ code: "TRUST_REPOSITORY_UNUSABLE", message });

describe("a trusted root is read", () => {
  it("from a repository, from the pinned root on", () =>
    withRepository(async ({ process, asked }) => {
      assert.equal(await process().read(), "one");
      assert.deepEqual(
        asked().map((path) => path.replace(/[0-9a-f]{64}/, "HASH")),
        [
          "2.root.json",
          "timestamp.json",
          "1.snapshot.json",
          "1.targets.json",
          "targets/HASH.trusted_root.json",
        ],
      );
    }));

  it("from one whose files have no versions in their names", () =>
    withRepository(async ({ process, asked }) => {
      assert.equal(await process().read(), "one");
      assert.deepEqual(asked().slice(1), [
        "timestamp.json",
        "snapshot.json",
        "targets.json",
        "targets/trusted_root.json",
      ]);
    }, false));

  it("under another name, in a directory too", () =>
    withRepository(async ({ repository, process }) => {
      repository.publish("a b/other.json", Buffer.from("other"));
      assert.equal(await process().read("a b/other.json"), "other");
    }));

  it("after the keys of every role were replaced, the root's twice", () =>
    withRepository(async ({ repository, process }) => {
      for (const role of ["root", "timestamp", "snapshot", "targets", "root"] as const)
        repository.rotate(role);
      assert.equal(await process().read(), "one");
    }));

  it("once, by however many ask at the same time", () =>
    withRepository(async ({ process, asked }) => {
      const { read } = process();
      assert.deepEqual(
        new Set(await Promise.all(Array.from({ length: 20 }, () => read()))),
        new Set(["one"]),
      );
      assert.equal(asked().length, 5);
    }));
});

describe("without asking anybody", () => {
  it("for a day, and then what is newer", () =>
    withRepository(async ({ repository, process, timing, asked }) => {
      const { read } = process();
      await read();
      repository.publish("trusted_root.json", Buffer.from("two"));
      asked();
      timing.advance(day - 1);
      assert.equal(await read(), "one");
      assert.deepEqual(asked(), []);
      timing.advance(1);
      assert.equal(await read(), "two");
      assert.equal(asked().length, 5);
    }));

  it("by another process", () =>
    withRepository(async ({ process, asked }) => {
      await process().read();
      asked();
      assert.equal(await process().read(), "one");
      assert.deepEqual(asked(), []);
    }));

  it("asks for two things where nothing is newer", () =>
    withRepository(async ({ process, timing, asked }) => {
      await process().read();
      asked();
      timing.advance(day);
      assert.equal(await process().read(), "one");
      assert.deepEqual(asked(), ["2.root.json", "timestamp.json"]);
      timing.advance(day - 1);
      await process().read();
      assert.deepEqual(asked(), []);
    }));

  it("offline for as long as it has not expired", () =>
    withRepository(async ({ repository, process, timing, asked }) => {
      await process().read();
      repository.fail(/./, resets());
      timing.advance(7 * day - 1);
      const later = process();
      assert.equal(await later.read(), "one");
      assert.match(later.told.join(), /Get "http:\/\/M\/2\.root\.json": read: connection reset by peer/);
      asked();
      assert.equal(await later.read(), "one");
      assert.deepEqual(asked(), [], "a mirror that fails is left alone for a while");
      timing.advance(1);
      for (const one of [later, process()]) {
        await assert.rejects(
          one.read(),
          unusable(
            /^TUF repository http:\S+: Get .* connection reset by peer; what is kept of it has expired or is broken$/,
          ),
        );
      }
      repository.heal();
      repository.renew({ timestamp: start + 20 * day });
      timing.advance(10_000);
      assert.equal(await later.read(), "one");
    }));

  it("not for long when the mirror hangs: what is kept serves, and the next one may have what is newer", () =>
    withRepository(async ({ repository, process, timing }) => {
      const { read } = process();
      await read();
      repository.publish("trusted_root.json", Buffer.from("two"));
      timing.advance(day);
      repository.fail(/./, hangs(), 1);
      const reading = read();
      await timing.untilAwaited(3_000);
      timing.advance(3_000);
      assert.equal(await reading, "one");
    }));
});

describe("a repository is not usable", () => {
  const rows: readonly (readonly [
    why: string,
    spoil: (repository: TufRepository) => void,
    message: RegExp,
  ])[] = [
    [
      "that does not answer",
      (one) => one.fail(/./, resets()),
      /connection reset by peer; nothing of it is kept$/,
    ],
    ["that answers something else", (one) => one.fail(/./, answers(answer(500))), /root\.json answers 500/],
    [
      "without timestamp.json",
      (one) => void one.files.delete("timestamp.json"),
      /timestamp\.json is not there/,
    ],
    [
      "without its snapshot",
      (one) => void one.files.delete("1.snapshot.json"),
      /1\.snapshot\.json is not there/,
    ],
    [
      "whose timestamp.json has no end",
      (one) => one.fail(/timestamp/, neverEnds()),
      /timestamp\.json: exceeded maximum allowed size of 16384 bytes/,
    ],
    [
      "whose snapshot has no end",
      (one) => one.fail(/snapshot/, neverEnds()),
      /snapshot\.json: exceeded maximum allowed size of \d{2,4} bytes/,
    ],
    ["that breaks off", (one) => one.fail(/targets\.json/, breaksOff(20)), /unexpected EOF|EOF|reset/],
    [
      "whose snapshot was changed",
      (one) => one.fail(/snapshot/, corrupts()),
      /snapshot\.json: Expected hash/,
    ],
    [
      "whose targets were changed",
      (one) => one.fail(/targets\.json/, corrupts()),
      /targets\.json: Expected hash/,
    ],
    ["whose timestamp was changed", (one) => one.fail(/timestamp/, corrupts()), /timestamp\.json: /],
    [
      "whose target was changed",
      (one) => one.fail(/targets\//, corrupts()),
      /trusted_root\.json is not what targets\.json says/,
    ],
    [
      "whose target is shorter",
      (one) => one.fail(/targets\//, answers(answer(200, {}, "on"))),
      /trusted_root\.json has 2 bytes, not 3/,
    ],
    [
      "whose timestamp somebody else signed",
      (one) => {
        one.keys.timestamp = newKey();
        one.renew();
      },
      /timestamp\.json: timestamp was signed by 0\/1 keys/,
    ],
    [
      "whose targets somebody else signed",
      (one) => {
        one.keys.targets = newKey();
        one.renew();
      },
      /targets\.json: targets was signed by 0\/1 keys/,
    ],
    [
      "whose snapshot somebody else signed",
      (one) => {
        one.keys.snapshot = newKey();
        one.renew();
      },
      /snapshot\.json: snapshot was signed by 0\/1 keys/,
    ],
    [
      "whose new root its own key did not sign",
      (one) => {
        const { id: before } = one.keys.root;
        one.rotate("root");
        const root = JSON.parse(Buffer.from(one.files.get("2.root.json") ?? []).toString());
        root.signatures = root.signatures.filter(({ keyid }: { keyid: string }) => keyid === before);
        assert.equal(root.signatures.length, 1);
        one.files.set("2.root.json", Buffer.from(JSON.stringify(root)));
      },
      /root\.json: root was signed by 0\/1 keys/,
    ],
    [
      "whose new root the old one did not sign",
      (one) => {
        one.keys.root = newKey();
        one.rotate("timestamp");
      },
      /root\.json: root was signed by 0\/1 keys/,
    ],
    [
      "that leaves a root out",
      (one) => {
        one.rotate("timestamp");
        one.rotate("timestamp");
        one.files.set("2.root.json", one.files.get("3.root.json") ?? assert.fail());
      },
      /root\.json: version 2 is expected, not 3/,
    ],
    [
      "that is expired",
      (one) => one.renew({ timestamp: start }),
      /timestamp\.json expired at 2026-01-01T00:00:00Z/,
    ],
    ["whose targets are expired", (one) => one.renew({ targets: start }), /targets\.json expired at/],
    ["whose snapshot is expired", (one) => one.renew({ snapshot: start }), /snapshot\.json expired at/],
    [
      "whose root is expired",
      (one) => {
        one.renew({ root: start });
        one.rotate("targets");
      },
      /root\.json expired at/,
    ],
    [
      "whose metadata is no JSON",
      (one) => void one.files.set("timestamp.json", Buffer.from("{")),
      /timestamp\.json: /,
    ],
    [
      "whose metadata is of another role",
      (one) => void one.files.set("timestamp.json", one.files.get("1.snapshot.json") ?? assert.fail()),
      /timestamp\.json: signed\._type: "timestamp" is expected/,
    ],
    [
      "with a target that nobody reads whole",
      (one) => one.publish("trusted_root.json", Buffer.alloc(5_000_000)),
      /trusted_root\.json has 5000000 bytes, more than the 4194304/,
    ],
    [
      "that sends us elsewhere without an address",
      (one) => one.fail(/timestamp/, redirects("ftp://evil.example/")),
      /redirected to something that is no HTTP address/,
    ],
  ];
  for (const [why, spoil, message] of rows) {
    it(why, () =>
      withRepository(async ({ repository, process }) => {
        const { read } = process();
        spoil(repository);
        await assert.rejects(read(), unusable(message));
      }),
    );
  }

  it("whose target is not listed", () =>
    withRepository(async ({ process }) => {
      await assert.rejects(
        process().read("other.json"),
        unusable(/targets\.json lists no "other\.json", but trusted_root\.json/),
      );
    }));

  it("under a name that every object has", () =>
    withRepository(async ({ process }) => {
      await assert.rejects(process().read("constructor"), unusable(/lists no "constructor"/));
    }));

  it("by a pinned root that is none, or another's", () =>
    withRepository(async ({ repository, process }) => {
      const { repositories } = process();
      const read = (root: Uint8Array) =>
        repositories.trustedRoot({ mirror: repository.mirror, root, target: "trusted_root.json" }, signal);
      await assert.rejects(
        read(Buffer.from("{}")),
        unusable(/the root\.json that the policy names is none: /),
      );
      await using other = await startTufRepository(Buffer.from("evil"), { expiries });
      await assert.rejects(read(other.root), unusable(/timestamp was signed by 0\/1 keys/));
    }));

  it("when it takes longer than anybody waits", () =>
    withRepository(async ({ repository, process, timing }) => {
      repository.fail(/timestamp/, hangs());
      const reading = process().read();
      await timing.untilAwaited(60_000);
      timing.advance(30_000);
      await assert.rejects(reading, unusable(/took|takes too long|timeout/));
    }));

  it("and is asked again after ten seconds, not each time", () =>
    withRepository(async ({ repository, process, timing, asked }) => {
      const { read } = process();
      repository.fail(/./, resets());
      await assert.rejects(read(), unusable(/reset/));
      repository.heal();
      asked();
      await assert.rejects(read(), unusable(/reset/));
      assert.deepEqual(asked(), []);
      timing.advance(10_000);
      assert.equal(await read(), "one");
    }));

  it("by who no longer waits, and the others still get it", () =>
    withRepository(async ({ process }) => {
      const { read } = process();
      const caller = new AbortController();
      const [gone, other] = [read(undefined, caller.signal), read()];
      caller.abort();
      await assert.rejects(gone, { code: "CANCELLED" });
      assert.equal(await other, "one");
      await assert.rejects(read(undefined, AbortSignal.abort()), { code: "CANCELLED" });
    }));
});

describe("what was seen before is not gone back from", () => {
  const rows: readonly (readonly [what: string, message: RegExp, files: RegExp])[] = [
    ["an older timestamp", /timestamp\.json has version 1, though version 2 was seen before/, /./],
  ];
  for (const [what, message, files] of rows) {
    it(what, () =>
      withRepository(async ({ repository, process, timing }) => {
        const old = new Map(repository.files);
        repository.publish("trusted_root.json", Buffer.from("two"));
        const first = process();
        assert.equal(await first.read(), "two");
        for (const [path, bytes] of old) if (files.test(path)) repository.files.set(path, bytes);
        timing.advance(day);
        for (const one of [first, process()]) {
          assert.equal(await one.read(), "two");
          assert.match(one.told.join(), message);
        }
        timing.advance(7 * day);
        await assert.rejects(process().read(), unusable(message));
      }),
    );
  }

  it("also when what was seen has expired", () =>
    withRepository(async ({ repository, process, timing }) => {
      const old = new Map(repository.files);
      repository.renew({ timestamp: start + day });
      assert.equal(await process().read(), "one");
      timing.advance(2 * day);
      for (const [path, bytes] of old) repository.files.set(path, bytes);
      await assert.rejects(
        process().read(),
        unusable(/timestamp\.json has version 1, though version 2 was seen/),
      );
    }));

  it("unless the key was replaced that signed it: it may have been stolen, to make versions that nobody can follow", () =>
    withRepository(async ({ repository, process, timing }) => {
      for (let n = 0; n < 3; n++) repository.renew();
      assert.equal(await process().read(), "one");
      repository.rotate("timestamp");
      repository.rotate("snapshot");
      const [bytes = assert.fail()] = [repository.files.get("timestamp.json")];
      assert.ok(bytes.length > 0);
      timing.advance(day);
      const one = process();
      assert.equal(await one.read(), "one");
      assert.deepEqual(one.told, []);
    }));
});

describe("what is kept on disk", () => {
  const only = (directory: string): string => join(directory, readdirSync(directory)[0] ?? assert.fail());

  it("is not believed: it is verified from the pinned root on", () =>
    withRepository(async ({ repository, process, root, asked }) => {
      const trust = join(root.path, "trust");
      await process().read();
      const file = JSON.parse(readFileSync(only(trust), "utf8"));
      writeFileSync(only(trust), JSON.stringify({ ...file, target: Buffer.from("evil").toString("base64") }));
      asked();
      const { read, told } = process();
      assert.equal(await read(), "one");
      assert.ok(asked().length > 0);
      assert.deepEqual(told, []);
      repository.fail(/./, resets());
      writeFileSync(only(trust), JSON.stringify({ ...file, targets: file.snapshot }));
      await assert.rejects(process().read(), unusable(/has expired or is broken$/));
    }));

  const broken: readonly (readonly [what: string, spoil: (path: string) => void])[] = [
    ["half a file", (path) => writeFileSync(path, readFileSync(path).subarray(0, 100))],
    ["nothing", (path) => writeFileSync(path, "")],
    ["another format", (path) => writeFileSync(path, `{"trustRepository":"2"}`)],
  ];
  for (const [what, spoil] of broken) {
    it(`is fetched again when it is ${what}, and that is told`, () =>
      withRepository(async ({ process, root }) => {
        const trust = join(root.path, "trust");
        await process().read();
        spoil(only(trust));
        const { read, told } = process();
        assert.equal(await read(), "one");
        assert.deepEqual(told, [only(trust).slice(root.path.length), only(trust).slice(root.path.length)]);
        assert.equal(await process().read(), "one");
      }));
  }

  it("is for its owner's eyes only, and one file for each repository", () =>
    withRepository(async ({ process, root }) => {
      const trust = join(root.path, "trust");
      await process().read();
      await process().read();
      assert.equal(readdirSync(trust).length, 1);
    }));

  it("is done without where others can write, or it cannot be written", () =>
    withRepository(async ({ process, root }) => {
      const open = join(root.path, "open");
      mkdirSync(open);
      chmodSync(open, 0o777);
      const file = join(root.path, "file");
      writeFileSync(file, "");
      for (const directory of [open, file]) {
        const { read, told } = process(directory);
        assert.equal(await read(), "one");
        assert.ok(told.length > 0);
      }
      assert.deepEqual(readdirSync(open), []);
    }));

  it("follows no link in it that another put there", () =>
    withRepository(async ({ process, root }) => {
      const trust = join(root.path, "trust");
      await process().read();
      const elsewhere = root.write("elsewhere.json", "mine");
      const path = only(trust);
      writeFileSync(path, "");
      symlinkSync(elsewhere, `${path}.new`);
      assert.equal(await process().read(), "one");
      assert.equal(readFileSync(elsewhere, "utf8"), "mine");
    }));

  it("is of sixty-four repositories at most", () =>
    withRepository(async ({ repository, process, root }) => {
      for (let n = 0; n < 70; n++) repository.publish(`${n}.json`, Buffer.from(`${n}`));
      const { read } = process();
      for (let n = 0; n < 70; n++) assert.equal(await read(`${n}.json`), `${n}`);
      assert.equal(readdirSync(join(root.path, "trust")).length, 64);
    }));

  it("is not replaced by what another process was told before", () =>
    withRepository(async ({ repository, process, timing, asked }) => {
      let goOn = (): void => {};
      const held = new Promise<void>((resolve) => {
        const hold: Fault = (honest, response) => {
          goOn = () => send(honest, response);
          resolve();
        };
        repository.fail(/targets\.json/, hold, 1);
      });
      const reading = process().read();
      await held;
      timing.advance(1_000);
      repository.publish("trusted_root.json", Buffer.from("two"));
      assert.equal(await process().read(), "two");
      goOn();
      assert.equal(await reading, "one");
      asked();
      assert.equal(await process().read(), "two");
      assert.deepEqual(asked(), []);
    }));
});
