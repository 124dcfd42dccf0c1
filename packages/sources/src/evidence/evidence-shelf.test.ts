import assert from "node:assert/strict";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, join } from "node:path";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { formatReference } from "@countersign/engine/values/image-reference";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { mediaTypes } from "@countersign/engine/values/manifest";
import { maxSignatures } from "@countersign/engine/verify/gather-stored";
import type { AttachmentQuery, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { type TemporaryRoot, temporaryRoot } from "@countersign/testkit/registry/temporary-root";
import { type EvidenceShelf, openEvidenceShelf } from "./evidence-shelf.ts";
import type { RecordedImage } from "./recorded-image.ts";
import type { ShelfLimits } from "./shelf-index.ts";

const recorded = (content: string, name = "registry.example/app:1", at = 0): RecordedImage => ({
  image: parseDockerImage(name),
  platforms: [],
  at,
  manifest: { bytes: Buffer.from(content), mediaType: "application/vnd.oci.image.manifest.v1+json" },
  instances: new Map(),
  signatures: new Map(),
  attachments: [],
});
const one = recorded("one");
const digest = digestOf(one.manifest.bytes);
const plenty: ShelfLimits = { bytes: 1_000_000, age: 1000 * 3_600_000 };

function setUp(root: TemporaryRoot) {
  const directory = join(root.path, "evidence");
  const state = {
    now: Date.now(),
    failed: [] as string[],
    reasons: [] as string[],
    discarded: [] as string[],
  };
  return {
    directory,
    state,
    /** Opens it and waits until what is there was counted. */
    async open(limits = plenty) {
      const shelf = openEvidenceShelf(
        directory,
        limits,
        { now: () => state.now },
        {
          failed(path, error) {
            state.failed.push(path);
            state.reasons.push(error instanceof Error ? error.message : String(error));
          },
          discarded: (path, why) => void state.discarded.push(`${path.slice(directory.length)}: ${why}`),
        },
      );
      await shelf.counted;
      return shelf;
    },
    files: () =>
      existsSync(directory)
        ? readdirSync(directory, { recursive: true, withFileTypes: true })
            .filter((entry) => entry.isFile())
            .map((entry) => join(entry.parentPath, entry.name))
        : [],
  };
}

describe("evidence that is larger than a record may be", () => {
  const large: RecordedImage = {
    ...one,
    attachments: Array.from({ length: 4 }, (_, at) => ({
      query: { subject: digest, kind: "attestations", place: { repository: undefined, tagPrefix: `${at}-` } },
      found: [{ type: "bundle", bytes: Buffer.alloc(16 * 1024 * 1024), location: "" }],
    })),
  };

  it("is told, with what to do, and not kept by half", async () => {
    using root = temporaryRoot();
    const { open, state, files } = setUp(root);
    const shelf = await open();
    await shelf.keep(large);
    assert.deepEqual([await shelf.find(digest), files()], [[], []]);
    assert.equal(state.failed.length, 1);
    assert.match(
      state.reasons[0] ?? "",
      /is \d+ bytes, and no more than 67108864 are kept: .*remove attestations/,
    );
    await shelf.keep(one);
    assert.equal((await shelf.find(digest)).length, 1);
  });
});

describe("an evidence shelf", () => {
  it("needs no directory to find nothing", async () => {
    using root = temporaryRoot();
    const { open, state } = setUp(root);
    const shelf = await open();
    assert.deepEqual(await shelf.find(digest), []);
    assert.deepEqual([shelf.usage, state.failed], [{ files: 0, bytes: 0 }, []]);
  });

  it("gives what it was given, also after a restart", async () => {
    using root = temporaryRoot();
    const { open } = setUp(root);
    await (await open()).keep(one);
    const [found] = await (await open()).find(digest);
    assert.deepEqual(Buffer.from(found?.manifest.bytes ?? ""), one.manifest.bytes);
    assert.deepEqual(found?.image, one.image);
  });

  it("keeps one record for each repository, the newest first", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(recorded("one", "registry.example/app:1", 1));
    await shelf.keep(recorded("one", "mirror.example/app:1", 3));
    await shelf.keep(recorded("one", "registry.example/app:2", 2));
    await shelf.keep(recorded("one", "registry.example/other:1", 4));
    assert.deepEqual(
      (await shelf.find(digest)).map(({ image, at }) => [formatReference(image.reference), at]),
      [
        ["registry.example/other:1", 4],
        ["mirror.example/app:1", 3],
        ["registry.example/app:1", 1],
      ],
    );
  });

  it("keeps no more than sixteen repositories of one digest", async () => {
    using root = temporaryRoot();
    const { open, files } = setUp(root);
    const shelf = await open();
    for (let i = 0; i < 20; i++) await shelf.keep(recorded("one", `registry.example/app-${i}:1`));
    assert.equal(files().length, 16);
    assert.equal(shelf.usage.files, 16);
  });

  it("changes its revision with what it has, and only then", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    const before = shelf.revision(digest);
    await shelf.keep(recorded("another"));
    assert.equal(shelf.revision(digest), before);
    await shelf.keep(one);
    const after = shelf.revision(digest);
    assert.notEqual(after, before);
    await shelf.find(digest);
    assert.equal(shelf.revision(digest), after);
  });

  it("lets nobody else read it", async () => {
    using root = temporaryRoot();
    const { open, files } = setUp(root);
    await (await open()).keep(one);
    assert.deepEqual(
      files().map((path) => statSync(path).mode & 0o777),
      [0o600],
    );
  });
});

describe("an evidence shelf keeps together", () => {
  const query = (tagPrefix: string): AttachmentQuery => ({
    subject: digest,
    kind: "signatures",
    place: { repository: undefined, tagPrefix },
  });
  const bundle = (text: string): UnverifiedSignature => ({
    type: "bundle",
    bytes: Buffer.from(text),
    location: text,
  });
  const attached = (tagPrefix: string, ...found: readonly string[]): RecordedImage => ({
    ...one,
    attachments: [{ query: query(tagPrefix), found: found.map(bundle) }],
  });
  const kept = async (shelf: EvidenceShelf) =>
    (await shelf.find(digest)).flatMap(({ attachments }) =>
      attachments.map(({ query, found }) => [
        query.place.tagPrefix,
        ...found.map(({ location }) => location),
      ]),
    );

  it("what the policies of several namespaces asked for", async () => {
    using root = temporaryRoot();
    const { open, files } = setUp(root);
    const shelf = await open();
    await shelf.keep({ ...one, signatures: new Map([[digest, [bundle("old")]]]) });
    await shelf.keep(attached("a", "1"));
    await (await open()).keep(attached("b", "2", "3"));
    const [found] = await shelf.find(digest);
    assert.equal(found?.signatures.get(digest)?.length, 1);
    assert.deepEqual(await kept(shelf), [
      ["a", "1"],
      ["b", "2", "3"],
    ]);
    assert.equal(files().length, 1);
  });

  // Who holds the registry could make a node forget by which signature the containers of other namespaces run.
  it("what was found once, also when its registry gives it no more", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    const rounds: readonly (readonly [found: readonly string[], kept: readonly string[]])[] = [
      [["1"], ["1"]],
      [[], ["1"]],
      [["2"], ["1", "2"]],
      [
        ["2", "1"],
        ["1", "2"],
      ],
      [
        ["3", "1"],
        ["1", "2", "3"],
      ],
    ];
    for (const [found, wanted] of rounds) {
      await shelf.keep({ ...attached("a", ...found), signatures: new Map([[digest, found.map(bundle)]]) });
      assert.deepEqual(await kept(shelf), [["a", ...wanted]]);
      const [recorded] = await shelf.find(digest);
      assert.deepEqual(recorded?.signatures.get(digest), wanted.map(bundle));
    }
  });

  it("what was found first, however much comes later, and not all of that", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(attached("a", "good"));
    for (let round = 0; round < 5; round++) {
      const flood = Array.from({ length: 50 }, (_, n) => `${round} ${n}`);
      await shelf.keep(attached("a", ...flood));
      const [[, ...found] = []] = await kept(shelf);
      assert.deepEqual([found[0], found.at(-1)], ["good", `${round} 49`]);
      assert.ok(found.length <= 50 + 32, `${found.length} are kept`);
    }
  });

  it("no more than are judged", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(attached("a", "good"));
    await shelf.keep(attached("a", ...Array.from({ length: maxSignatures }, (_, n) => `${n}`)));
    const [[, ...found] = []] = await kept(shelf);
    assert.deepEqual([found.length, found[0]], [maxSignatures, "good"]);
  });

  it("nothing large that its registry gives no more, since every container would have it read", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open({ ...plenty, bytes: 1e9 });
    const large = (location: string) =>
      ({ type: "bundle", location, bytes: Buffer.from(location.padEnd(700_000)) }) as const;
    for (const found of [[bundle("good")], [large("1"), large("2"), bundle("3")], []])
      await shelf.keep({ ...one, attachments: [{ query: query("a"), found }] });
    assert.deepEqual(await kept(shelf), [["a", "good", "1", "3"]]);
  });

  it("nothing of what could not be read, once it is gone", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    const found = [{ type: "unreadable", location: "broken", reason: "it is no JSON" } as const];
    await shelf.keep({ ...attached("a"), attachments: [{ query: query("a"), found }] });
    assert.deepEqual(await kept(shelf), [["a", "broken"]]);
    await shelf.keep(attached("a", "1"));
    assert.deepEqual(await kept(shelf), [["a", "1"]]);
  });

  it("nothing new when it has all of it, and so its revision", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(attached("a", "1"));
    await shelf.keep(attached("b", "2"));
    const revision = shelf.revision(digest);
    for (let n = 0; n < 3; n++) {
      await shelf.keep({ ...attached("a", "1"), at: n });
      await shelf.keep({ ...attached("b", "2"), at: n });
    }
    assert.equal(shelf.revision(digest), revision);
  });

  // Whoever pulls an image by two tags in turn would have every verdict about it judged again, and a file written each time.
  it("nothing new of an image that has another tag", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(one);
    const revision = shelf.revision(digest);
    for (const name of ["app:2", `app@${digest}`, "app:1", "app:2"])
      await shelf.keep(recorded("one", `registry.example/${name}`));
    assert.equal(shelf.revision(digest), revision);
  });

  // A digest covers no media type: a registry could make a node judge a kept index as an image that nobody has signed.
  it("manifests with the media types that they speak of, whatever they are served with later", async () => {
    const { ociIndex, ociManifest } = mediaTypes;
    const bytes = (mediaType: string) => Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType }));
    const [index, instance] = [bytes(ociIndex), bytes(ociManifest)];
    const served = (indexType: string, instanceType: string): RecordedImage => ({
      ...one,
      manifest: { bytes: index, mediaType: indexType },
      instances: new Map([[digestOf(instance), { bytes: instance, mediaType: instanceType }]]),
    });
    for (const [first, last] of [
      [served(ociIndex, ociManifest), served(ociManifest, ociIndex)],
      [served("", "text/plain"), served(ociIndex, ociManifest)],
    ] as const) {
      using root = temporaryRoot();
      const shelf = await setUp(root).open();
      for (const each of [first, last, first]) await shelf.keep(each);
      const [found] = await shelf.find(digestOf(index));
      assert.equal(found?.manifest.mediaType, ociIndex);
      assert.equal(found.instances.get(digestOf(instance))?.mediaType, ociManifest);
    }
  });

  it("what comes at the same time", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    const prefixes = Array.from({ length: 20 }, (_, n) => `${n}`);
    await Promise.all(prefixes.map((prefix) => shelf.keep(attached(prefix, prefix))));
    assert.deepEqual(
      await kept(shelf),
      prefixes.map((prefix) => [prefix, prefix]),
    );
  });

  it("the last thirty-two questions, and no more", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    for (let n = 0; n < 40; n++) await shelf.keep(attached(`${n}`));
    const found = await kept(shelf);
    assert.deepEqual([found.length, found[0], found.at(-1)], [32, ["8"], ["39"]]);
  });

  it("the new alone where the old is broken", async () => {
    using root = temporaryRoot();
    const { open, files } = setUp(root);
    const shelf = await open();
    await shelf.keep(attached("a", "1"));
    writeFileSync(files()[0] ?? "", "{");
    await shelf.keep(attached("b", "2"));
    assert.deepEqual(await kept(shelf), [["b", "2"]]);
  });

  it("the new and what is small where all is too large for one file", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open({ ...plenty, bytes: 1e9 });
    await shelf.keep(attached("small", "1"));
    const large = Buffer.alloc(24 * 1024 * 1024, 0xff);
    for (const [index, prefix] of ["a", "b"].entries()) {
      const bytes = Buffer.concat([large, Buffer.of(index)]);
      const found = [{ type: "bundle", bytes, location: prefix } as const];
      await shelf.keep({ ...one, attachments: [{ query: query(prefix), found }] });
    }
    assert.deepEqual(await kept(shelf), [
      ["small", "1"],
      ["b", "b"],
    ]);
  });
});

describe("an evidence shelf that is full", () => {
  it("drops what was of use least recently", async () => {
    using root = temporaryRoot();
    const { open, state } = setUp(root);
    const size = async () => {
      const shelf = await open();
      await shelf.keep(one);
      return shelf.usage.bytes;
    };
    const bytes = await size();
    const shelf = await open({ ...plenty, bytes: bytes * 2 + 10 });
    state.now += 1;
    await shelf.keep(recorded("two"));
    state.now += 1;
    await shelf.find(digest);
    state.now += 1;
    await shelf.keep(recorded("six"));
    assert.equal((await shelf.find(digest)).length, 1);
    assert.equal((await shelf.find(digestOf(Buffer.from("two")))).length, 0);
    assert.equal((await shelf.find(digestOf(Buffer.from("six")))).length, 1);
  });

  it("drops what was of no use for too long, also when it is opened", async () => {
    using root = temporaryRoot();
    const { open, files, state } = setUp(root);
    await (await open()).keep(one);
    const [path = ""] = files();
    const old = new Date(state.now - plenty.age - 1000);
    utimesSync(path, old, old);
    assert.equal((await open()).usage.files, 0);
    assert.deepEqual(files(), []);
  });
});

describe("an evidence shelf, of a file that is not what it wrote,", () => {
  const spoilt: ReadonlyArray<readonly [why: string, spoil: (path: string) => void]> = [
    ["cut short", (path) => writeFileSync(path, readFileSync(path).subarray(0, 100))],
    ["empty", (path) => writeFileSync(path, "")],
    [
      "with another manifest",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"one"', '"two"')),
    ],
    [
      "about another image",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replaceAll("one", "two")),
    ],
  ];
  for (const [why, spoil] of spoilt) {
    it(`${why}, finds nothing, says so and drops it`, async () => {
      using root = temporaryRoot();
      const { open, files, state } = setUp(root);
      const shelf = await open();
      await shelf.keep(one);
      for (const path of files()) spoil(path);
      assert.deepEqual(await shelf.find(digest), []);
      assert.equal(state.discarded.length, 1);
      assert.deepEqual(files(), []);
    });
  }

  const replaced: typeof spoilt = [
    ...spoilt,
    [
      "with another signature",
      (path) => writeFileSync(path, readFileSync(path, "utf8").replace('"genuine"', '"changed"')),
    ],
    [
      "that is a directory",
      (path) => {
        rmSync(path);
        mkdirSync(path);
      },
    ],
    [
      "that is a link to nowhere",
      (path) => {
        rmSync(path);
        symlinkSync("/nowhere", path);
      },
    ],
  ];
  for (const [why, spoil] of replaced) {
    it(`${why}, keeps what it is given again`, async () => {
      using root = temporaryRoot();
      const { open, files, state } = setUp(root);
      const shelf = await open();
      const signature: UnverifiedSignature = {
        type: "sigstore",
        mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
        payload: Buffer.from("{}"),
        annotations: new Map([["dev.cosignproject.cosign/signature", "genuine"]]),
        location: "x",
      };
      const signed = { ...one, signatures: new Map([[digest, [signature]]]) };
      await shelf.keep(signed);
      for (const path of files()) spoil(path);
      await shelf.keep(signed);
      const [found] = await shelf.find(digest);
      assert.deepEqual(found?.signatures.get(digest)?.at(-1), signature);
      assert.deepEqual([files().length, state.failed], [1, []]);
    });
  }

  it("half-written by a process that died, removes it and leaves strangers' files alone", async () => {
    using root = temporaryRoot();
    const { directory, open, files } = setUp(root);
    await (await open()).keep(one);
    const folder = join(directory, digest.replace(":", "-"));
    const halfWritten = join(folder, "0d7c11c5.new");
    writeFileSync(halfWritten, "{");
    writeFileSync(join(folder, "being-written.new"), "{");
    utimesSync(halfWritten, 0, 0);
    writeFileSync(join(directory, "README"), "a stranger's");
    assert.equal((await open()).usage.files, 1);
    assert.deepEqual(
      files()
        .map((path) => basename(path))
        .filter((name) => !name.endsWith(".json"))
        .sort(),
      ["README", "being-written.new"],
    );
  });
});

describe("an evidence shelf that is given what it has", () => {
  it("keeps the file and its revision: a registry that says the same again changes nothing", async () => {
    using root = temporaryRoot();
    const { open, files, state } = setUp(root);
    const shelf = await open();
    await shelf.keep(one);
    const [path = ""] = files();
    const [before, { ino }] = [shelf.revision(digest), statSync(path)];
    state.now += 5000;
    await shelf.keep({ ...one, at: 5000 });
    assert.deepEqual([shelf.revision(digest), statSync(path).ino], [before, ino]);
  });

  it("writes it all the same when the file is gone", async () => {
    using root = temporaryRoot();
    const { directory, open } = setUp(root);
    const shelf = await open();
    await shelf.keep(one);
    rmSync(directory, { recursive: true });
    await shelf.keep(one);
    assert.equal((await shelf.find(digest)).length, 1);
  });

  it("takes other signatures for something new", async () => {
    using root = temporaryRoot();
    const shelf = await setUp(root).open();
    await shelf.keep(one);
    const before = shelf.revision(digest);
    const signature = { type: "simpleSigning", bytes: Buffer.from("signed"), location: "x" } as const;
    await shelf.keep({ ...one, signatures: new Map([[digest, [signature]]]) });
    assert.notEqual(shelf.revision(digest), before);
    assert.equal((await shelf.find(digest))[0]?.signatures.get(digest)?.length, 1);
  });

  it("by many at once keeps one whole file", async () => {
    using root = temporaryRoot();
    const { open, files, state } = setUp(root);
    const shelf = await open();
    await Promise.all(Array.from({ length: 50 }, (_, at) => shelf.keep({ ...one, at })));
    assert.equal(files().length, 1);
    assert.deepEqual([(await shelf.find(digest)).length, state.failed, state.discarded], [1, [], []]);
  });
});

describe("an evidence shelf with thousands of files", () => {
  it("serves at once, and counts them meanwhile", async () => {
    using root = temporaryRoot();
    const { directory, state } = setUp(root);
    for (let at = 0; at < 2000; at++) {
      const folder = join(directory, `sha256-${at.toString(16).padStart(64, "0")}`);
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, `${"a".repeat(32)}.json`), "{}");
    }
    const events = { failed: () => {}, discarded: () => {} };
    const shelf = openEvidenceShelf(directory, plenty, { now: () => state.now }, events);
    await shelf.keep(one);
    assert.equal((await shelf.find(digest)).length, 1);
    await shelf.counted;
    assert.equal(shelf.usage.files, 2001);
  });
});

describe("an evidence shelf never leaves its directory", () => {
  it("by a link in place of a file", async () => {
    using root = temporaryRoot();
    const { open, files, state } = setUp(root);
    const shelf = await open();
    await shelf.keep(one);
    const [path = ""] = files();
    const elsewhere = join(root.path, "elsewhere.json");
    renameSync(path, elsewhere);
    symlinkSync(elsewhere, path);
    assert.deepEqual(await shelf.find(digest), []);
    assert.match(state.discarded[0] ?? "", /it is a symbolic link$/);
    assert.ok(existsSync(elsewhere), "what it led to is not touched");
  });

  it("by a link in place of a folder", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    await (await open()).keep(one);
    const folder = join(directory, digest.replace(":", "-"));
    const elsewhere = join(root.path, "elsewhere");
    renameSync(folder, elsewhere);
    symlinkSync(elsewhere, folder);
    const shelf = await open();
    assert.deepEqual([await shelf.find(digest), shelf.usage.files], [[], 0]);
    const [kept = ""] = readdirSync(elsewhere);
    const before = readFileSync(join(elsewhere, kept));
    await shelf.keep({ ...one, at: one.at + 1000 });
    assert.deepEqual([readdirSync(elsewhere), readFileSync(join(elsewhere, kept))], [[kept], before]);
    assert.equal(state.failed.length, 1);
  });
});

describe("an evidence shelf that others can write to", () => {
  for (const [which, path] of [
    ["the directory itself", ""],
    ["one folder of it", digest.replace(":", "-")],
  ] as const) {
    it(`is not used (${which}), and is again once that is mended`, async () => {
      using root = temporaryRoot();
      const { directory, open, files, state } = setUp(root);
      const shelf = await open();
      await shelf.keep(one);
      const [before] = files();
      chmodSync(join(directory, path), 0o770);
      assert.deepEqual(await shelf.find(digest), []);
      await shelf.keep({ ...one, platforms: [{ os: "linux", architecture: "arm64", variant: "v8" }] });
      assert.deepEqual(files(), [before]);
      assert.deepEqual(state.failed.length, 1);
      chmodSync(join(directory, path), 0o700);
      assert.equal((await shelf.find(digest)).length, 1);
    });
  }

  it("gets nothing new", async () => {
    using root = temporaryRoot();
    const { directory, open, files, state } = setUp(root);
    const shelf = await open();
    await shelf.keep(one);
    const before = files();
    chmodSync(directory, 0o777);
    await shelf.keep(recorded("two"));
    assert.deepEqual([files(), state.failed.length], [before, 1]);
  });

  it("is not tidied up either", async () => {
    using root = temporaryRoot();
    const { directory, open, files, state } = setUp(root);
    await (await open()).keep(one);
    chmodSync(directory, 0o777);
    state.now += plenty.age * 2;
    const shelf = await open();
    assert.deepEqual([shelf.usage.files, files().length, state.failed.length], [0, 1, 1]);
  });
});

describe("an evidence shelf that cannot be written", () => {
  it("says so once, and again when something else is wrong", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    root.write("evidence", "a file where the directory should be");
    const shelf = await open();
    await shelf.keep(one);
    await shelf.keep(recorded("two"));
    assert.equal(state.failed.length, 1);
    rmSync(directory);
    await shelf.keep(one);
    rmSync(directory, { recursive: true });
    root.write("evidence", "again");
    await shelf.keep(recorded("three"));
    assert.equal(state.failed.length, 2);
  });

  it("says so and goes on", async () => {
    using root = temporaryRoot();
    const { directory, open, state } = setUp(root);
    root.write("evidence", "a file where the directory should be");
    const shelf = await open();
    await shelf.keep(one);
    assert.equal(state.failed.length, 1);
    assert.ok(state.failed[0]?.startsWith(directory));
    assert.deepEqual(await shelf.find(digest), []);
  });
});
