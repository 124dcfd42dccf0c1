import { CountersignError } from "@countersign/engine/values/error";
import { readRegularFile } from "@countersign/sources/files/read-file";
import { readYamlDocument, YamlInvalid } from "@countersign/sources/files/yaml-document";
import { parseImage } from "../parse-image.ts";
import { parseTestTable } from "./parse-test-table.ts";
import type { TestTable } from "./test-table.ts";

/** Room for as many rows as a table may have. */
const maxTableSize = 4 * 1024 * 1024;

/** @throws CountersignError CONFIG_INVALID with the faults of all tables */
export async function readTables(files: readonly string[]): Promise<readonly TestTable[]> {
  const tables: TestTable[] = [];
  const faults: string[] = [];
  for (const file of files) {
    try {
      tables.push(await readTable(file));
    } catch (caught) {
      const { code, message } = CountersignError.from(caught);
      if (code === "INTERNAL") throw caught;
      faults.push(
        caught instanceof YamlInvalid
          ? `${file}:${caught.place.line}:${caught.place.column}: ${caught.why}`
          : `${file}: ${message}`,
      );
    }
  }
  if (faults.length > 0) throw new CountersignError("CONFIG_INVALID", faults.join("\n"));
  return tables;
}

/** @throws CountersignError CONFIG_INVALID */
export async function readTable(file: string): Promise<TestTable> {
  const reading = await readRegularFile(file, maxTableSize);
  if (reading.type !== "read") throw new CountersignError("CONFIG_INVALID", reading.message);
  const document = readYamlDocument(new TextDecoder().decode(reading.bytes));
  return parseTestTable(document, file, parseImage);
}
