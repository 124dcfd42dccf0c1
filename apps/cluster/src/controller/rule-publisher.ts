import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import type { Published, Publisher } from "./publisher.ts";
import type { PublicationChecks } from "./rule-check.ts";

/** Rules that are right each by itself, and of which no policy can be made together. */
export class Unpublishable extends Error {
  override readonly name = "Unpublishable";
}

export interface RulePublisherParts {
  readonly publishing: Pick<Publisher, "publish">;
  readonly check: PublicationChecks["file"];
}

/** Publishes rules, once a gateway's own parser has nothing against the policy that they make together. */
export function rulePublisher({ publishing, check }: RulePublisherParts) {
  let checked: { readonly text: string; readonly fault: string | undefined } | undefined;

  /** the same text as last time is as right as then */
  function faultOf(text: string): string | undefined {
    if (checked?.text !== text) checked = { text, fault: check(text) };
    return checked.fault;
  }

  return {
    /**
     * @param rules whose texts the set has
     * @throws Unpublishable, ApiFailure
     */
    async publish(set: PolicySet, rules: Iterable<CompiledRule>, signal: AbortSignal): Promise<Published> {
      const fault = faultOf(composeGatewayPolicy(set.base, set.rules));
      if (fault !== undefined) throw new Unpublishable(fault);
      return await publishing.publish(set, rules, signal);
    },
  };
}
