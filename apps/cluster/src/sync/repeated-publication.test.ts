import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stagedTime } from "../testing/staged-time.ts";
import type { PublicationSource } from "./publication-source.ts";
import { repeatedPublication } from "./repeated-publication.ts";

const everyMs = 60_000;

/** A source that says what a test has it say, and somebody who listens. */
function scene() {
  const time = stagedTime();
  const said: string[] = [];
  const waiting: (() => void)[] = [];
  let isOver = false;
  const wake = () => {
    for (const go of waiting.splice(0)) go();
  };
  const source: PublicationSource = {
    part: async (digest) => `part ${digest}`,
    async *follow(signal) {
      signal.addEventListener("abort", wake);
      for (;;) {
        const next = said.shift();
        if (next === "broken") throw new Error("the source is broken");
        if (next !== undefined) yield next;
        else if (isOver || signal.aborted) return;
        else await new Promise<void>((resolve) => waiting.push(resolve));
      }
    },
  };
  const alarms = new Set<object>();
  const timing = {
    after(milliseconds: number, fire: () => void) {
      const alarm = {};
      alarms.add(alarm);
      const disarm = time.after(milliseconds, () => {
        alarms.delete(alarm);
        fire();
      });
      return () => {
        alarms.delete(alarm);
        disarm();
      };
    },
  };
  const heard: string[] = [];
  const repeated = repeatedPublication(source, everyMs, timing, () => heard.push("before"));
  const stop = new AbortController();
  async function listen(): Promise<void> {
    for await (const index of repeated.follow(stop.signal)) heard.push(index);
    heard.push("over");
  }
  return {
    time,
    heard,
    repeated,
    listen,
    alarms,
    stop: () => stop.abort(),
    say(index: string) {
      said.push(index);
      wake();
    },
    end() {
      isOver = true;
      wake();
    },
  };
}

describe("repeatedPublication", () => {
  it("says what is new at once, and nothing before there is anything", async () => {
    const { time, heard, listen, say, end } = scene();
    const listening = listen();
    await time.pass(everyMs * 3);
    assert.deepEqual(heard, []);
    say("one");
    say("two");
    await time.settle();
    assert.deepEqual(heard, ["one", "two"]);
    end();
    await listening;
  });

  it("says the last again each time that nothing new came for so long, after a word of warning", async () => {
    const { time, heard, listen, say, end } = scene();
    const listening = listen();
    say("one");
    await time.pass(everyMs - 1);
    assert.deepEqual(heard, ["one"]);
    await time.pass(1);
    assert.deepEqual(heard, ["one", "before", "one"]);
    await time.pass(everyMs);
    assert.deepEqual(heard, ["one", "before", "one", "before", "one"]);
    end();
    await listening;
  });

  it("counts anew from what is new, and loses none of it that comes after a pause", async () => {
    const { time, heard, listen, say, end } = scene();
    const listening = listen();
    say("one");
    await time.pass(everyMs - 1);
    say("two");
    await time.pass(everyMs - 1);
    assert.deepEqual(heard, ["one", "two"]);
    await time.pass(1);
    say("three");
    await time.settle();
    assert.deepEqual(heard, ["one", "two", "before", "two", "three"]);
    end();
    await listening;
  });

  it("leaves no alarm behind for what came in time, and none at its end", async () => {
    const { time, listen, say, end, alarms } = scene();
    const listening = listen();
    for (let at = 0; at < 50; at++) say(`${at}`);
    await time.settle();
    assert.equal(alarms.size, 1);
    end();
    await listening;
    assert.equal(alarms.size, 0);
  });

  it("ends when it is told to, and when the source does", async () => {
    const told = scene();
    const listening = told.listen();
    told.say("one");
    await told.time.settle();
    told.stop();
    await listening;
    assert.deepEqual(told.heard, ["one", "over"]);
    assert.equal(told.alarms.size, 0);
  });

  it("fails as the source does, and leaves no alarm behind", async () => {
    const { time, listen, say, alarms } = scene();
    const failed = assert.rejects(listen(), { message: "the source is broken" });
    say("one");
    await time.settle();
    say("broken");
    await failed;
    assert.equal(alarms.size, 0);
  });

  it("fails as the source does, also when that broke while what came before was being looked at", async () => {
    const { time, repeated, say } = scene();
    const indexes = repeated.follow(new AbortController().signal)[Symbol.asyncIterator]();
    say("one");
    say("broken");
    assert.deepEqual(await indexes.next(), { done: false, value: "one" });
    await time.settle();
    await assert.rejects(indexes.next(), { message: "the source is broken" });
  });

  it("fetches parts from the source", async () => {
    const { repeated } = scene();
    const digest = `sha256:${"0".repeat(64)}` as Parameters<typeof repeated.part>[0];
    assert.equal(await repeated.part(digest, new AbortController().signal), `part ${digest}`);
  });
});

describe("whoever listens to a repeated publication no longer", () => {
  it("leaves neither an alarm nor the source's iterator behind", async () => {
    const time = stagedTime();
    let isClosed = false;
    const source: PublicationSource = {
      part: async () => "",
      async *follow() {
        try {
          yield "one";
          yield "two";
        } finally {
          isClosed = true;
        }
      },
    };
    for await (const index of repeatedPublication(source, everyMs, time, () => {}).follow(
      new AbortController().signal,
    )) {
      assert.equal(index, "one");
      break;
    }
    await time.settle();
    assert.ok(isClosed);
  });
});
