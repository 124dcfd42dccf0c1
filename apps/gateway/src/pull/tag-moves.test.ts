import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import fc from "fast-check";
import { tagMoves } from "./tag-moves.ts";

const forever = new AbortController().signal;

/** Takes turns, and tells the order in which they were got. */
function turns() {
  const timing = manualTiming();
  const moves = tagMoves(timing);
  const entered: string[] = [];
  async function hold(
    name: string,
    tags: readonly string[],
    { signal = forever, patience = 10_000, watch = moves.watch() } = {},
  ): Promise<Disposable> {
    await watch.hold(tags, signal, patience);
    entered.push(name);
    return watch;
  }
  async function move(
    name: string,
    tag: string,
    { signal = forever, patience }: { signal?: AbortSignal; patience?: number } = {},
  ): Promise<Disposable> {
    const turn = await moves.move(tag, signal, patience);
    entered.push(name);
    return turn;
  }
  return {
    ...{ entered, timing, hold, move },
    watch: () => moves.watch(),
    /** everything that could enter by now has */
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

describe("tagMoves", () => {
  it("lets containers be made together", async () => {
    const { hold, entered } = turns();
    await Promise.all([hold("one", ["a:1"]), hold("two", ["a:1", "b:1"])]);
    assert.deepEqual(entered, ["one", "two"]);
  });

  it("lets a tag move once no container is made from it", async () => {
    const { hold, move, entered, settled } = turns();
    const made = await hold("made", ["a:1"]);
    const moved = move("moved", "a:1");
    await settled();
    assert.deepEqual(entered, ["made"]);
    made[Symbol.dispose]();
    await moved;
    assert.deepEqual(entered, ["made", "moved"]);
  });

  it("lets other tags move meanwhile", async () => {
    const { hold, move, entered } = turns();
    await hold("made", ["a:1"]);
    await move("moved", "a:2");
    assert.deepEqual(entered, ["made", "moved"]);
  });

  it("moves a tag for one at a time", async () => {
    const { move, entered, settled } = turns();
    const first = await move("first", "a:1");
    const second = move("second", "a:1");
    await settled();
    assert.deepEqual(entered, ["first"]);
    first[Symbol.dispose]();
    await second;
    assert.deepEqual(entered, ["first", "second"]);
  });

  it("keeps the order: who comes after a waiting move waits too", async () => {
    const { hold, move, entered, settled } = turns();
    const first = await hold("first", ["a:1"]);
    const moved = move("moved", "a:1");
    const second = hold("second", ["a:1"]);
    await settled();
    assert.deepEqual(entered, ["first"]);
    first[Symbol.dispose]();
    (await moved)[Symbol.dispose]();
    await second;
    assert.deepEqual(entered, ["first", "moved", "second"]);
  });

  it("gives a turn back once, however often it is disposed of", async () => {
    const { move, entered, settled } = turns();
    const first = await move("first", "a:1");
    first[Symbol.dispose]();
    const second = await move("second", "a:1");
    first[Symbol.dispose]();
    const third = move("third", "a:1");
    await settled();
    assert.deepEqual(entered, ["first", "second"]);
    second[Symbol.dispose]();
    await third;
  });
});

describe("tagMoves, of a tag that an image got only after the runtime was asked,", () => {
  it("has a creation wait for its next move, which may take it away again", async () => {
    const { watch, move, hold, entered, settled } = turns();
    const watching = watch();
    (await move("onto it", "b:1"))[Symbol.dispose]();
    const away = await move("away", "b:1");
    const made = hold("made", ["a:1"], { watch: watching });
    await settled();
    assert.deepEqual(entered, ["onto it", "away"]);
    away[Symbol.dispose]();
    await made;
  });

  it("keeps it when the move that brought it ends while the container is made", async () => {
    const { move, hold, entered, settled } = turns();
    const onto = await move("onto it", "b:1");
    const made = await hold("made", ["a:1"]);
    onto[Symbol.dispose]();
    const away = move("away", "b:1");
    await settled();
    assert.deepEqual(entered, ["onto it", "made"]);
    made[Symbol.dispose]();
    await away;
  });

  it("cares for no move that was over before", async () => {
    const { watch, move, hold, entered } = turns();
    (await move("over", "b:1"))[Symbol.dispose]();
    const watching = watch();
    await move("another", "b:1");
    await hold("made", ["a:1"], { watch: watching });
    assert.deepEqual(entered, ["over", "another", "made"]);
  });
});

describe("who waits for a tag", () => {
  it("and leaves is forgotten", async () => {
    const { hold, move, entered } = turns();
    await hold("first", ["a:1"]);
    const gone = new AbortController();
    const moving = move("moved", "a:1", { signal: gone.signal });
    const second = hold("second", ["a:1"]);
    gone.abort();
    await assert.rejects(moving, { code: "CANCELLED" });
    await second;
    assert.deepEqual(entered, ["first", "second"]);
  });

  it("and has left already is not taken in", async () => {
    const { move, hold } = turns();
    const signal = AbortSignal.abort();
    await assert.rejects(move("moved", "a:1", { signal }), { code: "CANCELLED" });
    await assert.rejects(hold("made", ["a:1"], { signal }), { code: "CANCELLED" });
  });

  it("is told when its patience is over, and what it waited for", async () => {
    const { hold, move, timing, entered } = turns();
    const moving = await move("moving", "a:1");
    const late = assert.rejects(hold("late", ["a:1"], { patience: 50 }), {
      code: "TAG_MOVING",
      message:
        "another call is just pulling a:1, and what it names may change; try again when that pull is over",
    });
    timing.advance(50);
    await late;
    moving[Symbol.dispose]();
    await move("next", "a:1");
    assert.deepEqual(entered, ["moving", "next"]);
  });

  it("does not lose a turn that it got in time", async () => {
    const { move, hold, timing, entered, settled } = turns();
    const made = await hold("made", ["a:1"], { patience: 50 });
    timing.advance(50);
    const moved = move("moved", "a:1");
    await settled();
    assert.deepEqual(entered, ["made"]);
    made[Symbol.dispose]();
    await moved;
  });
});

it("tagMoves never has a tag move while it is held or moved by another, and lets everybody in at last", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({
          moves: fc.boolean(),
          tags: fc.uniqueArray(fc.constantFrom("a", "b", "c"), { minLength: 1 }),
        }),
        { maxLength: 20 },
      ),
      fc.scheduler(),
      async (asked, scheduler) => {
        const moves = tagMoves(manualTiming());
        const inside = new Map<string, { held: number; moving: number }>();
        const done = asked.map(async ({ moves: isMove, tags }, at) => {
          const wanted = isMove ? tags.slice(0, 1) : tags;
          const [first = ""] = wanted;
          using watch = moves.watch();
          await scheduler.schedule(Promise.resolve(), `question ${at}`);
          if (!isMove) await watch.hold(wanted, forever, 10_000);
          using _turn = isMove ? await moves.move(first, forever) : undefined;
          for (const tag of wanted) {
            const state = inside.get(tag) ?? { held: 0, moving: 0 };
            inside.set(tag, state);
            assert.equal(state.moving, 0);
            assert.ok(!isMove || state.held === 0);
            if (isMove) state.moving++;
            else state.held++;
          }
          await scheduler.schedule(Promise.resolve(), `turn ${at}`);
          for (const tag of wanted) {
            const state = inside.get(tag);
            if (state !== undefined) state[isMove ? "moving" : "held"]--;
          }
        });
        await scheduler.waitFor(Promise.all(done));
      },
    ),
  ));
