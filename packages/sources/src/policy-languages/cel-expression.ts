import { type CelInput, type CelResult, celEnv, isCelError, parse, plan } from "@bufbuild/cel";
import type { CelExpression } from "@countersign/engine/policy/sigstore-requirement";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import type { Json } from "@countersign/engine/values/strict-json";
import { expressionNames } from "./expression-names.ts";
import { expressionNesting } from "./expression-nesting.ts";
import { jsonToCel } from "./json-to-cel.ts";
import { meteredFunctions } from "./metered-functions.ts";
import { NeverTrue } from "./never-true.ts";
import { payForLoops } from "./pay-for-loops.ts";
import type { Expression } from "./walk-expression.ts";
import { WorkMeter } from "./work-meter.ts";

/** Enough to look at each of some 50,000 packages of a bill of materials; half a second or so. */
const budget = 500_000;

/** What stands for itself besides variables: CEL's types. */
const typeNames: ReadonlySet<string> = new Set(
  "bool bytes double duration dyn int list map null_type string timestamp type uint google".split(" "),
);

/** Operators that are no functions to the library. */
const operators: ReadonlySet<string> = new Set(
  "_&&_ _||_ _?_:_ _[_] _?._ _[?_] @not_strictly_false __not_strictly_false__".split(" "),
);

const variables = ["statement", "predicate", "predicateType", "subject"];

/** Of a statement that was read: its predicate may be anything. */
const types: ReadonlyMap<string, string> = new Map([
  ...[...typeNames].filter((name) => name !== "google").map((name) => [name, "type"] as const),
  ["statement", "map"],
  ["predicateType", "string"],
  ["subject", "list"],
]);

let meter = new WorkMeter(0);
const env = celEnv({ funcs: meteredFunctions(() => meter) });
const neverTrue = new NeverTrue(env.funcs);

/**
 * Compiles a CEL expression over a statement by @bufbuild/cel.
 * @throws CountersignError POLICY_INVALID for what does not parse, or names what there is not
 */
export function celExpression(source: string): CelExpression {
  const expression = parseExpression(source);
  const { free, functions } = expressionNames(expression);
  const unknown = [...free].find((name) => !variables.includes(name) && !typeNames.has(name));
  if (unknown !== undefined)
    throw invalid(`there is no ${quote(unknown)}; the variables are ${variables.join(", ")}`);
  const unbound = [...functions].find((name) => !operators.has(name) && env.funcs.find(name) === undefined);
  if (unbound !== undefined) throw invalid(`there is no function ${quote(unbound)}`);
  const whyNeverTrue = neverTrue.why(expression, types);
  payForLoops(expression);
  const evaluate = compile(expression);
  return {
    source,
    isConstant: !variables.some((name) => free.has(name)),
    whyNeverTrue,
    fault: (statement) => faultOf(() => evaluate(bindings(statement))),
  };
}

type Bindings = Readonly<Record<string, CelInput>>;

/** Far more than anybody can read. */
const maxDepth = 40;
const maxBrackets = 250;

function parseExpression(source: string): Expression {
  const { depth, brackets } = expressionNesting(source);
  if (depth > maxDepth) throw invalid("it is nested too deep");
  if (brackets > maxBrackets) throw invalid(`it has more than ${maxBrackets} brackets`);
  try {
    return parse(source).expr;
  } catch (error) {
    throw invalid(wordsOf(error).replace(/^<input>:/, ""));
  }
}

function compile(expression: Expression): (bindings: Bindings) => CelResult {
  try {
    return plan(env, expression) as (bindings: Bindings) => CelResult;
  } catch (error) {
    throw invalid(wordsOf(error));
  }
}

/** The library walks expressions by recursion, which ends where the stack does. */
function wordsOf(error: unknown): string {
  return error instanceof RangeError ? "it is nested too deep" : CountersignError.from(error).message;
}

function bindings(statement: Json): Bindings {
  const whole = jsonToCel(statement);
  const member = (name: string) => (whole instanceof Map ? whole.get(name) : undefined) ?? null;
  return {
    statement: whole,
    predicate: member("predicate"),
    predicateType: member("predicateType"),
    subject: member("subject"),
  };
}

function faultOf(evaluate: () => CelResult): string | undefined {
  meter = new WorkMeter(budget);
  const result = evaluate();
  // a loop that ended early may have come to any result
  if (meter.isExceeded) return "it asks for more work than is allowed";
  if (isCelError(result)) return `it cannot be evaluated: ${result.message}`;
  if (result === true) return undefined;
  return result === false ? "it is false" : "its result is neither true nor false";
}

function invalid(message: string): CountersignError {
  return new CountersignError("POLICY_INVALID", `not a CEL expression: ${message}`);
}
