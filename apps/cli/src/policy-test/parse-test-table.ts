import { dirname } from "node:path";
import { mistakenJson } from "@countersign/engine/policy/mistaken-file";
import { CountersignError } from "@countersign/engine/values/error";
import type { JsonDocument } from "@countersign/engine/values/json-document";
import type { Platform } from "@countersign/engine/values/manifest";
import type { Json } from "@countersign/engine/values/strict-json";
import {
  memberPath,
  type ObjectFields,
  type Reader,
  type Report,
  readObject,
  readRaw,
} from "@countersign/engine/values/strict-object";
import { listOf, mapOf, readText, textAs } from "@countersign/engine/values/strict-value";
import { whyNotBoth } from "./outcome-codes.ts";
import {
  absoluteDirectory,
  decision,
  evidencePlace,
  judgedAt,
  namespace,
  outcomeCode,
  type ParseImage,
  pathFrom,
  platform,
} from "./table-values.ts";
import type { Expectation, TestRow, TestTable } from "./test-table.ts";

const maxRows = 10_000;
const maxFaults = 100;

/** The same everywhere, unlike a machine's own: what passes here must pass there. */
const defaultPlatform: Platform = { os: "linux", architecture: "amd64", variant: "" };

/**
 * Reads a table of images and of what is expected of them. A typo must not make a test pass: unknown keys are faults,
 * and all faults are told.
 * @param file where the table is: its paths start there
 * @throws CountersignError CONFIG_INVALID, with a line for each fault: `images.yaml:12: images[3].expect: …`
 */
export function parseTestTable(
  { root, placeOf }: JsonDocument,
  file: string,
  parseImage: ParseImage,
): TestTable {
  const faults: string[] = [];
  const report: Report = (path, message) => {
    const where = path === "" ? "" : `${path}: `;
    if (faults.length < maxFaults) faults.push(`\n  ${file}:${placeOf(path).line}: ${where}${message}`);
  };
  const table = readFields(root, "", report, tableReaders(dirname(file), parseImage), ["images"]) ?? {};
  const images = table.images ?? [];
  if (table.images?.length === 0) report("images", "list images, as in - {image: …, expect: allowed}");
  if (images.length > maxRows) report("images", `at most ${maxRows} images: split the table`);
  const readers = rowReaders(dirname(file), parseImage);
  const rows = images.slice(0, maxRows).map((json, at) => {
    const path = `images[${at}]`;
    const row = readFields(json, path, report, readers, ["image", "expect"]) ?? {};
    return testRow(row, table, path, { file, line: placeOf(path).line }, report);
  });
  if (faults.length > 0) {
    const mistaken = mistakenJson(root);
    const instead = mistaken === undefined ? "" : `\n  ${mistaken}`;
    throw new CountersignError("CONFIG_INVALID", `not a valid table:${faults.join("")}${instead}`);
  }
  return {
    policy: table.policy,
    policies: table.policies,
    trustFiles: table.trustFiles ?? new Map(),
    rows: rows.filter((row) => row !== undefined),
  };
}

const tableReaders = (directory: string, parseImage: ParseImage) => ({
  policy: textAs(pathFrom(directory)),
  policies: textAs(pathFrom(directory)),
  trustFiles: mapOf(absoluteDirectory, textAs(pathFrom(directory))),
  ...defaultReaders(directory, parseImage),
  images: listOf(readRaw),
});

const rowReaders = (directory: string, parseImage: ParseImage) => ({
  image: textAs((written) => ({ written, image: parseImage(written) })),
  namespace: textAs(namespace),
  expect: textAs(decision),
  code: textAs(outcomeCode),
  message: readText,
  ...defaultReaders(directory, parseImage),
});

/** What a row may say for itself, and the table for all rows. */
const defaultReaders = (directory: string, parseImage: ParseImage) => ({
  platform: textAs(platform),
  evidence: textAs(evidencePlace(directory, parseImage)),
  at: textAs(judgedAt),
});

type Table = ObjectFields<ReturnType<typeof tableReaders>>;
type Row = ObjectFields<ReturnType<typeof rowReaders>>;

function testRow(
  row: Row,
  table: Table,
  path: string,
  place: Pick<TestRow, "file" | "line">,
  report: Report,
): TestRow | undefined {
  const expected = expectation(row, path, report);
  if (row.image === undefined || expected === undefined) return undefined;
  return {
    ...row.image,
    ...place,
    namespace: row.namespace,
    expected,
    platform: row.platform ?? table.platform ?? defaultPlatform,
    evidence: row.evidence ?? table.evidence ?? { type: "live" },
    at: row.at ?? table.at ?? "evidence",
  };
}

function expectation({ expect, code, message }: Row, path: string, report: Report): Expectation | undefined {
  if (expect !== "allowed") {
    const why = expect && code && whyNotBoth(expect, code);
    if (why !== undefined) report(memberPath(path, "code"), why);
    return expect && { decision: expect, code, message };
  }
  if (code !== undefined || message !== undefined) {
    report(path, "an allowed image has neither code nor message: leave them out, or expect: denied");
  }
  return { decision: "allowed" };
}

/** The members of a map, none of them unknown, and those that are needed all there; undefined if it is no map. */
function readFields<R extends Readonly<Record<string, Reader<unknown>>>>(
  json: Json,
  path: string,
  report: Report,
  readers: R,
  needed: readonly string[],
): ObjectFields<R> | undefined {
  const names = Object.keys(readers).join(", ");
  if (json.kind !== "object") {
    report(path, `a map is expected, with ${names}`);
    return undefined;
  }
  for (const [name] of json.members) {
    if (!Object.hasOwn(readers, name)) report(memberPath(path, name), `unknown key; there are ${names}`);
  }
  const members = json.members.filter(([name]) => Object.hasOwn(readers, name));
  for (const name of needed) {
    if (!members.some(([member]) => member === name)) report(path, `${name} is missing`);
  }
  return readObject({ kind: "object", members }, path, report, readers);
}
