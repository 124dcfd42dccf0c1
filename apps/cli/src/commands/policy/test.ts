import { CountersignError } from "@countersign/engine/values/error";
import { openSources } from "@countersign/sources/open-sources";
import { inTurn } from "../../in-turn.ts";
import { policiesInForce } from "../../policies-in-force.ts";
import { tablesWithFullNames } from "../../policy-test/full-names.ts";
import { keyDirectories } from "../../policy-test/key-directories.ts";
import { readTables } from "../../policy-test/read-tables.ts";
import { requireTablePolicies } from "../../policy-test/require-places.ts";
import { type EvidenceFor, evidenceAsWritten, evidenceRecordedAnew } from "../../policy-test/row-evidence.ts";
import { runRow } from "../../policy-test/run-test.ts";
import { exitCodeForTest } from "../../policy-test/test-exit-code.ts";
import type { TestTable } from "../../policy-test/test-table.ts";
import { testToJson } from "../../render/policy-test-json.ts";
import { testToJunit } from "../../render/policy-test-junit.ts";
import { testToText } from "../../render/policy-test-text.ts";
import type { Terminal } from "../../terminal.ts";
import { environmentOf } from "../../user-environment.ts";
import { parseTimeout, refuseTwoRuntimes } from "../image-flags.ts";
import { type ListFlags, parseJobs } from "../list-flags.ts";
import { kindOf, requirePolicyPlaces } from "../named-paths.ts";
import type { PolicyPlaces } from "../policy-choice.ts";
import { sourcesConfig } from "../sources-config.ts";

export interface PolicyTestFlags extends ListFlags, PolicyPlaces {
  readonly record?: string;
  readonly output: "text" | "json" | "junit";
}

/**
 * `countersign policy test TABLE…`: asks about every image of the tables, and tells which answers are not the expected
 * ones.
 * @throws CountersignError USAGE or CONFIG_INVALID
 */
export async function policyTest(
  files: readonly string[],
  flags: PolicyTestFlags,
  io: Terminal,
): Promise<void> {
  const [jobs, timeout] = [parseJobs(flags.jobs), parseTimeout(flags.timeout)];
  await requirePolicyPlaces(flags);
  await requireRecordDirectory(flags.record);
  refuseTwoRuntimes(flags);
  const written = await readTables(files);
  await requireTablePolicies(written, files, flags);
  const environment = environmentOf(io);
  const sources = openSources(await sourcesConfig(flags, environment));
  try {
    const isShort = flags.shortNames === "registries.conf";
    const tables = isShort ? await tablesWithFullNames(written, sources.shortNames) : written;
    const evidenceFor = evidenceSource(sources.imageSources(), flags.record, tables);
    const questions = tables.flatMap((table) => {
      const policyOf = policiesInForce(placesOf(table, flags), environment);
      const world = {
        policyOf,
        evidenceFor,
        trustFiles: keyDirectories(table.trustFiles, sources.trustFiles),
        trustRepositories: sources.trustRepositories,
      };
      return table.rows.map((row) => ({ row, world }));
    });
    const interruption = io.interruption();
    let done = 0;
    const results = await inTurn(questions, jobs, async ({ row, world }) => {
      const result = await runRow(row, world, AbortSignal.any([interruption, AbortSignal.timeout(timeout)]));
      io.progress(`${++done} of ${questions.length} images`);
      return result;
    });
    io.progress("");
    const print = { text: testToText, json: testToJson, junit: testToJunit }[flags.output];
    io.out(print(results, io.paint));
    io.exitWith(exitCodeForTest(results));
  } finally {
    await sources.close();
  }
}

/** It is made if it is not there. @throws CountersignError USAGE for a file, which each row would stumble over */
async function requireRecordDirectory(record: string | undefined): Promise<void> {
  if (record === undefined || (await kindOf(record)) !== "file") return;
  throw new CountersignError(
    "USAGE",
    `--record ${record}: not a directory; name one, which is made if it is not there`,
  );
}

function evidenceSource(
  live: Parameters<typeof evidenceAsWritten>[0],
  record: string | undefined,
  tables: readonly TestTable[],
): EvidenceFor {
  if (record === undefined) return evidenceAsWritten(live);
  return evidenceRecordedAnew(
    live,
    record,
    tables.flatMap(({ rows }) => rows),
  );
}

/** Flags say where policies are for all tables, else each table for itself. */
function placesOf({ policy, policies }: TestTable, flags: PolicyPlaces): PolicyPlaces {
  return {
    signaturePolicy: flags.signaturePolicy ?? policy,
    signaturePolicyDir: flags.signaturePolicyDir ?? policies,
  };
}
