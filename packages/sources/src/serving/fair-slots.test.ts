import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import fc from "fast-check";
import { type FairSlots, fairSlots } from "./fair-slots.ts";

const patient = new AbortController().signal;
const timing = manualTiming();
const slotsOf = (total: number, perLane: number, lingering = 0) =>
  fairSlots({ total, perLane, patience: 1000, lingering }, timing);

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Asks for a slot per name and notes the order in which they are given. */
function visitors(slots: FairSlots) {
  const inside: { name: string; slot: Disposable }[] = [];
  const come = (name: string, lane = name, signal = patient) =>
    slots.enter(lane, signal).then((slot) => void inside.push({ name, slot }));
  return { inside, come, names: () => inside.map(({ name }) => name) };
}

describe("fairSlots", () => {
  it("lets in as many as there are slots, and the next when one leaves", async () => {
    const { inside, come, names } = visitors(slotsOf(2, 2));
    for (const name of ["a", "b", "c"]) come(name);
    await settle();
    assert.deepEqual(names(), ["a", "b"]);
    inside[0]?.slot[Symbol.dispose]();
    await settle();
    assert.deepEqual(names(), ["a", "b", "c"]);
  });

  it("keeps room for others however many come for one lane", async () => {
    const { come, names } = visitors(slotsOf(4, 2));
    for (let i = 0; i < 100; i++) come(`slow-${i}`, "slow");
    come("quick");
    await settle();
    assert.deepEqual(names(), ["slow-0", "slow-1", "quick"]);
  });

  it("serves waiting lanes in turn", async () => {
    const { inside, come, names } = visitors(slotsOf(1, 1));
    for (const name of ["x", "a1", "a2", "a3", "b1", "b2"]) come(name, name.slice(0, 1));
    for (let left = 0; left < 5; left++) {
      await settle();
      inside[left]?.slot[Symbol.dispose]();
    }
    await settle();
    assert.deepEqual(names(), ["x", "a1", "b1", "a2", "b2", "a3"]);
  });

  it("forgets who gives up waiting", async () => {
    const { inside, come, names } = visitors(slotsOf(1, 1));
    const impatient = new AbortController();
    come("first");
    const leaving = come("second", "second", impatient.signal);
    come("third");
    impatient.abort();
    await assert.rejects(leaving, { code: "CANCELLED" });
    inside[0]?.slot[Symbol.dispose]();
    await settle();
    assert.deepEqual(names(), ["first", "third"]);
  });

  it("refuses who comes with an aborted signal", () =>
    assert.rejects(slotsOf(1, 1).enter("a", AbortSignal.abort()), {
      code: "CANCELLED",
    }));

  it("takes a slot back once, even if it is given back twice", async () => {
    const { inside, come, names } = visitors(slotsOf(1, 1));
    for (const name of ["a", "b", "c"]) come(name);
    await settle();
    inside[0]?.slot[Symbol.dispose]();
    inside[0]?.slot[Symbol.dispose]();
    await settle();
    assert.deepEqual(names(), ["a", "b"]);
  });

  it("gives the slots of those who linger to other lanes, not to their own", async () => {
    const slots = slotsOf(6, 3, 6);
    const { come, names } = visitors(slots);
    for (const lane of ["hangs", "hangs too"]) for (let i = 0; i < 4; i++) come(lane);
    come("quick");
    await settle();
    assert.equal(names().length, 6);
    timing.advance(1000);
    await settle();
    assert.deepEqual(names().slice(6), ["quick"]);
    assert.deepEqual(slots.usage, { active: 7, waiting: 2 });
  });

  it("bounds how many linger", async () => {
    const { inside, come, names } = visitors(slotsOf(2, 1, 1));
    for (const name of ["a", "b", "c", "d"]) come(name);
    await settle();
    timing.advance(1000);
    await settle();
    assert.deepEqual(names(), ["a", "b", "c"]);
    inside[0]?.slot[Symbol.dispose]();
    await settle();
    assert.deepEqual(names(), ["a", "b", "c"], "who lingered had no slot to give back");
    inside[1]?.slot[Symbol.dispose]();
    await settle();
    assert.deepEqual(names(), ["a", "b", "c", "d"]);
  });

  it("lets nobody linger who has left", async () => {
    const slots = slotsOf(1, 1, 1);
    const { inside, come, names } = visitors(slots);
    come("a");
    await settle();
    timing.advance(999);
    inside[0]?.slot[Symbol.dispose]();
    for (const name of ["b", "c"]) come(name);
    await settle();
    timing.advance(1);
    await settle();
    assert.deepEqual(names(), ["a", "b"], "b came in later and may still be at work");
    assert.deepEqual(slots.usage, { active: 1, waiting: 1 });
  });

  it("never exceeds its limits and lets everybody in at last", async () => {
    const scenario = fc.record({
      total: fc.integer({ min: 1, max: 4 }),
      perLane: fc.integer({ min: 1, max: 3 }),
      lanes: fc.array(fc.constantFrom("a", "b", "c"), { maxLength: 30 }),
      leaving: fc.infiniteStream(fc.nat()),
    });
    await fc.assert(
      fc.asyncProperty(scenario, async ({ total, perLane, lanes, leaving }) => {
        const slots = slotsOf(total, perLane);
        const inside: { lane: string; slot: Disposable }[] = [];
        let served = 0;
        for (const lane of lanes) slots.enter(lane, patient).then((slot) => inside.push({ lane, slot }));
        while (served < lanes.length) {
          await settle();
          assert.ok(inside.length > 0 && inside.length <= total);
          for (const name of ["a", "b", "c"])
            assert.ok(inside.filter(({ lane }) => lane === name).length <= perLane);
          const [out] = inside.splice((leaving.next().value ?? 0) % inside.length, 1);
          out?.slot[Symbol.dispose]();
          served++;
        }
      }),
      { numRuns: 100 },
    );
  });
});
