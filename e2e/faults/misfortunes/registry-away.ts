import type { Draw } from "@countersign/testkit/random/draw";
import {
  answers,
  breaksOff,
  type Fault,
  hangs,
  refuses,
  resets,
  stalls,
  tooManyRequests,
} from "@countersign/testkit/registry/faults";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { registryAway } from "../questions/excuses.ts";
import type { Misfortune } from "./misfortune.ts";
import { whichRequests } from "./which-requests.ts";

/** Ways of not answering; each ends when the registry breaks all connections. */
const ways: readonly [Way, ...Way[]] = [
  () => ["takes requests and says nothing", hangs()],
  () => ["sends one byte and no more", stalls()],
  (draw) => {
    const every = draw.one([1, 20, 300]);
    return [`sends one byte of the truth every ${every} ms`, dripsTruth(every)];
  },
  (draw) => {
    const after = draw.one(["0", "1", "2", "120", "-1", "soon", "Fri, 31 Dec 1999 23:59:59 GMT", undefined]);
    return [`is asked too much, Retry-After ${after}`, tooManyRequests(after)];
  },
  (draw) => {
    const after = draw.one(["1", "30"]);
    return [`is down for maintenance, Retry-After ${after}`, answers(answer(503, { "retry-after": after }))];
  },
  (draw) => {
    const status = draw.one([500, 502, 504]);
    return [`answers ${status}`, refuses(status, "UNKNOWN", "it is not well")];
  },
  () => ["resets connections", resets()],
  (draw) => {
    const length = draw.one([0, 1, 100]);
    return [`breaks off after ${length} bytes`, breaksOff(length)];
  },
];

type Way = (draw: Draw) => readonly [what: string, fault: Fault];

export const registryIsAway: Misfortune = {
  name: "registry-away",
  touches: ["registry"],
  plan(draw) {
    const [how, fault] = draw.one(ways)(draw);
    const { requests, which } = whichRequests(draw);
    return {
      what: `the registry ${how}, to ${which}`,
      excuses: registryAway,
      lasts: draw.one([300, 1000, 2500]),
      begin({ registry }) {
        registry.fail(requests, fault);
        return async () => {
          registry.heal();
          registry.breakConnections();
        };
      },
    };
  },
};

/** Sends the honest body, one byte at a time. */
function dripsTruth(interval: number): Fault {
  return ({ status, headers, body }, response) => {
    response.writeHead(status, { "content-length": body.length, ...headers });
    let sent = 0;
    const timer = setInterval(() => {
      if (sent < body.length) response.write(body.subarray(sent, ++sent));
      else response.end();
    }, interval);
    response.on("close", () => clearInterval(timer));
  };
}
