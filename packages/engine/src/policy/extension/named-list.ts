import { quote } from "../../values/go-format.ts";
import { memberPath, type Reader } from "../../values/strict-object.ts";
import { filledListOf } from "../../values/strict-value.ts";

/** What can be pointed at by its name. */
interface Named {
  readonly name: string;
}

/**
 * A list of things with names, of which none may come twice.
 * @param readerOf reads one that is called so unless it says otherwise: `authority-0`
 */
export function namedListOf<T extends Named>(
  kind: string,
  readerOf: (usualName: string) => Reader<T>,
  most: number,
): Reader<readonly [T, ...T[]]> {
  return (json, path, report) => {
    const readItem: Reader<T> = (item, at, tell) =>
      readerOf(`${kind}-${at.slice(path.length + 1, -1)}`)(item, at, tell);
    const list = filledListOf(readItem, most)(json, path, report);
    const twice = (list ?? [])
      .map(({ name }, at) => ({ name, at }))
      .filter(({ name, at }) => list?.findIndex((one) => one.name === name) !== at);
    for (const { name, at } of twice) {
      report(memberPath(`${path}[${at}]`, "name"), `there is another one called ${quote(name)}`);
    }
    return twice.length === 0 ? list : undefined;
  };
}
