import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { pino } from "pino";
import type { PassOutcome, PolicyProblem } from "../controller/cluster-pass.ts";
import { controllerRecord } from "./controller-events.ts";

function recording() {
  const lines: string[] = [];
  const record = controllerRecord(pino({}, { write: (line: string) => void lines.push(line) }));
  return { record, lines: () => lines.splice(0).map((line) => JSON.parse(line)) };
}

const passed = (problems: readonly PolicyProblem[], isNew = false): PassOutcome => ({
  ...{ policies: 3, problems, told: 0, refusal: undefined, delayed: [] },
  ...{ refused: new Map(), crioRefusal: undefined },
  published: { generation: 7, isNew, parts: 2 },
  census: {
    ...{ reporting: 0, applied: () => 0, left: () => 0, troubled: 0, forgotten: [] },
    ...{ targets: new Set(), withoutRoom: () => ({ named: 0, perhaps: 0 }) },
  },
});
const wrong = {
  policy: "ImagePolicy shop/signed",
  reason: "spec.mode: …; images of a.example/** are refused",
};

describe("a controller's record", () => {
  it("names each policy that is not in force as it is written, once, and counts them", async () => {
    const { record, lines } = recording();
    record.events.passed(passed([wrong], true));
    const [told, published] = lines();
    assert.deepEqual([told.policy, told.reason, told.level], [wrong.policy, wrong.reason, 40]);
    assert.deepEqual([published.msg, published.generation, published.problems], ["published", 7, 1]);
    record.events.passed(passed([wrong]));
    assert.deepEqual(lines(), []);
    assert.match(await record.registry.metrics(), /countersign_controller_policies_not_in_force 1\n/);
  });

  it("names it again when it is wrong in another way, or was right in between", () => {
    const { record, lines } = recording();
    for (const problems of [[wrong], [{ ...wrong, reason: "other" }], [], [wrong]]) {
      record.events.passed(passed(problems));
    }
    assert.deepEqual(
      lines().map(({ reason }) => reason),
      [wrong.reason, "other", wrong.reason],
    );
  });

  it("names each namespace whose images are refused, once until it is for something else, and counts them", async () => {
    const { record, lines } = recording();
    const refused = (...reasons: ReadonlyArray<readonly [namespace: string, reason: string]>) =>
      record.events.passed({ ...passed([]), refused: new Map(reasons) });
    refused(["shop", "65 policies"]);
    refused(["shop", "65 policies"], ["lab", "no room"]);
    refused(["shop", "no room"]);
    assert.deepEqual(
      lines().map(({ namespace, reason }) => [namespace, reason]),
      [
        ["shop", "65 policies"],
        ["lab", "no room"],
        ["shop", "no room"],
      ],
    );
    assert.match(await record.registry.metrics(), /countersign_controller_refused_namespaces 1\n/);
    refused(...Array.from({ length: 30 }, (_, at) => [`n${at}`, "no room"] as const));
    const [last, ...told] = lines().reverse();
    assert.deepEqual([told.length, last.namespaces], [20, 10]);
  });

  it("says once that CRI-O's nodes take nothing newer, and again when they do not again", () => {
    const { record, lines } = recording();
    for (const crioRefusal of ["too much", "too much", undefined, "too much"])
      record.events.passed({ ...passed([]), crioRefusal });
    assert.deepEqual(
      lines().map(({ reason, level }) => [reason, level]),
      [
        ["too much", 50],
        ["too much", 50],
      ],
    );
  });

  it("names each namespace that is delayed, once, and counts them", async () => {
    const { record, lines } = recording();
    const delayed = (...names: readonly string[]) => record.events.passed({ ...passed([]), delayed: names });
    delayed("shop");
    delayed("shop", "lab");
    assert.deepEqual(
      lines().map(({ namespaces }) => namespaces),
      [["shop"], ["lab"]],
    );
    assert.match(await record.registry.metrics(), /countersign_controller_delayed_namespaces 2\n/);
    delayed();
    assert.match(await record.registry.metrics(), /countersign_controller_delayed_namespaces 0\n/);
    delayed("shop");
    assert.equal(lines().length, 1);
  });

  it("names some of very many", () => {
    const { record, lines } = recording();
    record.events.passed(passed(Array.from({ length: 100 }, (_, at) => ({ ...wrong, policy: `p${at}` }))));
    const told = lines();
    assert.equal(told.length, 21);
    assert.equal(told.at(-1)?.policies, 80);
  });
});
