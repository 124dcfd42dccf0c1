import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type RepositoryTurns, repositoryTurns } from "./repository-turns.ts";

const patient = new AbortController().signal;

/** Lets every promise that can settle do so. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

/** Who is inside, by name, in the order in which they came in. */
function visitors(turns: RepositoryTurns) {
  const inside = new Map<string, Disposable>();
  const enter = (name: string) => (turn: Disposable) => void inside.set(name, turn);
  return {
    inside: async () => {
      await settle();
      return [...inside.keys()];
    },
    bind: (name: string, repository = "app", signal = patient) =>
      turns.together(repository, signal).then(enter(name)),
    remove: (name: string, repository = "app") => turns.alone(repository).then(enter(name)),
    leave(name: string) {
      inside.get(name)?.[Symbol.dispose]();
      inside.delete(name);
    },
  };
}

describe("repositoryTurns", () => {
  it("lets tags be bound together, and what is taken back wait until they are", async () => {
    const { inside, bind, remove, leave } = visitors(repositoryTurns());
    bind("v1");
    bind("v2");
    remove("refused");
    assert.deepEqual(await inside(), ["v1", "v2"]);
    leave("v1");
    assert.deepEqual(await inside(), ["v2"]);
    leave("v2");
    assert.deepEqual(await inside(), ["refused"]);
  });

  it("keeps nobody from binding for one who hangs, though something waits to be taken back", async () => {
    const { inside, bind, remove } = visitors(repositoryTurns());
    bind("hangs");
    remove("refused");
    bind("v2");
    assert.deepEqual(await inside(), ["hangs", "v2"]);
  });

  it("lets one take back at a time, and nobody bind meanwhile", async () => {
    const { inside, bind, remove, leave } = visitors(repositoryTurns());
    remove("one");
    remove("two");
    bind("v1");
    assert.deepEqual(await inside(), ["one"]);
    leave("one");
    assert.deepEqual(await inside(), ["v1"]);
    leave("v1");
    assert.deepEqual(await inside(), ["two"]);
  });

  it("keeps repositories apart", async () => {
    const { inside, bind, remove } = visitors(repositoryTurns());
    remove("refused");
    bind("v1", "other");
    assert.deepEqual(await inside(), ["refused", "v1"]);
  });

  it("forgets who gives up waiting, and takes nobody in who has", async () => {
    const { inside, bind, remove, leave } = visitors(repositoryTurns());
    const impatient = new AbortController();
    remove("refused");
    const leaving = bind("v1", "app", impatient.signal);
    impatient.abort();
    await assert.rejects(leaving, { code: "CANCELLED" });
    await assert.rejects(bind("v2", "app", impatient.signal), { code: "CANCELLED" });
    leave("refused");
    assert.deepEqual(await inside(), []);
  });

  it("takes a turn back once, even if it is given back twice", async () => {
    const turns = repositoryTurns();
    const first = await turns.together("app", patient);
    using _second = await turns.together("app", patient);
    first[Symbol.dispose]();
    first[Symbol.dispose]();
    const { inside, remove } = visitors(turns);
    remove("refused");
    assert.deepEqual(await inside(), []);
  });

  it("never has anybody beside who is alone, and lets everybody in at last", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.constantFrom("bind", "remove"), fc.constantFrom("a", "b")), { maxLength: 30 }),
        fc.infiniteStream(fc.nat()),
        async (visits, leaving) => {
          const turns = repositoryTurns();
          const inside: { kind: string; repository: string; turn: Disposable }[] = [];
          for (const [kind, repository] of visits) {
            const entered = kind === "bind" ? turns.together(repository, patient) : turns.alone(repository);
            entered.then((turn) => inside.push({ kind, repository, turn }));
          }
          for (let served = 0; served < visits.length; served++) {
            await settle();
            assert.ok(inside.length > 0);
            for (const name of ["a", "b"]) {
              const here = inside.filter(({ repository }) => repository === name);
              assert.ok(here.length <= 1 || here.every(({ kind }) => kind === "bind"));
            }
            const [out] = inside.splice((leaving.next().value ?? 0) % inside.length, 1);
            out?.turn[Symbol.dispose]();
          }
        },
      ),
      { numRuns: 100 },
    ));
});
