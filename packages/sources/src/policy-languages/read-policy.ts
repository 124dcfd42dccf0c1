import { noLanguages, type PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import {
  type PolicyReading,
  policyOf,
  readPolicy as readPolicyIn,
} from "@countersign/engine/policy/parse-policy";
import type { Policy } from "@countersign/engine/policy/policy";
import { CountersignError } from "@countersign/engine/values/error";

/**
 * Reads a policy with the languages that it says something in. They are loaded when the first policy needs them: most
 * need none, and they take longer to load than everything else.
 */
export async function readPolicy(bytes: Uint8Array): Promise<PolicyReading> {
  for (;;) {
    const wanted = new Set<Language>();
    const reading = readPolicyIn(bytes, listening(wanted));
    if (wanted.size === 0) return reading;
    for (const language of wanted) await load[language]();
  }
}

/**
 * As `parsePolicy` of the engine.
 * @throws CountersignError POLICY_INVALID
 */
export async function parsePolicy(bytes: Uint8Array, origin: string): Promise<Policy> {
  return policyOf(await readPolicy(bytes), origin);
}

/** All of them, for who reads many policies and must not wait in between. */
export async function loadLanguages(): Promise<PolicyLanguages> {
  await Promise.all([load.pattern(), load.cel()]);
  return { pattern: loaded.pattern ?? noLanguages.pattern, cel: loaded.cel ?? noLanguages.cel };
}

/**
 * The same for what its author is still at: an expression that can never be true is refused besides. Policy files that are in
 * use may have one, beside much that is right, and are read as ever.
 */
export async function loadLanguagesForAuthors(): Promise<PolicyLanguages> {
  const { pattern, cel } = await loadLanguages();
  return {
    pattern,
    cel(source) {
      const expression = cel(source);
      const why = expression.whyNeverTrue;
      if (why === undefined) return expression;
      throw new CountersignError(
        "POLICY_INVALID",
        `this expression can never be true: ${why}, and only a bool can be; write what must hold of it, as in size(subject) == 1`,
      );
    },
  };
}

type Language = keyof PolicyLanguages;

const loaded: { -readonly [L in Language]?: PolicyLanguages[L] } = {};

const load: Readonly<Record<Language, () => Promise<void>>> = {
  async pattern() {
    loaded.pattern = (await import("./re2-pattern.ts")).re2Pattern;
  },
  async cel() {
    loaded.cel = (await import("./cel-expression.ts")).celExpression;
  },
};

/** What is loaded, and an ear for what is not: a reading that lacked something is of no use and is made again. */
function listening(wanted: Set<Language>): PolicyLanguages {
  return {
    pattern(source, anchored) {
      if (loaded.pattern === undefined) wanted.add("pattern");
      return (loaded.pattern ?? noLanguages.pattern)(source, anchored);
    },
    cel(source) {
      if (loaded.cel === undefined) wanted.add("cel");
      return (loaded.cel ?? noLanguages.cel)(source);
    },
  };
}
