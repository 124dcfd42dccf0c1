import { setTimeout as delay } from "node:timers/promises";
import type { Draw } from "@countersign/testkit/random/draw";
import {
  dropsConnection,
  dropsConnectionMidAnswer,
  failsWith,
  hangs,
  type RuntimeFault,
  resetsStream,
} from "@countersign/testkit/runtime/runtime-faults";
import { processAway } from "../questions/excuses.ts";
import type { Misfortune } from "./misfortune.ts";

/** Calls in the middle of which it may happen. */
export const moments = [
  /PullImage$/,
  /ImageStatus$/,
  /RemoveImage$/,
  /CreateContainer$/,
  /PodSandboxStatus$/,
  /./,
] as const;

/** Killed in the middle of a call, a little later, or at once; and started again after a while. */
export const runtimeDies: Misfortune = {
  name: "runtime-dies",
  touches: ["runtime"],
  plan(draw) {
    const moment = draw.one(moments);
    const late = draw.one([0, 0, 3, 30]);
    const isTold = draw.chance(0.2);
    return {
      what: `the runtime ${isTold ? "is ended" : "is killed"} ${late} ms after the next call to ${moment}`,
      excuses: processAway,
      lasts: draw.one([50, 400, 1500]),
      async begin({ runtime }) {
        await Promise.race([runtime.moment(moment), delay(500)]);
        await delay(late);
        if (isTold) runtime.shutDown();
        else await runtime.kill();
        return () => runtime.restart();
      },
    };
  },
};

type Fit = (draw: Draw) => readonly [what: string, fault: RuntimeFault];

const fits: readonly [Fit, ...Fit[]] = [
  () => ["says nothing", hangs],
  () => ["drops the connection", dropsConnection],
  () => ["drops the connection in the middle of the answer", dropsConnectionMidAnswer],
  (draw) => {
    const code = draw.one([2, 7, 8, 11]);
    return [`resets the stream with ${code}`, resetsStream(code)];
  },
  (draw) => {
    const code = draw.one([2, 4, 8, 13, 14]);
    return [`fails with ${code}`, failsWith(code, "it is not well")];
  },
];

/** Alive, but of no use for some calls. What it was asked when it hung is answered never; it is started again then. */
export const runtimeIsIll: Misfortune = {
  name: "runtime-ill",
  needsTestkit: true,
  touches: ["runtime"],
  plan(draw) {
    const calls = draw.one(moments);
    const [how, fault] = draw.one(fits)(draw);
    const excuses = ["away", "failed", "image gone", "exhausted", "late", "tag moving"] as const;
    return {
      what: `the runtime ${how}, to ${calls}`,
      excuses: {
        ...processAway,
        pulls: excuses,
        creations: excuses,
        unknownCreations: excuses,
        others: excuses,
      },
      lasts: draw.one([200, 1000]),
      begin({ runtime }) {
        runtime.inProcess?.fail(calls, fault);
        return async () => {
          runtime.inProcess?.heal();
          await runtime.restart();
        };
      },
    };
  },
};
