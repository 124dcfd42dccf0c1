import { CountersignError } from "../../values/error.ts";
import type { Pattern } from "../../values/pattern.ts";
import type { Reader } from "../../values/strict-object.ts";
import { readFilledText } from "../../values/strict-value.ts";
import type { TextMatch } from "../sigstore-requirement.ts";
import { patternSize } from "./pattern-size.ts";
import type { PolicyLanguages } from "./policy-languages.ts";

const maxPatternLength = 1024;
/** of one pattern, and of all of a policy together */
const maxPatternSize = 10_000;
const maxPatternSizes = 200_000;

/** Reads the patterns of one policy, which share what they may grow to; one that comes again is compiled once. */
export class PatternReaders {
  readonly anchored: Reader<TextMatch>;
  readonly unanchored: Reader<TextMatch>;
  readonly #compiled = new Map<string, Pattern>();
  #sizeLeft = maxPatternSizes;

  constructor(languages: PolicyLanguages) {
    this.anchored = this.#reader(languages, true);
    this.unanchored = this.#reader(languages, false);
  }

  #reader(languages: PolicyLanguages, anchored: boolean): Reader<TextMatch> {
    return (json, path, report) => {
      const source = readFilledText(json, path, report);
      if (source === undefined) return undefined;
      const key = `${anchored} ${source}`;
      try {
        const pattern = this.#compiled.get(key) ?? languages.pattern(this.#bounded(source), anchored);
        this.#compiled.set(key, pattern);
        return { type: "pattern", pattern };
      } catch (error) {
        report(path, CountersignError.from(error).message);
        return undefined;
      }
    };
  }

  #bounded(source: string): string {
    if (source.length > maxPatternLength)
      throw tooMuch(`a pattern has at most ${maxPatternLength} characters`);
    const size = patternSize(source) ?? 0;
    if (size > maxPatternSize) throw tooMuch("its repetitions, written out, make this pattern too large");
    this.#sizeLeft -= size;
    if (this.#sizeLeft < 0) throw tooMuch("the policy's patterns together are too large");
    return source;
  }
}

function tooMuch(message: string): CountersignError {
  return new CountersignError("POLICY_INVALID", message);
}

/** The very text. */
export const readExactText: Reader<TextMatch> = (json, path, report) => {
  const text = readFilledText(json, path, report);
  return text === undefined ? undefined : { type: "exact", text };
};
