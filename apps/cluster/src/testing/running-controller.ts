import type { PassOutcome } from "../controller/cluster-pass.ts";
import { type ExternalTexts, externalTexts } from "../controller/external-materials.ts";
import { repositoryRoots } from "../controller/repository-roots.ts";
import { publicationChecks } from "../controller/rule-check.ts";
import { runController } from "../controller/run-controller.ts";
import type { ApiFailure, ApiServer } from "../kube/api-server.ts";
import type { StagedTime } from "./staged-time.ts";

export const systemNamespace = "countersign-system";

const checks = await publicationChecks();

/** A controller in this process, with what it said. */
export interface RunningController {
  readonly passes: readonly PassOutcome[];
  readonly failures: readonly ApiFailure[];
  readonly news: readonly string[];
  readonly leads: boolean;
  /** Has it end in order. */
  stop(): Promise<void>;
}

/** @param server as this process reaches it */
export function startController(
  server: ApiServer,
  time: StagedTime,
  identity = "one",
  kmsKeys?: ExternalTexts,
): RunningController {
  const passes: PassOutcome[] = [];
  const failures: ApiFailure[] = [];
  const news: string[] = [];
  const stopping = new AbortController();
  let leads = false;
  const nothing = () =>
    externalTexts(async () => {
      throw new Error("nothing is outside this cluster");
    }, time.now);
  const pause = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      const disarm = time.after(milliseconds, resolve);
      signal.addEventListener("abort", () => {
        disarm();
        resolve();
      });
    });
  const running = runController(
    {
      ...{
        server,
        namespace: systemNamespace,
        identity,
        noMatch: "deny",
        checks,
        timing: time,
        wall: time.now,
      },
      publicRoot: { type: "missing", why: "there is none here" },
      ...{ kmsKeys: kmsKeys ?? nothing(), remoteTexts: nothing(), repositories: repositoryRoots(time) },
      patience: { pause: (failed, least, signal) => pause(Math.max(least ?? 0, 200 * 2 ** failed), signal) },
      events: {
        view: { failed: (kind, error) => news.push(`${kind.plural}: ${error.message}`) },
        election: {
          began: () => {
            leads = true;
            news.push("began");
          },
          ended: (why) => {
            leads = false;
            news.push(`ended: ${why}`);
          },
          failed: (error) => news.push(`lease: ${error.message}`),
        },
        waiting: (kinds) => news.push(`waiting for ${kinds.join()}`),
        passed: (outcome) => passes.push(outcome),
        failed: (error) => failures.push(error),
      },
    },
    stopping.signal,
  );
  return {
    ...{ passes, failures, news },
    get leads() {
      return leads;
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
