import type { Timing } from "@countersign/sources/timing";
import { Alarm } from "../alarm.ts";
import { leases } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import type { Patience } from "../kube/patience.ts";
import { nodeReportName, nodeReportObject, nodeReportSeconds } from "./node-report.ts";

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
  /**
   * @param within seconds over which the controller asks to spread it; undefined: some
   * @param left namespaces for which it is not, and why
   */
  applied(generation: number, within: number | undefined, left: ReadonlyMap<string, string>): void;
  troubled(problem: string): void;
  /** Reports until `signal` ends it: what is new after a random part of what was asked, and that the node lives. */
  run(signal: AbortSignal): Promise<void>;
  /** Reports at once. @throws ApiFailure */
  report(signal: AbortSignal): Promise<void>;
}

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
  let spreadMs = usualSpread * 1000;
  let there: ApiObject | undefined;

  async function report(signal: AbortSignal): Promise<void> {
    const name = nodeReportName(node, target);
    const object = (found: ApiObject | undefined) =>
      nodeReportObject(
        namespace,
        { node, target, generation, problem, left, renewed: wall() },
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
    applied(applied, within = usualSpread, leftNow) {
      const names = [...leftNow.keys()].sort();
      const [why] = leftNow.values();
      if (applied === generation && problem === why && names.join() === left.join()) return;
      generation = applied;
      problem = why;
      left = names;
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
