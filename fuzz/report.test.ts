import assert from "node:assert/strict";
import { it } from "node:test";
import { hasPassed, type TargetResult, toText } from "./report.ts";

const target = (inputs: number, findings: TargetResult["findings"] = []): TargetResult => ({
  ...{ target: "pem", inputs, outcomes: 1, grown: 0, slowestMilliseconds: 1, slowestBytes: 1 },
  findings,
});
const finding = { kind: "violation", message: "m", stack: "", bytes: 1, file: "f", replay: "r" };

it("a run passes if every target tried something and found nothing", () => {
  assert.equal(hasPassed([target(1), target(2)]), true);
  assert.equal(hasPassed([target(1), target(0)]), false);
  assert.equal(hasPassed([target(1, [finding])]), false);
});

it("a target that tried nothing is named", () => {
  assert.match(toText({ seed: 1, passed: false, targets: [target(0)] }), /^NOTHING TRIED: pem$/m);
});
