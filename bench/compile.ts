import { type BenchRow, notMeasured } from "./row.ts";

export async function run(): Promise<BenchRow> {
  return notMeasured(
    "compile",
    "–",
    "all ≤ 1 s, one edit ≤ 10 ms",
    "not built yet: there are no cluster resources to compile; policies are files",
  );
}
