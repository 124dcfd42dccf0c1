import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { policyOf, readPolicy } from "@countersign/engine/policy/parse-policy";
import { faultOfSize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { loadLanguages, loadLanguagesForAuthors } from "@countersign/sources/policy-languages/read-policy";
import type { RuleCheck } from "./rule-book.ts";

/** Checks of what nodes are to be told. */
export interface PublicationChecks {
  /** of one policy's rule: a pattern or an expression may be none, and the resource's schema cannot tell */
  readonly rule: RuleCheck;
  /** of a whole policy file: rules that are right each by itself may be too much together */
  file(text: string): string | undefined;
}

const base = JSON.stringify({ default: [{ type: "reject" }] });

/** An object of the API server can have a mebibyte; a rule is one, and JSON in JSON grows. */
const maxRule = 768 * 1024;

export async function publicationChecks(): Promise<PublicationChecks> {
  const authors = await loadLanguagesForAuthors();
  // rules that are in force already are read as nodes read them
  const nodes = await loadLanguages();
  return {
    file(text) {
      const size = faultOfSize(text);
      if (size !== undefined) return size;
      try {
        policyOf(readPolicy(Buffer.from(text), nodes), "the compiled policy");
        return undefined;
      } catch (error) {
        return CountersignError.from(error).message;
      }
    },
    rule(text) {
      const size = Buffer.byteLength(text);
      if (size > maxRule) {
        return [
          { path: "", message: `compiled it has ${size} bytes, and ${maxRule} can be published; split it` },
        ];
      }
      return readPolicy(Buffer.from(composeGatewayPolicy(base, [text])), authors).faults;
    },
  };
}
