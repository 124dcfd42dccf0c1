import { loopFunction } from "./metered-functions.ts";
import { type Expression, partsOf, sizeOf } from "./walk-expression.ts";

/** Makes each round of each loop pay for what stands in it, before it runs. Changes the expression. */
export function payForLoops(expression: Expression): void {
  const { exprKind } = expression;
  for (const part of partsOf(expression)) payForLoops(part);
  if (exprKind.case !== "comprehensionExpr") return;
  const { loopCondition, loopStep } = exprKind.value;
  if (loopCondition === undefined || loopStep === undefined) return;
  const work = BigInt(1 + sizeOf(loopCondition) + sizeOf(loopStep));
  const payment = call(loopFunction, [
    node({
      case: "constExpr",
      value: { $typeName: "cel.expr.Constant", constantKind: { case: "int64Value", value: work } },
    }),
  ]);
  exprKind.value.loopCondition = call("_&&_", [payment, loopCondition]);
}

function call(name: string, args: Expression[]): Expression {
  return node({ case: "callExpr", value: { $typeName: "cel.expr.Expr.Call", function: name, args } });
}

function node(exprKind: Expression["exprKind"]): Expression {
  return { $typeName: "cel.expr.Expr", id: 0n, exprKind };
}
