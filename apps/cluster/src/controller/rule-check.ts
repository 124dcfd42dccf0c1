import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { CountersignError } from "@countersign/engine/values/error";
import { loadLanguages } from "@countersign/sources/policy-languages/read-policy";
import type { RuleCheck } from "./rule-book.ts";

const base = JSON.stringify({ default: [{ type: "reject" }] });

/** Whether nodes could read a rule: a pattern or an expression may be none, and the resource's schema cannot tell. */
export async function ruleCheck(): Promise<RuleCheck> {
  const languages = await loadLanguages();
  return (text) => {
    try {
      parsePolicy(Buffer.from(composeGatewayPolicy(base, [text])), "the compiled policy", languages);
      return undefined;
    } catch (error) {
      return CountersignError.from(error).message;
    }
  };
}
