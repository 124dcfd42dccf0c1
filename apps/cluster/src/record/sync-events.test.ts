import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CountersignError } from "@countersign/engine/values/error";
import { pino } from "pino";
import { ApiFailure } from "../kube/api-server.ts";
import { syncRecord } from "./sync-events.ts";

function recording() {
  const lines: string[] = [];
  const record = syncRecord(pino({}, { write: (line: string) => void lines.push(line) }));
  return { record, messages: () => lines.map((line) => JSON.parse(line).msg as string) };
}

const failed = new CountersignError("CONFIG_INVALID", "/p.json was not written by countersign sync");
const away = new ApiFailure("unreachable", "GET https://api: connect ECONNREFUSED");
const outcome = {
  ...{ generation: 3, changed: [], fetched: 0, reportWithin: undefined },
  refused: new Map<string, string>(),
  elsewhere: new Map<string, string>(),
  left: new Map<string, string>(),
  withoutRoom: new Set<string>(),
};

describe("a node's sync says", () => {
  it("what fails again and again once, and counts it each time", async () => {
    const { record, messages } = recording();
    for (let turn = 0; turn < 5; turn++) record.events.failed(3, failed);
    assert.deepEqual(messages(), ["this publication is not applied; the node keeps what it has"]);
    for (let turn = 0; turn < 5; turn++) record.unreachable(away);
    assert.equal(messages().length, 2);
    assert.match(await record.registry.metrics(), /countersign_sync_failures_total 5\n/);
    assert.match(await record.registry.metrics(), /countersign_sync_unreachable_total 5\n/);
  });

  it("which namespaces go by another file, until they do not", async () => {
    const { record, messages } = recording();
    record.events.applied({ ...outcome, left: new Map([["shop", "shop.json is left alone"]]) });
    assert.match(messages()[0] ?? "", /goes by somebody else's file.*all others are applied/);
    assert.match(await record.registry.metrics(), /countersign_sync_left_namespaces 1\n/);
    assert.deepEqual(record.reasonsNotReady(), []);
    record.events.applied(outcome);
    assert.match(await record.registry.metrics(), /countersign_sync_left_namespaces 0\n/);
  });

  it("the same again after it went well in between", () => {
    const { record, messages } = recording();
    record.events.failed(3, failed);
    record.events.applied(outcome);
    record.events.failed(3, failed);
    assert.deepEqual(
      messages().filter((message) => message !== "applied"),
      Array.from({ length: 2 }, () => "this publication is not applied; the node keeps what it has"),
    );
  });
});
