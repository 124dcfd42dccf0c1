import { quoteList } from "../../values/go-format.ts";
import type { Report } from "../../values/strict-object.ts";

/**
 * The one of these members that is there. None, or more than one, is a fault: of two that say different things each
 * reader could believe another.
 */
export function onlyOne<K extends string>(
  fields: object,
  names: readonly K[],
  path: string,
  report: Report,
): K | undefined {
  const present = names.filter((name) => Object.hasOwn(fields, name));
  const [only] = present;
  if (present.length === 1) return only;
  const found = present.length === 0 ? "none is there" : `${quoteList(present)} are there`;
  report(path, `exactly one of ${quoteList(names)} is expected, and ${found}`);
  return undefined;
}
