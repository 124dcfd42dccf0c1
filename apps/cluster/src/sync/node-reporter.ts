import type { Timing } from "@countersign/sources/timing";
import { Alarm } from "../alarm.ts";
import { leases } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import type { Patience } from "../kube/patience.ts";
import { nodeReportName, nodeReportObject, nodeReportSeconds } from "./node-report.ts";
import type { Applied } from "./sync-node.ts";

export interface Reporting {
  readonly server: ApiServer;
  readonly namespace: string;
  readonly node: string;
  readonly target: string;
  readonly timing: Pick<Timing, "now" | "after" | "random">;
  /** milliseconds since the epoch */
  readonly wall: () => number;
  readonly patience: Patience;
  failed(error: ApiFailure): void;
}

/** Tells the controller what a node has. */
export interface NodeReporter {
  applied(outcome: ToReport): void;
  troubled(problem: string): void;
  /** Reports until `signal` ends it: what is new after a random part of what was asked, and that the node lives. */
  run(signal: AbortSignal): Promise<void>;
  /** Reports at once. @throws ApiFailure */
  report(signal: AbortSignal): Promise<void>;
}

export type ToReport = Pick<Applied, "generation" | "reportWithin" | "left" | "withoutRoom">;

const usualSpread = 10;
const longestSpread = 600;
/** What goes wrong may go right at the next attempt. */
const troubleSpread = 30;

export function nodeReporter(reporting: Reporting): NodeReporter {
  const { server, namespace, node, target, timing, wall } = reporting;
  const news = new Alarm();
  let generation: number | undefined;
  let problem: string | undefined;
  let left: readonly string[] = [];
  let withoutRoom: readonly string[] = [];
  let spreadMs = usualSpread * 1000;
  let there: ApiObject | undefined;

  async function report(signal: AbortSignal): Promise<void> {
    const name = nodeReportName(node, target);
    const object = (found: ApiObject | undefined) =>
      nodeReportObject(
        namespace,
        { node, target, generation, problem, left, withoutRoom, renewed: wall() },
        found && { namespace, name, ...version(found) },
      );
    try {
      there ??= await server.get(leases, { namespace, name }, signal);
      there =
        there === undefined
          ? await server.create(leases, object(undefined), signal)
          : await server.replace(leases, object(there), signal);
    } catch (error) {
      // whatever it was, what is there has to be looked at again
      there = undefined;
      throw error;
    }
  }

  return {
    report,
    applied(outcome) {
      const { generation: applied, reportWithin: within = usualSpread } = outcome;
      const leftNow = [...outcome.left.keys()].sort();
      const withoutRoomNow = [...outcome.withoutRoom].sort();
      const [why] = outcome.left.values();
      const areSame = leftNow.join() === left.join() && withoutRoomNow.join() === withoutRoom.join();
      if (applied === generation && problem === why && areSame) return;
      generation = applied;
      problem = why;
      left = leftNow;
      withoutRoom = withoutRoomNow;
      spreadMs = Math.min(within, longestSpread) * 1000;
      news.ring();
    },
    troubled(what) {
      if (what === problem) return;
      problem = what;
      spreadMs = troubleSpread * 1000;
      news.ring();
    },
    async run(signal) {
      let failures = 0;
      while (!signal.aborted) {
        const isNews = await news.wait(timing, (nodeReportSeconds / 3) * 1000, signal);
        // also of those that only renew, as nodes that were started together would go on together
        await quiet(timing, timing.random() * (isNews ? spreadMs : usualSpread * 1000), signal);
        if (signal.aborted) return;
        try {
          await report(signal);
          failures = 0;
        } catch (error) {
          if (signal.aborted) return;
          if (!(error instanceof ApiFailure)) throw error;
          reporting.failed(error);
          await reporting.patience.pause(failures++, error.retryAfter, signal);
          news.ring();
        }
      }
    },
  };
}

function version({ metadata }: ApiObject): Pick<ApiObject["metadata"], "resourceVersion"> {
  const { resourceVersion } = metadata;
  return resourceVersion === undefined ? {} : { resourceVersion };
}

async function quiet(
  timing: Pick<Timing, "after">,
  milliseconds: number,
  signal: AbortSignal,
): Promise<void> {
  await new Alarm().wait(timing, milliseconds, signal);
}
