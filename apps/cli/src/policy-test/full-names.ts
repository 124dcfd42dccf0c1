import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { ShortNameResolver } from "@countersign/sources/containers-config/load-short-names";
import { resolveName, withNameAndRemedy } from "../name-resolution.ts";
import type { TestTable } from "./test-table.ts";

/** An image by the name that somebody has written for it. */
export interface WrittenImage {
  readonly written: string;
  readonly image: LocatedImage;
}

const maxFaults = 100;

/**
 * Images whose names mean what registries.conf says. A name that may be of several registries is a fault: which of them has
 * the image today would decide what is told of it.
 * @param place - where one is written, for its faults: `images.yaml:3: `
 * @throws CountersignError CONFIG_INVALID with a line for each fault
 */
export async function withFullNames<T extends WrittenImage>(
  images: readonly T[],
  place: (image: T) => string,
  names: ShortNameResolver,
): Promise<readonly T[]> {
  const faults = new Set<string>();
  const full: T[] = [];
  for (const one of images) {
    const meant = await meantBy(one, names);
    if (typeof meant === "string") faults.add(`${place(one)}${meant}`);
    else full.push({ ...one, image: meant });
  }
  if (faults.size > 0) {
    throw new CountersignError("CONFIG_INVALID", [...faults].slice(0, maxFaults).join("\n"));
  }
  return full;
}

/** The same for all rows of some tables. @throws as {@link withFullNames} */
export async function tablesWithFullNames(
  tables: readonly TestTable[],
  names: ShortNameResolver,
): Promise<readonly TestTable[]> {
  const all = tables.flatMap(({ rows }) => rows);
  const full = (await withFullNames(all, ({ file, line }) => `${file}:${line}: `, names)).values();
  return tables.map((table) => ({ ...table, rows: [...full.take(table.rows.length)] }));
}

/** What a name means, or what is wrong with it. */
async function meantBy(
  { written, image }: WrittenImage,
  names: ShortNameResolver,
): Promise<LocatedImage | string> {
  try {
    const { candidates } = (await resolveName(written, image, names)) ?? {};
    if (candidates === undefined) return image;
    const [first, ...others] = candidates;
    if (others.length === 0) return first;
    return `${written} may be any of ${candidates.map(formatImageName).join(", ")}: write the one that is meant`;
  } catch (caught) {
    const { code, message } = withNameAndRemedy(written, caught);
    if (code === "INTERNAL") throw caught;
    return message;
  }
}
