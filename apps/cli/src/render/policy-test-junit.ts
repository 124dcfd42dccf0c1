import type { RowResult } from "../policy-test/run-test.ts";
import { describeRow } from "./policy-test-text.ts";
import { printable } from "./printable.ts";
import { scopeText } from "./text.ts";

/** The XML that CI systems read test results from; there is no standard but what JUnit's Ant task writes. */
export function testToJunit(results: readonly RowResult[]): string {
  const files = [...new Set(results.map(({ row }) => row.file))];
  const suites = files.map((file) =>
    suite(
      file,
      results.filter(({ row }) => row.file === file),
    ),
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join("")}</testsuites>\n`;
}

function suite(file: string, results: readonly RowResult[]): string {
  const bad = results.filter(({ difference }) => difference !== undefined);
  const errors = bad.filter(({ judged }) => judged.outcome.decision === "undecided");
  const attributes = {
    name: file,
    tests: results.length,
    failures: bad.length - errors.length,
    errors: errors.length,
    time: seconds(results.reduce((sum, { duration }) => sum + duration, 0)),
  };
  return `  <testsuite${attributesText(attributes)}>\n${results.map(testcase).join("")}  </testsuite>\n`;
}

function testcase({ row, policy, judged, difference, duration }: RowResult): string {
  const attributes = {
    classname: row.file,
    name: describeRow(row),
    file: row.file,
    line: row.line,
    time: seconds(duration),
  };
  const opening = `    <testcase${attributesText(attributes)}`;
  if (difference === undefined) return `${opening}/>\n`;
  const { outcome } = judged;
  const element = outcome.decision === "undecided" ? "error" : "failure";
  const detail = [
    ...(policy === undefined ? [] : [`policy: ${policy.file}, ${scopeText({ policy })}`]),
    ...(outcome.decision === "allowed" ? [] : [outcome.message]),
  ];
  const fault = `<${element}${attributesText({ message: difference })}>${escapeXml(detail.join("; "))}</${element}>`;
  return `${opening}>\n      ${fault}\n    </testcase>\n`;
}

function attributesText(attributes: Readonly<Record<string, string | number>>): string {
  return Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`)
    .join("");
}

/** Characters that XML cannot hold at all are shown as what they are. */
function escapeXml(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
  };
  return printable(text.toWellFormed())
    .replace(/[\ufffe\uffff]/g, "\ufffd")
    .replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}
