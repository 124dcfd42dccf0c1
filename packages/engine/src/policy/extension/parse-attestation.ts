import { CountersignError } from "../../values/error.ts";
import { quote } from "../../values/go-format.ts";
import { memberPath, type Reader } from "../../values/strict-object.ts";
import { objectAs, readFilledText, textAs } from "../../values/strict-value.ts";
import type { AttestationDemand, StatementPolicy } from "../sigstore-requirement.ts";
import { Expressions } from "./expressions.ts";
import { parseName } from "./parse-name.ts";
import type { PolicyLanguages } from "./policy-languages.ts";
import { parsePredicateType } from "./predicate-types.ts";

/** One of `attestations`; called `usualName` unless it says otherwise. */
export function attestationReader(
  languages: PolicyLanguages,
): (usualName: string) => Reader<AttestationDemand> {
  const readers = {
    name: textAs(parseName),
    predicateType: textAs(parsePredicateType),
    policy: statementPolicyReader(languages),
  };
  return (usualName) =>
    objectAs(readers, ({ name = usualName, predicateType, policy }, path, report) => {
      if (predicateType !== undefined) return { name, predicateType, policy };
      report(path, "predicateType is missing");
      return undefined;
    });
}

function statementPolicyReader(languages: PolicyLanguages): Reader<StatementPolicy> {
  const expressions = new Expressions(languages);
  return objectAs(
    { type: textAs(parseLanguage), expression: readFilledText },
    ({ type, expression: source }, path, report): StatementPolicy | undefined => {
      if (type === undefined) report(path, `type is missing: write "cel"`);
      if (source === undefined) report(path, "expression is missing");
      if (type === undefined || source === undefined) return undefined;
      try {
        return { type, expression: expressions.compile(source) };
      } catch (error) {
        report(memberPath(path, "expression"), CountersignError.from(error).message);
        return undefined;
      }
    },
  );
}

/** CUE and Rego run in Go alone; their ports to JavaScript are servers' clients or run what was compiled elsewhere. */
function parseLanguage(text: string): "cel" {
  if (text === "cel") return text;
  const instead =
    text === "cue" || text === "rego"
      ? `there is no engine for ${text} here, so it is refused rather than passed over: say the same in CEL`
      : `${quote(text)} is no language that is known here`;
  throw new CountersignError("POLICY_INVALID", `${instead}; the one that is judged is "cel"`);
}
