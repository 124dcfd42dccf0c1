import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parsePolicy, readPolicy } from "./read-policy.ts";

const identity = (member: object) => ({
  countersign: 1,
  default: [
    {
      type: "sigstore",
      authorities: [
        {
          keyless: { trustedRoot: { path: "/r" }, identities: [{ issuer: "i", ...member }] },
          attestations: [
            { predicateType: "vuln", policy: { type: "cel", expression: "predicate.scanner == 'x'" } },
          ],
        },
      ],
    },
  ],
});

const bytes = (policy: object) => Buffer.from(JSON.stringify(policy));

describe("readPolicy", () => {
  it("reads what needs no language", async () => {
    const { policy } = await readPolicy(bytes({ default: [{ type: "reject" }] }));
    assert.deepEqual(policy?.default, [{ type: "reject" }]);
  });

  it("reads patterns and expressions, in whichever policy they come first", async () => {
    const { policy, faults } = await readPolicy(bytes(identity({ subjectRegExp: "a+" })));
    assert.deepEqual(faults, []);
    const [requirement] = policy?.default ?? [];
    assert.ok(requirement?.type === "sigstore");
    const [authority] = requirement.authorities;
    assert.ok(authority.type === "keyless");
    const [{ subject }] = authority.identities;
    assert.ok(subject.type === "pattern" && subject.pattern.matches("aaa") && !subject.pattern.matches("ab"));
  });

  it("tells every fault, in all languages together", async () => {
    const { faults } = await readPolicy(bytes({ ...identity({ subjectRegExp: "(" }), x: 1 }));
    assert.deepEqual(
      faults.map(({ path }) => path),
      ["default[0].authorities[0].keyless.identities[0].subjectRegExp", "x"],
    );
  });
});

describe("parsePolicy", () => {
  it("gives the policy", async () =>
    assert.equal((await parsePolicy(bytes(identity({ subjectRegExp: "a" })), "f")).transports.size, 0));

  it("throws the first fault, with the file's name", async () =>
    assert.rejects(parsePolicy(bytes(identity({ subjectRegExp: "(" })), "/p.json"), {
      code: "POLICY_INVALID",
      message:
        'invalid policy in "/p.json": not a regular expression of RE2: error parsing regexp: missing closing ): `(`',
    }));
});
