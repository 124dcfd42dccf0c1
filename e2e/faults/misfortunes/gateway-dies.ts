import { setTimeout as delay } from "node:timers/promises";
import { noExcuses, processAway } from "../questions/excuses.ts";
import type { Misfortune } from "./misfortune.ts";
import { moments } from "./runtime-dies.ts";

/** kill -9 in the middle of a call to the runtime, of a request to the registry, or at any time; more than once perhaps. */
export const gatewayDies: Misfortune = {
  name: "gateway-killed",
  touches: ["gateway"],
  plan(draw) {
    const times = 1 + draw.below(3);
    const deaths = Array.from({ length: times }, () => ({
      moment: draw.one([...moments, "a request to the registry"] as const),
      late: draw.one([0, 0, 1, 5, 40]),
    }));
    return {
      what: `the gateway is killed ${deaths.map(({ moment, late }) => `${late} ms after ${moment}`).join(", and ")}`,
      excuses: processAway,
      lasts: 0,
      async begin({ gateway, runtime, registry }) {
        for (const { moment, late } of deaths) {
          const came = moment instanceof RegExp ? runtime.moment(moment) : anotherRequest(registry.requests);
          await Promise.race([came, delay(300)]);
          await delay(late);
          await gateway.kill();
        }
        return async () => {};
      },
    };
  },
};

/** SIGTERM: no new calls, but those under way end as they would have. */
export const gatewayRestarts: Misfortune = {
  name: "gateway-restarted",
  touches: ["gateway"],
  plan(draw) {
    const late = draw.below(200);
    return {
      what: `the gateway is restarted after ${late} ms`,
      excuses: {
        ...noExcuses,
        pulls: ["away"],
        creations: ["away"],
        unknownCreations: ["away"],
        others: ["away"],
      },
      lasts: 0,
      async begin({ gateway }) {
        await delay(late);
        await gateway.restart();
        return async () => {};
      },
    };
  },
};

async function anotherRequest(requests: readonly unknown[]): Promise<void> {
  const before = requests.length;
  for (let tries = 0; tries < 100 && requests.length === before; tries++) await delay(3);
}
