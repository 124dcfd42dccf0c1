import { CountersignError } from "../../values/error.ts";
import type { CelExpression } from "../sigstore-requirement.ts";
import type { PolicyLanguages } from "./policy-languages.ts";

const maxLength = 8192;
/** of a policy, those that are the same counted once */
const maxLengths = 256 * 1024;

/** Compiles the expressions of one policy, each once, as long as they are not too many. */
export class Expressions {
  readonly #languages: PolicyLanguages;
  readonly #compiled = new Map<string, CelExpression | CountersignError>();
  #lengthLeft = maxLengths;

  constructor(languages: PolicyLanguages) {
    this.#languages = languages;
  }

  /** @throws CountersignError POLICY_INVALID */
  compile(source: string): CelExpression {
    if (source.length > maxLength) throw tooMuch(`an expression has at most ${maxLength} characters`);
    const expression = this.#compiled.get(source) ?? this.#attempt(source);
    this.#compiled.set(source, expression);
    if (expression instanceof CountersignError) throw expression;
    return expression;
  }

  #attempt(source: string): CelExpression | CountersignError {
    this.#lengthLeft -= source.length;
    if (this.#lengthLeft < 0) return tooMuch("the policy's expressions together are too long");
    try {
      return this.#languages.cel(source);
    } catch (error) {
      return CountersignError.from(error);
    }
  }
}

function tooMuch(message: string): CountersignError {
  return new CountersignError("POLICY_INVALID", message);
}
