import type { CelFunc } from "@bufbuild/cel";
import type { Call, Comprehension, Expression } from "./walk-expression.ts";

/** What names stand for: the type, where it is known and not bool. */
type Types = ReadonlyMap<string, string | undefined>;

/**
 * Tells of an expression that can never be true, by the types that it comes to: the library's own checker knows constants and
 * variables alone. It says so only where it is certain, whatever the statement: most of what is in one has any type, and an
 * evaluation that fails whatever it looks at (`"a" < 3`) is not foreseen.
 */
export class NeverTrue {
  readonly #overloads: ReadonlyMap<string, readonly CelFunc[]>;

  constructor(functions: Iterable<CelFunc>) {
    this.#overloads = Map.groupBy(functions, ({ name }) => name);
  }

  /**
   * @param types of variables, if they are known not to be bool
   * @returns what it comes to: `it comes to int`; undefined if it may be true
   */
  why(expression: Expression, types: Types): string | undefined {
    const type = this.#typeOf(expression, types);
    if (type !== undefined) return `it comes to ${type}`;
    const { exprKind } = expression;
    if (exprKind.case !== "callExpr") return undefined;
    const { function: name, args } = exprKind.value;
    const operator = { "_&&_": "&&", "_||_": "||", "_?_:_": ":" }[name];
    if (operator === undefined) return undefined;
    const sides = (operator === ":" ? args.slice(1) : args).map((side) => this.why(side, types));
    // one side of && is enough; whatever is chosen of others is one of both
    const why =
      operator === "&&" || sides.every((side) => side !== undefined)
        ? sides.find((side) => side !== undefined)
        : undefined;
    return why?.replace(/^it comes to/, `a side of ${operator} comes to`);
  }

  /** Undefined if it may be bool. */
  #typeOf({ exprKind }: Expression, types: Types): string | undefined {
    switch (exprKind.case) {
      case "constExpr":
        return constants.get(exprKind.value.constantKind.case ?? "");
      case "identExpr":
        return types.get(exprKind.value.name);
      case "listExpr":
        return "list";
      case "structExpr":
        // a message may stand for a bool
        return exprKind.value.messageName === "" ? "map" : undefined;
      case "callExpr":
        return this.#typeOfCall(exprKind.value, types);
      case "comprehensionExpr":
        return this.#typeOfLoop(exprKind.value, types);
      default:
        return undefined;
    }
  }

  #typeOfCall({ function: name, args, target }: Call, types: Types): string | undefined {
    const known = args.map((each) => this.#typeOf(each, types));
    if (name === "_?_:_") return known[1] !== undefined && known[1] === known[2] ? known[1] : undefined;
    const overloads = (this.#overloads.get(name) ?? []).filter(
      (one) => (one.target === undefined) === (target === undefined) && one.arguments.length === args.length,
    );
    const fitting = overloads.filter((one) => known.every((type, at) => fits(type, `${one.arguments[at]}`)));
    const results = new Set((fitting.length > 0 ? fitting : overloads).map(({ result }) => `${result}`));
    if (results.size === 0 || results.has("bool") || results.has("dyn")) return undefined;
    return [...results].map(bareName).join(" or ");
  }

  /** What it gathers begins as something, and each step makes something of it: only if neither can be bool it is none. */
  #typeOfLoop({ accuVar, accuInit, loopStep, result, iterVar }: Comprehension, types: Types) {
    const begun = accuInit && this.#typeOf(accuInit, types);
    const within = new Map([...types, [iterVar, undefined], [accuVar, begun]]);
    const goesOn = begun !== undefined && loopStep && this.#typeOf(loopStep, within);
    const gathered = goesOn === begun ? begun : undefined;
    return result && this.#typeOf(result, new Map([...types, [accuVar, gathered]]));
  }
}

const constants: ReadonlyMap<string, string> = new Map([
  ["int64Value", "int"],
  ["uint64Value", "uint"],
  ["doubleValue", "double"],
  ["stringValue", "string"],
  ["bytesValue", "bytes"],
  ["nullValue", "null"],
]);

/** An argument of a known type; one of an unknown type fits anything. */
function fits(type: string | undefined, argument: string): boolean {
  return type === undefined || argument === "dyn" || bareName(argument) === type;
}

/** `list` of `list(dyn)`, `duration` of `google.protobuf.Duration` */
function bareName(type: string): string {
  return type
    .replace(/\(.*/, "")
    .replace(/^google\.protobuf\./, "")
    .toLowerCase();
}
