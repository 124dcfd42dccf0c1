import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { inFlight } from "./in-flight.ts";

/** Work that ends when the test says so. */
function controlled() {
  const started: { signal: AbortSignal; end: PromiseWithResolvers<string> }[] = [];
  const work = (signal: AbortSignal): Promise<string> => {
    const end = Promise.withResolvers<string>();
    started.push({ signal, end });
    signal.addEventListener("abort", () => end.reject(signal.reason));
    return end.promise;
  };
  return { started, work };
}

const patient = new AbortController().signal;

describe("inFlight", () => {
  it("runs equal work once and gives everybody its result", async () => {
    const shared = inFlight<string>();
    const { started, work } = controlled();
    const both = [shared.join("k", patient, work), shared.join("k", patient, work)];
    assert.equal(started.length, 1);
    started[0]?.end.resolve("done");
    assert.deepEqual(await Promise.all(both), ["done", "done"]);
  });

  it("runs different work apart", () => {
    const shared = inFlight<string>();
    const { started, work } = controlled();
    shared.join("a", patient, work);
    shared.join("b", patient, work);
    assert.equal(started.length, 2);
  });

  it("lets one caller leave without disturbing the other", async () => {
    const shared = inFlight<string>();
    const { started, work } = controlled();
    const impatient = new AbortController();
    const leaving = shared.join("k", impatient.signal, work);
    const staying = shared.join("k", patient, work);
    impatient.abort();
    await assert.rejects(leaving, { code: "CANCELLED" });
    assert.equal(started[0]?.signal.aborted, false);
    started[0]?.end.resolve("done");
    assert.equal(await staying, "done");
  });

  it("aborts the work when the last caller leaves", async () => {
    const shared = inFlight<string>();
    const { started, work } = controlled();
    const callers = [new AbortController(), new AbortController()];
    const leaving = callers.map(({ signal }) => shared.join("k", signal, work));
    for (const caller of callers) caller.abort();
    for (const one of leaving) await assert.rejects(one, { code: "CANCELLED" });
    assert.equal(started[0]?.signal.aborted, true);
  });

  it("starts anew for a caller who comes after the last one left", async () => {
    const shared = inFlight<string>();
    const { started, work } = controlled();
    const impatient = new AbortController();
    const leaving = shared.join("k", impatient.signal, work);
    impatient.abort();
    await assert.rejects(leaving, { code: "CANCELLED" });
    const late = shared.join("k", patient, work);
    assert.equal(started.length, 2);
    started[1]?.end.resolve("done");
    assert.equal(await late, "done");
  });

  it("lets nobody board what was abandoned, even while it still runs", async () => {
    const shared = inFlight<string>();
    const impatient = new AbortController();
    const leaving = shared.join("k", impatient.signal, () => new Promise(() => {}));
    impatient.abort();
    await assert.rejects(leaving, { code: "CANCELLED" });
    assert.equal(await shared.join("k", patient, async () => "done"), "done");
  });

  it("gives a failure to all who wait, and to none who come later", async () => {
    const shared = inFlight<string>();
    const { started, work } = controlled();
    const both = [shared.join("k", patient, work), shared.join("k", patient, work)];
    started[0]?.end.reject(new Error("registry down"));
    for (const one of both) await assert.rejects(one, /registry down/);
    const late = shared.join("k", patient, work);
    started[1]?.end.resolve("done");
    assert.equal(await late, "done");
  });

  it("starts nothing for a caller who has already left", async () => {
    const { started, work } = controlled();
    await assert.rejects(inFlight<string>().join("k", AbortSignal.abort(), work), { code: "CANCELLED" });
    assert.equal(started.length, 0);
  });
});
