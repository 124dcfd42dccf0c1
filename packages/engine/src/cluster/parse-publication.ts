import { type Digest, digestOf, parseDigest } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseJson } from "../values/strict-json.ts";
import type { Reader, Report } from "../values/strict-object.ts";
import { recordOf } from "../values/strict-record.ts";
import { listOf, mapOf, textAs } from "../values/strict-value.ts";
import type { NamespaceShard, PolicyIndex } from "./publication.ts";
import { parseNamespaceName } from "./resource-header.ts";
import { readCount } from "./spec-readers.ts";

const digest = textAs(parseDigest);

const version: Reader<1> = (json, path, report) => {
  if (json.kind === "number" && json.text === "1") return 1;
  report(path, "this version of the index is not known; a newer countersign may be needed on the node");
  return undefined;
};

const readIndex = recordOf(
  {
    countersignIndex: version,
    generation: readCount,
    base: digest,
    rules: listOf(digest),
    shards: listOf(digest),
  },
  { reportWithin: readCount },
);
const readShard = recordOf({ namespaces: mapOf(parseNamespaceName, listOf(digest)) }, {});

/** @throws CountersignError POLICY_INVALID naming the place that is wrong */
export function parseIndex(text: string): PolicyIndex {
  const read = readIndex(parse(text, "index"), "", refusing("index"));
  const { generation, base, rules, shards, reportWithin } = read ?? refuse("index", "", "it is none");
  const isPowerOfTwo = shards.length > 0 && (shards.length & (shards.length - 1)) === 0;
  if (!isPowerOfTwo) refuse("index", "shards", "their number is a power of two");
  return { generation, base, rules, shards, ...(reportWithin !== undefined && { reportWithin }) };
}

/** @throws CountersignError POLICY_INVALID naming the place that is wrong */
export function parseShard(text: string): NamespaceShard {
  const read = readShard(parse(text, "shard"), "", refusing("shard"));
  return read?.namespaces ?? refuse("shard", "", "it is none");
}

/**
 * A part as it was meant: whoever serves it cannot change it.
 * @throws CountersignError POLICY_INVALID
 */
export function requirePart(text: string, expected: Digest): string {
  const actual = digestOf(Buffer.from(text));
  if (actual === expected) return text;
  throw new CountersignError("POLICY_INVALID", `the part ${expected} was changed: it is ${actual}`);
}

function parse(text: string, what: string) {
  try {
    return parseJson(Buffer.from(text));
  } catch (error) {
    return refuse(what, "", CountersignError.from(error).message);
  }
}

function refusing(what: string): Report {
  return (path, message) => refuse(what, path, message);
}

function refuse(what: string, path: string, message: string): never {
  const place = path === "" ? "" : `${path}: `;
  throw new CountersignError("POLICY_INVALID", `the published ${what} of policies: ${place}${message}`);
}
