import type { Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import { excessOf, overfullNamespaces } from "@countersign/engine/cluster/namespace-budget";
import type { CrioLimits } from "./crio-limits.ts";
import type { NodeCensus } from "./node-census.ts";
import type { RuleOutcome } from "./rule-book.ts";

export interface OutcomesWithExcess {
  readonly outcomes: readonly RuleOutcome[];
  /** namespaces with policies all of whose images are refused everywhere or on some nodes, and why */
  readonly refused: ReadonlyMap<string, string>;
}

/** Tells policies of what comes of them together: of a namespace that has too many of them, or of all for CRI-O. */
export function withExcess(
  outcomes: readonly RuleOutcome[],
  crio: CrioLimits,
  nodes: Pick<NodeCensus, "withoutRoom">,
): OutcomesWithExcess {
  const overfull = overfullNamespaces(outcomes.flatMap(({ rule }) => rule ?? []));
  const refused = new Map<string, string>();
  const told = outcomes.map((outcome) => {
    const { namespace } = outcome.object.metadata;
    if (namespace === undefined) return crio.forAll === undefined ? outcome : forAll(outcome, crio.forAll);
    const everywhere = excessOf(overfull, namespace);
    const ofGateway = withoutRoom(nodes, "gateway", namespace);
    const ofCrio = [...excessOf(crio.namespaces, namespace), ...withoutRoom(nodes, "crio", namespace)];
    const [first] = [...everywhere, ...ofGateway, ...ofCrio].filter(({ effect }) => effect === "refuses");
    if (first !== undefined) refused.set(namespace, first.message);
    return {
      ...outcome,
      ...(everywhere.length > 0 && { shortcomings: [...everywhere, ...outcome.shortcomings] }),
      ...(ofGateway.length > 0 && { gatewayShortcomings: ofGateway }),
      ...(ofCrio.length > 0 && { crioShortcomings: ofCrio }),
    };
  });
  return { outcomes: told, refused };
}

function forAll(outcome: RuleOutcome, message: string): RuleOutcome {
  return { ...outcome, crioShortcomings: [{ path: "", effect: "ignored", message }] };
}

const nodesOf = { gateway: "nodes for the gateway", crio: "nodes for CRI-O" } as const;

/** Without the number of nodes, which may be another one at each look. */
function withoutRoom(
  nodes: Pick<NodeCensus, "withoutRoom">,
  target: keyof typeof nodesOf,
  namespace: string,
): readonly Shortcoming[] {
  const { named, perhaps } = nodes.withoutRoom(target, namespace);
  if (named > 0) {
    const message = `${nodesOf[target]} have no room in registries.d for the registries of this namespace's policies beside those of namespaces with fewer, and refuse all images of the namespace: ${remedy}`;
    return [{ path: "", effect: "refuses", message }];
  }
  if (perhaps === 0) return [];
  const message = `${nodesOf[target]} have no room in registries.d for the registries of more namespaces than they name, and refuse all images of those; whether this is one of them, the log of sync there says. If it is, ${remedy}`;
  return [{ path: "", effect: "stricter", message }];
}

const remedy = "let its policies be about fewer registries";
