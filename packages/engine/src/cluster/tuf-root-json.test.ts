import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createTufRoot } from "@countersign/testkit/trust-repository/tuf-root";
import fc from "fast-check";
import { CountersignError } from "../values/error.ts";
import { requireTufRoot } from "./tuf-root-json.ts";

const valid = createTufRoot();

/** biome-ignore lint/suspicious/noExplicitAny: a document to be broken anywhere */
type Document = any;

function broken(change: (document: Document) => void): Uint8Array {
  const document = JSON.parse(Buffer.from(valid).toString());
  change(document);
  return Buffer.from(JSON.stringify(document));
}

describe("requireTufRoot takes", () => {
  it("what a repository has for its root", () => requireTufRoot(valid));
  it("members that are not known here", () => requireTufRoot(broken((one) => (one.signed.more = 1))));
  it("a signature by a key that signs nothing else, beside those that count", () =>
    requireTufRoot(broken((one) => one.signatures.push({ keyid: "f".repeat(64), sig: "00" }))));
});

describe("requireTufRoot refuses", () => {
  const rows: ReadonlyArray<readonly [why: string, bytes: Uint8Array, message: RegExp]> = [
    ["what is no JSON", Buffer.from("foo"), /invalid character/],
    ["what says nothing", Buffer.from('{"signatures":[],"signed":{}}'), /^signed\._type: it is missing/],
    [
      "metadata of another role",
      broken((one) => (one.signed._type = "targets")),
      /_type: "root" is expected/,
    ],
    ["no version", broken((one) => (one.signed.version = 0)), /^signed\.version: a whole number/],
    ["no version of the format", broken((one) => delete one.signed.spec_version), /^signed\.spec_version/],
    ["no end", broken((one) => (one.signed.expires = "later")), /^signed\.expires: a time/],
    ["no keys", broken((one) => (one.signed.keys = {})), /^signed\.roles\.root\.keyids\[0\]: no key/],
    ...["root", "timestamp", "snapshot", "targets"].map(
      (role) =>
        [
          `no role ${role}`,
          broken((one) => delete one.signed.roles[role]),
          new RegExp(`^signed\\.roles\\.${role}: it is missing`),
        ] as const,
    ),
    [
      "a role that nobody can fill",
      broken((one) => (one.signed.roles.targets.threshold = 2)),
      /^signed\.roles\.targets\.threshold: 2 keys are asked for, and there are 1/,
    ],
    [
      "one key counted twice",
      broken((one) => {
        const { keyids } = one.signed.roles.snapshot;
        one.signed.roles.snapshot = { keyids: [...keyids, ...keyids], threshold: 2 };
      }),
      /^signed\.roles\.snapshot\.threshold/,
    ],
    ["no signature", broken((one) => (one.signatures = [])), /^signatures: 0 of the keys .* and 1 must have/],
    [
      "a signature by a stranger",
      broken((one) => (one.signatures[0].keyid = "f".repeat(64))),
      /^signatures: 0 of the keys/,
    ],
    ["a signature without its bytes", broken((one) => delete one.signatures[0].sig), /^signatures\[0\]\.sig/],
  ];
  for (const [why, bytes, message] of rows) {
    it(why, () =>
      assert.throws(
        () => requireTufRoot(bytes),
        (error: unknown) => error instanceof CountersignError && message.test(error.message),
      ),
    );
  }

  it("whatever else there is, with an error of its own", () =>
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array(), fc.json().map(Buffer.from)), (bytes) => {
        assert.throws(() => requireTufRoot(bytes), CountersignError);
      }),
    ));
});
