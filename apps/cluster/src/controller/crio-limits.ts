import { crioExcesses } from "@countersign/engine/cluster/crio-excess";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import { CountersignError } from "@countersign/engine/values/error";
import { fitting } from "../sync/fitting-scopes.ts";

/** What policies come to for CRI-O, where that is more than its files may have. */
export interface CrioLimits {
  /** why no node for CRI-O takes what is published; undefined: they take it */
  readonly forAll: string | undefined;
  /** namespaces whose policies are too much, and why */
  readonly namespaces: ReadonlyMap<string, string>;
}

/** Of a cluster in which nobody asks for CRI-O's files. */
export const noCrioLimits: CrioLimits = { forAll: undefined, namespaces: new Map() };

/** Counts a set once, however often it is asked: it is told again whenever nodes say how far they are. */
export function crioLimits(): (set: PolicySet) => CrioLimits {
  const excessesOf = crioExcesses();
  let last: { readonly set: PolicySet; readonly limits: CrioLimits } | undefined;
  return (set) => {
    if (last?.set === set) return last.limits;
    const { forAll, namespaces } = excessesOf(set);
    const fault = forAll instanceof CountersignError ? forAll : faultOfScopes(forAll);
    const limits = { forAll: fault && `${fault.message}: until then ${kept}`, namespaces };
    last = { set, limits };
    return limits;
  };
}

const kept = "nodes for CRI-O keep the policies that they have, and no newer ones reach them";

/** What other files of registries.d say is known to nodes alone. */
function faultOfScopes(all: readonly string[]): CountersignError | undefined {
  try {
    fitting({ all, namespaces: new Map() }, new Set());
    return undefined;
  } catch (caught) {
    return CountersignError.from(caught);
  }
}
