import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { describe, it } from "node:test";
import { stopSignal } from "./shutdown.ts";

describe("stopSignal", () => {
  for (const name of ["SIGTERM", "SIGINT"] as const) {
    it(`fires at ${name} and leaves the next one to the system`, () => {
      const signals = new EventEmitter();
      const stop = stopSignal(signals);
      assert.equal(stop.aborted, false);
      signals.emit(name);
      assert.equal(stop.aborted, true);
      assert.deepEqual([signals.listenerCount("SIGTERM"), signals.listenerCount("SIGINT")], [0, 0]);
    });
  }
});
