import type { AnswerKind } from "../faults/questions/answer.ts";
import type { Violation } from "../faults/violation.ts";
import { type Course, round, type Thirds } from "./figures.ts";

/** What became of a soak. */
export interface SoakReport {
  readonly seed: number;
  readonly seconds: number;
  readonly passed: boolean;
  readonly machine: string;
  readonly answers: Readonly<Partial<Record<AnswerKind, number>>>;
  readonly events: number;
  readonly misfortunes: Readonly<Record<string, number>>;
  /** wrong decisions and whatever else must not be */
  readonly violations: readonly Violation[];
  readonly course: Course;
  /** the most memory at any moment, MB */
  readonly peakMegabytes: number;
  /** when nobody had asked anything for a while, before and after */
  readonly idleBefore: Idle;
  readonly idleAfter: Idle;
  /** seconds after which callers that never read were let go */
  readonly letGo: readonly number[];
  /** seconds for which the last of them had been there at the end */
  readonly stillThere: number;
}

export interface Idle {
  readonly megabytes: number;
  readonly descriptors: number;
}

export function toJson(report: SoakReport): string {
  return `${JSON.stringify(report, undefined, 2)}\n`;
}

export function toText(report: SoakReport): string {
  const { seed, seconds, machine, answers, events, misfortunes, violations, course, idleBefore, idleAfter } =
    report;
  const questions = Object.values(answers).reduce((sum, count) => sum + count, 0);
  const lines = [
    ...violations.map(({ kind, message }) => `${kind.toUpperCase()}: ${message}`),
    `${machine}; seed ${seed}; ${Math.round(seconds)} s`,
    `${questions} questions: ${counted(answers)}; ${events} events`,
    `misfortunes: ${counted(misfortunes)}`,
    `resident memory, MB: ${thirds(course.megabytes)}, ${round(report.peakMegabytes)} at most; idle ${round(idleBefore.megabytes)} before, ${round(idleAfter.megabytes)} after`,
    `descriptors: ${thirds(course.descriptors)}; idle ${idleBefore.descriptors} before, ${idleAfter.descriptors} after`,
    `heap that collections leave, MB: ${thirds(course.heapFloor)}`,
    `callers that never read were let go after ${report.letGo.map((after) => `${Math.round(after)} s`).join(", ") || "more time than there was"}`,
    report.passed ? "no wrong decision, and nothing grew" : "NOT as it must be",
  ];
  return `${lines.join("\n")}\n`;
}

function counted(counts: Readonly<Partial<Record<string, number>>>): string {
  return Object.entries(counts)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function thirds(of: Thirds): string {
  return of.map(round).join(" → ");
}
