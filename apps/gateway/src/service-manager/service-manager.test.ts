import assert from "node:assert/strict";
import { once } from "node:events";
import { describe, it } from "node:test";
import { keepAlive, serviceManager } from "./service-manager.ts";

describe("serviceManager wants a sign of life", () => {
  const rows: readonly (readonly [
    how: string,
    environment: NodeJS.ProcessEnv,
    interval: number | undefined,
  ])[] = [
    ["never, when nothing is said", {}, undefined],
    ["in half of the time it waits", { WATCHDOG_USEC: "30000000" }, 15_000],
    ["of the process that is meant", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "7" }, 15_000],
    ["of no other process", { WATCHDOG_USEC: "30000000", WATCHDOG_PID: "8" }, undefined],
    ["never, when it says no number", { WATCHDOG_USEC: "soon" }, undefined],
    ["never, when it says zero", { WATCHDOG_USEC: "0" }, undefined],
  ];
  for (const [how, environment, interval] of rows)
    it(how, () => assert.equal(serviceManager(environment, 7).watchdogInterval, interval));
});

describe("keepAlive", () => {
  it("gives signs until it is told to stop", async () => {
    const heard = new EventTarget();
    const notifier = { send: (state: string) => void heard.dispatchEvent(new Event(state)) };
    using _alive = keepAlive({ listen: undefined, notifier, watchdogInterval: 1 });
    await once(heard, "WATCHDOG=1");
    await once(heard, "WATCHDOG=1");
  });
});
