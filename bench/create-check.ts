import { type BenchRow, notMeasured } from "./row.ts";

export async function run(): Promise<BenchRow> {
  return notMeasured(
    "create-check",
    "CreateContainer straight to containerd",
    "+ ≤ 1 ms p50, + ≤ 4 ms p99",
    "not built yet: images are judged when they are pulled, not again when a container is created",
  );
}
