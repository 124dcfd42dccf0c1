/**
 * A regular expression of RE2's syntax, compiled: it takes time linear in the text, whoever wrote it. Only
 * the compiler of `PolicyLanguages` makes one.
 */
export interface Pattern {
  /** as it was written */
  readonly source: string;
  /** whether the whole text has to match, not a part of it */
  readonly anchored: boolean;
  matches(text: string): boolean;
}
