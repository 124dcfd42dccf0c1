import type { ApiObject } from "../kube/api-object.ts";
import { everyNamespace, nodeReportSeconds, readNodeReport } from "../sync/node-report.ts";

/** How far nodes are, all of them together. */
export interface NodeCensus {
  /** nodes that reported lately, each once for each target */
  readonly reporting: number;
  /** of them, how many have this publication or a later one; and for this namespace, if it is about one alone */
  applied(generation: number, namespace?: string): number;
  /** who enforces policies there: `gateway`, `crio` */
  readonly targets: ReadonlySet<string>;
  /** of the nodes of a target, how many refuse all images of a namespace for want of room in registries.d */
  withoutRoom(target: string, namespace: string): WithoutRoom;
  /** of them, how many go by a file of somebody else's for this namespace */
  left(namespace: string): number;
  /** of them, how many say that they could not apply the last one, or not for every namespace */
  readonly troubled: number;
  /** reports of nodes that are gone for so long that they need not be kept */
  readonly forgotten: readonly ApiObject[];
}

export interface WithoutRoom {
  /** that name this namespace */
  readonly named: number;
  /** that had no room for all names, and may mean this one */
  readonly perhaps: number;
}

/** A node may be away for a day and come back. */
const keptForMs = 24 * 3_600_000;

/** @param wall milliseconds since the epoch */
export function nodeCensus(objects: readonly ApiObject[], wall: number): NodeCensus {
  const forgotten: ApiObject[] = [];
  const generations: number[] = [];
  /** of nodes that have another file for a namespace */
  const elsewhere = new Map<string, number[]>();
  const targets = new Set<string>();
  /** target and namespace → nodes */
  const withoutRoom = new Map<string, number>();
  let troubled = 0;
  for (const object of objects) {
    const report = readNodeReport(object);
    if (report === undefined) continue;
    // of a node whose clock is ahead, too: one that says it lives for ever would be believed for as long, whatever it says
    const age = Math.abs(wall - report.renewed);
    if (age > keptForMs) forgotten.push(object);
    if (age > nodeReportSeconds * 1000) continue;
    generations.push(report.generation ?? 0);
    targets.add(report.target);
    for (const name of new Set(report.withoutRoom)) {
      const key = `${report.target} ${name}`;
      withoutRoom.set(key, (withoutRoom.get(key) ?? 0) + 1);
    }
    for (const name of new Set(report.left)) {
      const has = elsewhere.get(name) ?? [];
      elsewhere.set(name, has);
      has.push(report.generation ?? 0);
    }
    if (report.problem !== undefined) troubled++;
  }
  for (const list of [generations, ...elsewhere.values()]) list.sort((a, b) => a - b);
  /** a node that could not name all of them may have left this one too */
  const leftFor = (namespace: string | undefined, generation: number): number =>
    namespace === undefined
      ? 0
      : [namespace, everyNamespace].reduce(
          (sum, name) => sum + countFrom(elsewhere.get(name) ?? [], generation),
          0,
        );
  return {
    reporting: generations.length,
    applied: (generation, namespace) => countFrom(generations, generation) - leftFor(namespace, generation),
    targets,
    withoutRoom: (target, namespace) => ({
      named: withoutRoom.get(`${target} ${namespace}`) ?? 0,
      perhaps: withoutRoom.get(`${target} ${everyNamespace}`) ?? 0,
    }),
    left: (namespace) => leftFor(namespace, 0),
    troubled,
    forgotten,
  };
}

/** How many of sorted numbers are not less than `least`. */
function countFrom(sorted: readonly number[], least: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < least) low = middle + 1;
    else high = middle;
  }
  return sorted.length - low;
}
