import { quote } from "./go-format.ts";
import { nearWord } from "./near-word.ts";
import { type ExactFields, type Reader, type Report, readMembers } from "./strict-object.ts";

type Readers = Readonly<Record<string, Reader<unknown>>>;

/** What was read of a record: every required member, and each optional one that is there. */
export type RecordFields<R extends Readers, O extends Readers> = ExactFields<R> & Partial<ExactFields<O>>;

/**
 * An object of our own formats: members are known, some must be there, none may come twice, and null is no value. Where it
 * is read from YAML, no word of it is to be of JSON.
 * @returns undefined if anything was reported
 */
export function recordOf<R extends Readers, O extends Readers>(
  required: R,
  optional: O,
): Reader<RecordFields<R, O>> {
  const readers = new Map<string, Reader<unknown>>([
    ...Object.entries(required),
    ...Object.entries(optional),
  ]);
  const known = [...readers.keys()];
  return (json, path, report) => {
    let faults = 0;
    const count: Report = (at, message) => {
      faults++;
      report(at, message);
    };
    if (json.kind !== "object") {
      report(path, `members are expected (${known.join(", ")}), not ${json.kind}`);
      return undefined;
    }
    const members = readMembers<unknown>(
      json,
      path,
      count,
      (name) => readers.get(name) ?? unknown(name, known),
    );
    if (members === undefined) return undefined;
    for (const name of Object.keys(required)) if (!members.has(name)) count(path, `${name} is missing`);
    return faults === 0 ? (Object.fromEntries(members) as RecordFields<R, O>) : undefined;
  };
}

function unknown(name: string, known: readonly string[]): Reader<never> {
  return (_json, path, report) => {
    const meant = nearWord(name, known);
    report(path, `Unknown key ${quote(name)}${meant === undefined ? "" : `; did you mean ${quote(meant)}?`}`);
    return undefined;
  };
}
