import type { CountersignError } from "@countersign/engine/values/error";
import { unknown } from "@countersign/gateway/doctor/finding";
import { refused } from "../lint/finding.ts";
import { unanswered } from "../report.ts";
import { bundleToJson } from "./bundle-json.ts";
import { doctorToJson } from "./doctor-json.ts";
import { reportToJson } from "./json.ts";
import { jsonText } from "./json-parts.ts";
import { lintToJson } from "./lint-json.ts";
import { promotionToJson } from "./promotion.ts";
import { faultsToJson } from "./resource-faults.ts";
import { signingToJson } from "./signing-json.ts";

/** What a command answers in JSON that came to nothing, the command line's fault or not: its own contract, of nothing. */
type FailureJson = (error: CountersignError) => string;

const asked: FailureJson = (error) => reportToJson(unanswered("", error));

const signing: FailureJson = ({ code, message }) =>
  signingToJson([
    { image: "", digest: undefined, instances: undefined, signatures: [], failure: { code, message } },
  ]);

const promotion: FailureJson = (error) => {
  const report = unanswered("", error);
  const outcome = { decision: "undecided", code: error.code, message: error.message } as const;
  return promotionToJson({
    ...{ source: "", destination: "", reference: "", digest: undefined, names: [], promoted: undefined },
    failure: { report: { ...report, outcome }, hasBegun: false },
  });
};

const noPolicy: FailureJson = ({ code, message }) =>
  jsonText([
    {
      ...{ image: "", namespace: null, reference: null, policy: null },
      ...{ requirements: [], signaturePlaces: [], code, message },
    },
  ]);

const noRow: FailureJson = ({ code, message }) =>
  jsonText([
    {
      ...{ file: "", line: null, image: "", namespace: null, platform: null, evidence: null },
      ...{ passed: false, expected: null, difference: message, digest: null, instance: null },
      ...{ decision: "undecided", code, message, policy: null, requirements: [], duration: 0 },
    },
  ]);

const noComparison: FailureJson = ({ code, message }) =>
  jsonText([
    {
      ...{ image: "", namespace: null, changed: null, requirements: null, otherKeys: [] },
      ...{ before: null, after: null, code, message },
    },
  ]);

/** By the command's words. Every command with `--output json` has one; a test sees to it. */
const failures: Readonly<Record<string, FailureJson>> = {
  verify: asked,
  explain: asked,
  lint: ({ code, message }) => lintToJson([refused("", code, message)]),
  doctor: ({ message }) =>
    doctorToJson([
      {
        check: "command-line",
        ...unknown(
          message,
          "nothing of the node was looked at",
          "mend the command line; see countersign doctor --help",
        ),
      },
    ]),
  "verify-bundle": ({ code, message }) =>
    bundleToJson({ bundle: "", artifact: "", decision: "undecided", code, message }),
  compile: ({ message }) =>
    faultsToJson([{ file: "", document: 0, resource: "", place: undefined, path: "", message }]),
  sign: signing,
  attest: signing,
  promote: promotion,
  "policy show": noPolicy,
  "policy test": noRow,
  "policy diff": noComparison,
};

/**
 * What a command prints with `--output json` instead of an answer.
 * @returns undefined for what is no command, or none that prints JSON
 */
export function failureToJson(
  [command = "", sub = ""]: readonly string[],
  error: CountersignError,
): string | undefined {
  const name = command === "policy" ? `policy ${sub}` : command;
  return Object.hasOwn(failures, name) ? failures[name]?.(error) : undefined;
}
