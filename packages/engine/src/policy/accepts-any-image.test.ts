import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { acceptsAnyImage } from "./accepts-any-image.ts";
import { parsePolicy } from "./parse-policy.ts";

const accept = [{ type: "insecureAcceptAnything" }];
const reject = [{ type: "reject" }];

describe("acceptsAnyImage", () => {
  const rows: ReadonlyArray<readonly [why: string, policy: object, accepts: boolean]> = [
    ["accepts everything by default", { default: accept }, true],
    ["accepts in every scope", { default: accept, transports: { docker: { "a.b": accept } } }, true],
    ["accepts twice", { default: [...accept, ...accept] }, true],
    ["rejects by default", { default: reject }, false],
    [
      "rejects by default what it accepts for registries",
      { default: reject, transports: { docker: { "": accept } } },
      false,
    ],
    ["rejects in one scope", { default: accept, transports: { docker: { "a.b": reject } } }, false],
    ["asks for more than it accepts", { default: [...accept, ...reject] }, false],
    ["rejects what is in no registry", { default: accept, transports: { dir: { "": reject } } }, true],
  ];
  for (const [why, policy, accepts] of rows) {
    it(`is ${accepts} for a policy that ${why}`, () =>
      assert.equal(acceptsAnyImage(parsePolicy(Buffer.from(JSON.stringify(policy)), "test")), accepts));
  }
});
