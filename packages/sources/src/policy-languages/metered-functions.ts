import {
  type CelFunc,
  type CelInput,
  type CelList,
  CelScalar,
  type CelType,
  type CelValue,
  celEnv,
  celFunc,
  celList,
  celMethod,
  isCelError,
  listType,
} from "@bufbuild/cel";
import { patternSize } from "@countersign/engine/policy/extension/pattern-size";
import type { Pattern } from "@countersign/engine/values/pattern";
import { maxTextLength, re2Pattern } from "./re2-pattern.ts";
import type { WorkMeter } from "./work-meter.ts";

/** What an expression is not told apart from its own functions by: no identifier begins like this. */
export const loopFunction = "@loop";

/**
 * CEL's standard functions, each of which pays for what it looks at, and one that loops pay with. Two are our own: lists
 * are joined into one, since the library's joined lists are chains that cost their length for each look; and `matches`
 * bounds what its pattern expands to.
 */
export function meteredFunctions(meter: () => WorkMeter): CelFunc[] {
  return [
    ...[...celEnv().funcs].map((func) => metered(func, meter)),
    joinFunction(meter),
    matchesFunction(meter),
    celFunc(loopFunction, [CelScalar.INT], CelScalar.BOOL, (work) => {
      meter().spend(Number(work));
      return true;
    }),
  ];
}

/** Functions that look at all of their arguments. */
const deep: ReadonlySet<string> = new Set(["_==_", "_!=_", "@in"]);

function metered(func: CelFunc, meter: () => WorkMeter): CelFunc {
  const call = (target: CelValue | undefined, args: CelValue[]): CelInput => {
    for (const value of [target, ...args]) {
      if (value !== undefined && deep.has(func.name)) meter().spendOnWhole(value);
      else meter().spendOn(value);
    }
    const result = func.call(0, target, args);
    if (result === undefined || isCelError(result)) throw result ?? new Error("no such overload");
    return result;
  };
  const { name, target, arguments: types } = func;
  if (target === undefined) {
    return celFunc<readonly CelType[], CelType>(name, types, func.result, (...args) => call(undefined, args));
  }
  return celMethod<CelType, readonly CelType[], CelType>(
    name,
    target,
    types,
    func.result,
    function (...args) {
      return call(this, args);
    },
  );
}

const maxListSize = 100_000;

/** `map` and `filter` come to this once for each item, so what is joined already is copied and not walked through. */
function joinFunction(meter: () => WorkMeter): CelFunc {
  const joined = new WeakMap<CelList, readonly CelValue[]>();
  const itemsOf = (list: CelList): readonly CelValue[] => {
    const known = joined.get(list);
    meter().spend(1 + (list.size >>> (known === undefined ? 3 : 8)));
    return known ?? [...list];
  };
  const list = listType(CelScalar.DYN);
  return celFunc("_+_", [list, list], list, (one, other) => {
    if (one.size + other.size > maxListSize) throw new Error("the list becomes too long");
    const items = [...itemsOf(one), ...itemsOf(other)];
    const both = celList(items);
    joined.set(both, items);
    return both;
  });
}

/** Patterns that an expression makes out of a statement are strangers' ones. */
const maxPatternSize = 1000;
const maxRemembered = 32;

function matchesFunction(meter: () => WorkMeter): CelFunc {
  const remembered = new Map<string, Pattern>();
  const { STRING, BOOL } = CelScalar;
  return celMethod("matches", STRING, [STRING], BOOL, function (source) {
    const size = source.length + (patternSize(source) ?? 0);
    if (size > maxPatternSize) throw new Error("the pattern is too large");
    if (this.length > maxTextLength) throw new Error("the text is too long to be matched");
    meter().spend(1 + ((this.length * size) >>> 10));
    let pattern = remembered.get(source);
    if (pattern === undefined) {
      meter().spend(size);
      pattern = re2Pattern(source, false);
      if (remembered.size < maxRemembered) remembered.set(source, pattern);
    }
    return pattern.matches(this);
  });
}
