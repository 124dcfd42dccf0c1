import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Metadata, MetaFile, Snapshot, Timestamp } from "@tufjs/models";
import { requireNoRollback } from "./tuf-rules.ts";

const common = { specVersion: "1.0.31", expires: "2126-01-01T00:00:00Z" };
const timestamp = (version: number, snapshot: number) =>
  new Metadata(new Timestamp({ ...common, version, snapshotMeta: new MetaFile({ version: snapshot }) }));
const snapshot = (meta: Readonly<Record<string, number>>) => {
  const files = Object.entries(meta).map(([name, version]) => [name, new MetaFile({ version })]);
  return new Metadata(new Snapshot({ ...common, version: 1, meta: Object.fromEntries(files) }));
};

/** What a mirror may do who has older metadata that was signed honestly. */
describe("metadata is refused", () => {
  const before = { timestamp: timestamp(5, 5), snapshot: snapshot({ "targets.json": 5, "more.json": 5 }) };
  const rows: readonly (readonly [
    why: string,
    now: Parameters<typeof requireNoRollback>[1],
    says: RegExp,
  ])[] = [
    [
      "of an older timestamp",
      { timestamp: timestamp(4, 5) },
      /^timestamp\.json has version 4, though version 5/,
    ],
    [
      "of an older snapshot",
      { timestamp: timestamp(6, 4) },
      /^snapshot\.json has version 4, though version 5/,
    ],
    [
      "of older targets",
      { timestamp: timestamp(6, 6), snapshot: snapshot({ "targets.json": 4, "more.json": 5 }) },
      /^targets\.json has version 4, though version 5 was seen before$/,
    ],
    [
      "that no longer has a file",
      { timestamp: timestamp(6, 6), snapshot: snapshot({ "targets.json": 6 }) },
      /^snapshot\.json no longer knows "more\.json"$/,
    ],
  ];
  for (const [why, now, message] of rows) {
    it(why, () =>
      assert.throws(() => requireNoRollback(before, now), { code: "TRUST_REPOSITORY_UNUSABLE", message }),
    );
  }
  it("not when it is the same, or newer", () => {
    requireNoRollback(before, before);
    requireNoRollback(before, {
      timestamp: timestamp(6, 6),
      snapshot: snapshot({ "targets.json": 6, "more.json": 5 }),
    });
  });
});
