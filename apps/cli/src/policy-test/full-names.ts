import { CountersignError } from "@countersign/engine/values/error";
import { formatImageName } from "@countersign/engine/values/format-image-name";
import type { ShortNameResolver } from "@countersign/sources/containers-config/load-short-names";
import { resolveName } from "../name-resolution.ts";
import type { TestRow, TestTable } from "./test-table.ts";

/**
 * Tables whose images are those that registries.conf means. A name that may be of several registries is a fault: which of
 * them has the image today would decide what the test is about.
 * @throws CountersignError CONFIG_INVALID with a line for each fault
 */
export async function withFullNames(
  tables: readonly TestTable[],
  names: ShortNameResolver,
): Promise<readonly TestTable[]> {
  const faults: string[] = [];
  const resolved = async (row: TestRow): Promise<TestRow> => {
    try {
      const { candidates } = (await resolveName(row.written, row.image, names)) ?? {};
      const [first, ...others] = candidates ?? [];
      if (others.length > 0) {
        const all = candidates?.map(formatImageName).join(", ");
        faults.push(
          `${row.file}:${row.line}: ${row.written} may be any of ${all}: write the one that is meant`,
        );
      }
      return { ...row, image: first ?? row.image };
    } catch (caught) {
      const { code, message } = CountersignError.from(caught);
      if (code === "INTERNAL") throw caught;
      faults.push(`${row.file}:${row.line}: ${message}`);
      return row;
    }
  };
  const full: TestTable[] = [];
  for (const table of tables) {
    const rows: TestRow[] = [];
    for (const row of table.rows) rows.push(await resolved(row));
    full.push({ ...table, rows });
  }
  if (faults.length > 0) throw new CountersignError("CONFIG_INVALID", faults.slice(0, maxFaults).join("\n"));
  return full;
}

const maxFaults = 100;
