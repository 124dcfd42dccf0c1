import type { ApiObject } from "../kube/api-object.ts";
import { nodeReportSeconds, readNodeReport } from "../sync/node-report.ts";

/** How far nodes are, all of them together. */
export interface NodeCensus {
  /** nodes that reported lately, each once for each target */
  readonly reporting: number;
  /** of them, how many have this publication or a later one */
  applied(generation: number): number;
  /** of them, how many say that they could not apply the last one */
  readonly troubled: number;
  /** reports of nodes that are gone for so long that they need not be kept */
  readonly forgotten: readonly ApiObject[];
}

/** A node may be away for a day and come back. */
const keptForMs = 24 * 3_600_000;

/** @param wall milliseconds since the epoch */
export function nodeCensus(objects: readonly ApiObject[], wall: number): NodeCensus {
  const forgotten: ApiObject[] = [];
  const generations: number[] = [];
  let troubled = 0;
  for (const object of objects) {
    const report = readNodeReport(object);
    if (report === undefined) continue;
    const age = wall - report.renewed;
    if (age > keptForMs) forgotten.push(object);
    if (age > nodeReportSeconds * 1000) continue;
    generations.push(report.generation ?? 0);
    if (report.problem !== undefined) troubled++;
  }
  generations.sort((a, b) => a - b);
  return {
    reporting: generations.length,
    applied: (generation) => generations.length - firstFrom(generations, generation),
    troubled,
    forgotten,
  };
}

/** How many of sorted numbers are less than `least`. */
function firstFrom(sorted: readonly number[], least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
