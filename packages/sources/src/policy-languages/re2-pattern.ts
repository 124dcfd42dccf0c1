import { RE2JS } from "@bufbuild/re2";
import { CountersignError } from "@countersign/engine/values/error";
import type { Pattern } from "@countersign/engine/values/pattern";

/** No name in a certificate of any use is longer; the time a match takes is bounded by this and the pattern's size. */
export const maxTextLength = 4096;

/**
 * Compiles a regular expression of RE2's syntax by @bufbuild/re2, a port of RE2: the engine that @bufbuild/cel has too.
 * @throws CountersignError POLICY_INVALID
 */
export function re2Pattern(source: string, anchored: boolean): Pattern {
  return new Re2Pattern(source, anchored);
}

class Re2Pattern implements Pattern {
  readonly source: string;
  readonly anchored: boolean;
  readonly #program: RE2JS;

  constructor(source: string, anchored: boolean) {
    this.source = source;
    this.anchored = anchored;
    this.#program = compile(source);
  }

  matches(text: string): boolean {
    if (text.length > maxTextLength) return false;
    return this.anchored ? this.#program.testExact(text) : this.#program.test(text);
  }
}

function compile(source: string): RE2JS {
  try {
    return RE2JS.compile(source);
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw new CountersignError("POLICY_INVALID", `not a regular expression of RE2: ${message}`, {
      cause: error,
    });
  }
}
