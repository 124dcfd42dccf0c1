import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { tagMoves } from "./tag-moves.ts";

const forever = new AbortController().signal;

/** Takes turns, and tells the order in which they were got. */
function turns() {
  const moves = tagMoves();
  const entered: string[] = [];
  const take = (name: string, entering: Promise<Disposable>) => {
    const taken = entering.then((turn) => {
      entered.push(name);
      return turn;
    });
    taken.catch(() => {});
    return taken;
  };
  return {
    entered,
    hold: (name: string, tags: readonly string[], signal = forever) => take(name, moves.hold(tags, signal)),
    move: (name: string, tag: string, signal = forever) => take(name, moves.move(tag, signal)),
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
    move("moved", "a:1");
    await settled();
    assert.deepEqual(entered, ["made"]);
    made[Symbol.dispose]();
    await settled();
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
    move("second", "a:1");
    await settled();
    assert.deepEqual(entered, ["first"]);
    first[Symbol.dispose]();
    await settled();
    assert.deepEqual(entered, ["first", "second"]);
  });

  it("keeps the order: who comes after a waiting move waits too", async () => {
    const { hold, move, entered, settled } = turns();
    const first = await hold("first", ["a:1"]);
    const moved = move("moved", "a:1");
    hold("second", ["a:1"]);
    await settled();
    assert.deepEqual(entered, ["first"]);
    first[Symbol.dispose]();
    (await moved)[Symbol.dispose]();
    await settled();
    assert.deepEqual(entered, ["first", "moved", "second"]);
  });

  it("forgets who left while waiting", async () => {
    const { hold, move, entered, settled } = turns();
    await hold("first", ["a:1"]);
    const gone = new AbortController();
    const moving = move("moved", "a:1", gone.signal);
    hold("second", ["a:1"]);
    gone.abort();
    await assert.rejects(moving, { code: "CANCELLED" });
    await settled();
    assert.deepEqual(entered, ["first", "second"]);
  });

  it("takes nobody in who has left already", async () => {
    await assert.rejects(tagMoves().move("a:1", AbortSignal.abort()), { code: "CANCELLED" });
  });

  it("never has a tag move while it is held or moved by another, and lets everybody in at last", () =>
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
          const moves = tagMoves();
          const inside = new Map<string, { held: number; moving: number }>();
          const done = asked.map(async ({ moves: isMove, tags }, at) => {
            const wanted = isMove ? tags.slice(0, 1) : tags;
            const [first = ""] = wanted;
            using _turn = await (isMove ? moves.move(first, forever) : moves.hold(wanted, forever));
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
});
