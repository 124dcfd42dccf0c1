import { CountersignError } from "../../values/error.ts";
import type { Reader, Report } from "../../values/strict-object.ts";
import { readFilledText } from "../../values/strict-value.ts";
import type { TextMatch } from "../sigstore-requirement.ts";
import { patternSize } from "./pattern-size.ts";
import type { PolicyLanguages } from "./policy-languages.ts";

const maxPatternLength = 1024;
/** of one pattern, and of all of a policy together */
const maxPatternSize = 10_000;
const maxPatternSizes = 200_000;

/** Reads the patterns of one policy, which share what they may grow to. */
export class PatternReaders {
  readonly anchored: Reader<TextMatch>;
  readonly unanchored: Reader<TextMatch>;
  #sizeLeft = maxPatternSizes;

  constructor(languages: PolicyLanguages) {
    this.anchored = this.#reader(languages, true);
    this.unanchored = this.#reader(languages, false);
  }

  #reader(languages: PolicyLanguages, anchored: boolean): Reader<TextMatch> {
    return (json, path, report) => {
      const source = readFilledText(json, path, report);
      if (source === undefined || !this.#isBounded(source, path, report)) return undefined;
      try {
        return { type: "pattern", pattern: languages.pattern(source, anchored) };
      } catch (error) {
        report(path, CountersignError.from(error).message);
        return undefined;
      }
    };
  }

  #isBounded(source: string, path: string, report: Report): boolean {
    const size = source.length <= maxPatternLength ? (patternSize(source) ?? 0) : 0;
    this.#sizeLeft -= size;
    if (source.length > maxPatternLength) {
      report(path, `a pattern has at most ${maxPatternLength} characters`);
    } else if (size > maxPatternSize) {
      report(path, "its repetitions, written out, make this pattern too large");
    } else if (this.#sizeLeft < 0) {
      report(path, "the policy's patterns together are too large");
    } else {
      return true;
    }
    return false;
  }
}

/** The very text. */
export const readExactText: Reader<TextMatch> = (json, path, report) => {
  const text = readFilledText(json, path, report);
  return text === undefined ? undefined : { type: "exact", text };
};
