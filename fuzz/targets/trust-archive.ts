import assert from "node:assert/strict";
import { gunzipSync, gzipSync } from "node:zlib";
import { readTar } from "@countersign/sources/trust-repositories/archive/read-tar";
import { unpackRepository } from "@countersign/sources/trust-repositories/archive/unpack-repository";
import { paxRecord, tarEnd, tarEntry, tarOf } from "@countersign/testkit/registry/tar";
import { mutateBytes } from "../mutate/bytes.ts";
import type { Mutate } from "../mutate/mutate.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * The `mirrorFS` of a TrustRoot. What is read lies below the repository, each name once, is no more than what the archive has,
 * and is the same again after it was written anew. Inputs are tar archives; they are read as they are, and compressed.
 */
export function openTarget(): Target {
  return { seeds, mutate, check };
}

const long = `targets/${"0123456789abcdef".repeat(8)}.trusted_root.json`;
const seeds: readonly Uint8Array[] = [
  tarOf({ "repository/1.root.json": "{}", "repository/timestamp.json": "{}" }),
  tarOf({ [long]: "root", "timestamp.json": "" }),
  Buffer.concat([tarEntry("./", "", "5"), tarEntry("./a/", "", "5"), tarEntry("./a/b", "x"), tarEnd]),
  Buffer.concat([tarEntry("././@LongLink", `${long}\0`, "L"), tarEntry("short", "x"), tarEnd]),
  Buffer.concat([
    tarEntry("h", `${paxRecord("path", "a")}${paxRecord("size", "1")}`, "x"),
    tarEntry("b", "x"),
    tarEnd,
  ]),
  Buffer.concat([tarEntry("h", paxRecord("comment", "c"), "g"), tarEntry("a", "x".repeat(600)), tarEnd]),
  Buffer.concat([tarEntry("a", "", "2"), tarEnd]),
];
const pieces = ["../", "/", "./", "repository/", "\\", "\0", "a/../../b", "path=", "size=", "linkpath="];

/** With a wrong checksum nothing of a header is looked at: most inputs get the right ones. */
const mutate: Mutate = (draw, input, other) => {
  const changed = draw.chance(0.3) ? put(draw, input) : Buffer.from(mutateBytes(draw, input, other));
  return draw.chance(0.9) ? sealed(changed) : changed;
};

function put(draw: Parameters<Mutate>[0], input: Buffer): Buffer {
  const changed = Buffer.from(input);
  const block = 512 * draw.below(Math.floor(input.length / 512) + 1);
  const place = draw.one([0, 0, 124, 156, 156, 257, 345, 512]) + block;
  const piece = draw.one([...pieces, ..."01235xgLKSZ"] as unknown as readonly [string, ...string[]]);
  if (place < changed.length) changed.write(piece, place, "latin1");
  return changed;
}

/** Each block that may be a header gets its checksum; a content that looks like one is none the worse for it. */
function sealed(archive: Buffer): Buffer {
  for (let at = 0; at + 512 <= archive.length; at += 512) {
    const block = archive.subarray(at, at + 512);
    if (block.toString("latin1", 257, 262) !== "ustar") continue;
    block.write("        ", 148);
    const sum = block.reduce((total, byte) => total + byte, 0);
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  }
  return archive;
}

const codes = ["TRUST_REPOSITORY_UNUSABLE"] as const;
const limits = { entries: 1024, depth: 16 };

function check(input: Uint8Array): string {
  const raw = reading(codes, () => unpackRepository(input));
  const tar = reading(codes, () => readTar(input, limits));
  const packed = reading(codes, () => unpackRepository(gzipSync(input, { level: 1 })));
  if (raw.type === "accepted") assert.ok(isGzip(input), "an archive that gzip does not know");
  if (tar.type === "refused") {
    assert.equal(packed.type, "refused", "compressed it is read, and as it is not");
    return tar.outcome;
  }
  let size = 0;
  for (const [path, content] of tar.value) {
    const segments = path.split("/");
    assert.ok(
      segments.length <= limits.depth + 1 && Buffer.byteLength(path) <= 1024,
      "a path beyond the limits",
    );
    assert.ok(!segments.some((one) => ["", ".", ".."].includes(one)), "a path that leads elsewhere");
    assert.ok(!/[\\\0]/.test(path), "a path that another system reads otherwise");
    size += content.length;
  }
  assert.ok(size <= input.length, "more than the archive has");
  const again = readTar(tarOf(Object.fromEntries(tar.value)), limits);
  assert.deepEqual(hex(again), hex(tar.value), "written anew it is another");
  if (packed.type === "refused") return `read, and then ${packed.outcome}`;
  assert.equal(packed.value.size, tar.value.size);
  return `accepted ${tar.value.size}`;
}

function hex(files: ReadonlyMap<string, Uint8Array>): readonly string[] {
  return [...files].map(([path, content]) => `${path} ${Buffer.from(content).toString("hex")}`).sort();
}

function isGzip(input: Uint8Array): boolean {
  try {
    gunzipSync(input, { maxOutputLength: 1 << 23 });
    return true;
  } catch {
    return false;
  }
}
