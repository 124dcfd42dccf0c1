import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { CountersignError } from "@countersign/engine/values/error";
import { loadLanguages } from "@countersign/sources/policy-languages/read-policy";
import type { RuleCheck } from "./rule-book.ts";

/** Checks of what nodes are to be told. */
export interface PublicationChecks {
  /** of one policy's rule: a pattern or an expression may be none, and the resource's schema cannot tell */
  readonly rule: RuleCheck;
  /** of a whole policy file: rules that are right each by itself may be too much together */
  readonly file: RuleCheck;
}

const base = JSON.stringify({ default: [{ type: "reject" }] });

/** An object of the API server can have a mebibyte; a rule is one, and JSON in JSON grows. */
const maxRule = 768 * 1024;

export async function publicationChecks(): Promise<PublicationChecks> {
  const languages = await loadLanguages();
  const file: RuleCheck = (text) => {
    try {
      parsePolicy(Buffer.from(text), "the compiled policy", languages);
      return undefined;
    } catch (error) {
      return CountersignError.from(error).message;
    }
  };
  return {
    file,
    rule(text) {
      const size = Buffer.byteLength(text);
      if (size > maxRule) return `compiled it has ${size} bytes, and ${maxRule} can be published; split it`;
      return file(composeGatewayPolicy(base, [text]));
    },
  };
}
