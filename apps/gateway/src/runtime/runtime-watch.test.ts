import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { runtimeWatch } from "./runtime-watch.ts";

function watched() {
  let time = 0;
  const news: string[] = [];
  const watch = runtimeWatch(
    {
      wentAway: (reason) => news.push(`away: ${reason}`),
      cameBack: (away) => news.push(`back after ${away}`),
    },
    () => time,
  );
  return { watch, news, pass: (milliseconds: number) => (time += milliseconds) };
}

describe("runtimeWatch", () => {
  it("tells an outage once, however many callers it hits, and when it is over", () => {
    const { watch, news, pass } = watched();
    watch.reached();
    watch.missed("went away");
    watch.missed("ECONNREFUSED");
    pass(1500);
    watch.missed("ECONNREFUSED");
    watch.reached();
    watch.reached();
    assert.deepEqual(news, ["away: went away", "back after 1500"]);
  });

  it("knows the latest reason", () => {
    const { watch } = watched();
    assert.equal(watch.away, undefined);
    watch.missed("went away");
    watch.missed("ECONNREFUSED");
    assert.equal(watch.away, "ECONNREFUSED");
    watch.reached();
    assert.equal(watch.away, undefined);
  });

  it("tells the next outage anew", () => {
    const { watch, news } = watched();
    for (const reason of ["a", "b"]) {
      watch.missed(reason);
      watch.reached();
    }
    assert.deepEqual(news, ["away: a", "back after 0", "away: b", "back after 0"]);
  });
});
