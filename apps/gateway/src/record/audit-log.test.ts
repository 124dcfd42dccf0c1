import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf } from "@countersign/engine/values/digest";
import { pino } from "pino";
import { auditLog } from "./audit-log.ts";
import type { Decision } from "./decision.ts";

const digest = digestOf(Buffer.from("x"));

const denied: Decision = {
  call: "PullImage",
  decision: "denied",
  code: "SIGNATURE_MISSING",
  message:
    "SignatureValidationFailed: Source image rejected: A signature was required, but no signature exists",
  image: "registry.example/app:v1",
  resolved: undefined,
  namespace: "team",
  digest,
  policy: { file: "/etc/policies/team.json", digest, origin: "namespaced", scope: "registry.example" },
  runtimeStatus: undefined,
  fault: undefined,
  duration: 12.34567,
};

function linesOf(...decisions: Decision[]): Record<string, unknown>[] {
  const lines: string[] = [];
  const log = auditLog(
    pino({ base: null, timestamp: false }, { write: (line: string) => void lines.push(line) }),
  );
  for (const decision of decisions) log.begin("PullImage")(decision);
  return lines.map((line) => JSON.parse(line));
}

describe("auditLog writes", () => {
  it("one line per decision, with everything one asks later", () =>
    assert.deepEqual(linesOf(denied), [
      {
        level: 40,
        audit: "PullImage",
        decision: "denied",
        code: "SIGNATURE_MISSING",
        image: "registry.example/app:v1",
        digest,
        namespace: "team",
        policy: { file: "/etc/policies/team.json", digest, origin: "namespaced", scope: "registry.example" },
        message: denied.message,
        durationMs: 12.346,
        msg: "pull denied",
      },
    ]));

  const levels: readonly (readonly [why: string, decision: Decision, level: number])[] = [
    ["an allowed pull at info", { ...denied, decision: "allowed", code: "", message: "" }, 30],
    ["a pull that was warned of at warn", { ...denied, decision: "warned" }, 40],
    ["an undecided pull at warn", { ...denied, decision: "undecided", code: "REGISTRY_UNREACHABLE" }, 40],
    ["a caller who left at info", { ...denied, decision: "undecided", code: "CANCELLED" }, 30],
  ];
  for (const [why, decision, level] of levels)
    it(why, () => assert.equal(linesOf(decision)[0]?.["level"], level));

  it("one line only, whatever a name holds", () => {
    const [line] = linesOf({ ...denied, image: 'x\n{"decision":"allowed"}\u001b[2J', namespace: "a\r\nb" });
    assert.equal(line?.["image"], 'x {"decision":"allowed"} [2J');
    assert.equal(line?.["namespace"], "a b");
  });

  it("no more of a name than could be one", () => {
    const [line] = linesOf({ ...denied, image: "x".repeat(100_000), namespace: "y".repeat(100_000) });
    assert.ok(JSON.stringify(line).length < 2_000);
  });

  it("the stack of what should not have happened", () => {
    const [line] = linesOf({
      ...denied,
      decision: "undecided",
      code: "INTERNAL",
      fault: new TypeError("oops"),
    });
    assert.match(String(line?.["fault"]), /^TypeError: oops\n +at /);
  });
});
