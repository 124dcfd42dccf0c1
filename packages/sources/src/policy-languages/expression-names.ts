import { type Expression, partsOf } from "./walk-expression.ts";

/** What an expression refers to. */
export interface ExpressionNames {
  /** variables that it does not bind itself */
  readonly free: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
}

export function expressionNames(expression: Expression): ExpressionNames {
  const free = new Set<string>();
  const functions = new Set<string>();
  function collect(part: Expression, bound: ReadonlySet<string>): void {
    const { exprKind } = part;
    if (exprKind.case === "identExpr" && !bound.has(exprKind.value.name)) free.add(exprKind.value.name);
    if (exprKind.case === "callExpr") functions.add(exprKind.value.function);
    const inner =
      exprKind.case === "comprehensionExpr"
        ? new Set([...bound, exprKind.value.iterVar, exprKind.value.accuVar])
        : bound;
    for (const child of partsOf(part)) {
      const isRange = exprKind.case === "comprehensionExpr" && child === exprKind.value.iterRange;
      collect(child, isRange ? bound : inner);
    }
  }
  collect(expression, new Set());
  return { free, functions };
}
