import { CountersignError } from "../values/error.ts";

/**
 * Puts a policy file for the gateway together: what holds where no rule matches, and the rules, each as it was published.
 * They are taken as they are; the file is parsed strictly before a node uses it.
 * @param base a JSON object with `default` and perhaps `transports`
 * @param rules JSON objects, members of the file's `images`
 * @throws CountersignError POLICY_INVALID for a part that is no JSON object
 */
export function composeGatewayPolicy(base: string, rules: readonly string[]): string {
  const { default: otherwise, transports } = parsePart(base);
  const images = rules.map(parsePart);
  return `${JSON.stringify({ countersign: 1, default: otherwise, transports, images }, undefined, 2)}\n`;
}

function parsePart(text: string): Readonly<Record<string, unknown>> {
  const value: unknown = parse(text);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>;
  }
  throw new CountersignError("POLICY_INVALID", "a published part of a policy is no object");
}

/** Content was checked by its digest, and what comes of it is read again, strictly. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CountersignError("POLICY_INVALID", `a published part of a policy is no JSON: ${reason}`);
  }
}
