import { spawn } from "node:child_process";
import { once } from "node:events";
import { openSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { binary } from "../binaries.ts";

/** How each spec of the suite ended: `passed`, `failed`, `skipped`, … */
export type SpecResults = ReadonlyMap<string, string>;

/**
 * Runs the whole suite against a runtime's socket.
 * @param directory - for its report, and for its log beside it
 * @param flags - Ginkgo's, to run a part of it
 */
export async function runCritest(
  socket: string,
  directory: string,
  name: string,
  flags: readonly string[],
): Promise<SpecResults> {
  const report = join(directory, `${name}.json`);
  const log = openSync(join(directory, `${name}.log`), "w");
  const suite = spawn(
    binary("critest"),
    [
      ...[`--runtime-endpoint=unix://${socket}`, `--image-endpoint=unix://${socket}`],
      // The same order on every side.
      ...[`--ginkgo.json-report=${report}`, "--ginkgo.seed=1", "--ginkgo.no-color", ...flags],
    ],
    { stdio: ["ignore", log, log] },
  );
  await once(suite, "exit");
  return readReport(await readFile(report, "utf8"));
}

/** Ginkgo's JSON report: a list of suites, each with its specs. */
function readReport(text: string): SpecResults {
  const suites = JSON.parse(text) as readonly GinkgoSuite[];
  const specs = suites.flatMap(({ SpecReports }) => SpecReports ?? []);
  return new Map(
    specs
      .filter(({ LeafNodeType }) => LeafNodeType === "It")
      .map(({ ContainerHierarchyTexts, LeafNodeText, State }) => [
        [...(ContainerHierarchyTexts ?? []), LeafNodeText].join(" "),
        State,
      ]),
  );
}

interface GinkgoSuite {
  readonly SpecReports: readonly GinkgoSpec[] | null;
}

interface GinkgoSpec {
  readonly ContainerHierarchyTexts: readonly string[] | null;
  readonly LeafNodeText: string;
  readonly LeafNodeType: string;
  readonly State: string;
}
