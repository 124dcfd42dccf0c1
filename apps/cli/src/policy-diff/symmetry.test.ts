import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { RequirementsChange } from "@countersign/engine/policy/compare-requirements";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { fixedTrustFiles, fixedTrustRepositories } from "@countersign/engine/verify/fixed-sources";
import fc from "fast-check";
import type { ChosenPolicy } from "../policies-in-force.ts";
import type { EvidenceFor } from "../policy-test/row-evidence.ts";
import { compareImage } from "./compare-image.ts";
import { compareScopes } from "./compare-scopes.ts";
import { type Comparison, isChanged } from "./comparison.ts";
import type { PolicyPair } from "./policy-pair.ts";

const opposite: Readonly<Record<RequirementsChange, RequirementsChange>> = {
  same: "same",
  changed: "changed",
  tightened: "loosened",
  loosened: "tightened",
};

/** The same comparison, seen from the other side. */
function reversed(comparison: Comparison): Comparison {
  const { before, after, requirements, answers } = comparison;
  return {
    ...comparison,
    before: after,
    after: before,
    requirements: opposite[requirements],
    answers: answers && { before: answers.after, after: answers.before },
  };
}

const requirement = fc.oneof(
  fc.constantFrom({ type: "insecureAcceptAnything" }, { type: "reject" }),
  fc
    .tuple(
      fc.subarray(["/1.pub", "/2.pub"], { minLength: 1 }),
      fc.constantFrom("matchExact", "matchRepoDigestOrExact", "matchRepository"),
    )
    .map(([keyPaths, type]) => ({ type: "sigstoreSigned", keyPaths, signedIdentity: { type } })),
);
const requirements = fc.array(requirement, { minLength: 1, maxLength: 2 });
const scopes = (names: readonly string[]) =>
  fc.dictionary(fc.constantFrom(...names), requirements, { maxKeys: names.length });
const policy = fc
  .record({
    default: requirements,
    transports: fc.record(
      {
        docker: scopes(["", "*.example", "r.example", "r.example/a", "r.example/a/b:1"]),
        "containers-storage": scopes(["", "[/s]", "[overlay@/s]"]),
      },
      { requiredKeys: [] },
    ),
  })
  .map((content): ChosenPolicy => {
    const bytes = Buffer.from(JSON.stringify(content));
    return { file: `${bytes.length}.json`, because: "", policy: parsePolicy(bytes, "policy.json") };
  });
const side = fc.option(policy, { nil: undefined, freq: 10 });

function pairOf(before: ChosenPolicy | undefined, after: ChosenPolicy | undefined): PolicyPair {
  return {
    before: async () => before,
    after: async () => after,
    namespaces: [],
    beforeChange: (path) => path,
  };
}

const { signal } = new AbortController();
const unsigned: EvidenceFor = async () => ({ type: "unsigned" });
const files = fixedTrustFiles(new Map());
const asked = (name: string) => ({
  written: name,
  image: parseDockerImage(name),
  namespace: undefined,
  platform: { os: "linux", architecture: "amd64", variant: "" },
  evidence: { type: "unsigned" as const },
  at: "evidence" as const,
  trustFiles: { before: files, after: files },
  trustRepositories: fixedTrustRepositories(),
});

describe("a comparison of policies", () => {
  it("is the same from either side, by scopes", () =>
    fc.assert(
      fc.asyncProperty(side, side, async (before, after) => {
        const there = await compareScopes(pairOf(before, after), undefined);
        const back = await compareScopes(pairOf(after, before), undefined);
        assert.deepEqual(back, there.map(reversed));
      }),
    ));

  it("is the same from either side, by images and their answers", () =>
    fc.assert(
      fc.asyncProperty(
        side,
        side,
        fc.constantFrom("r.example/a/b:1", "r.example/a:1", "r.example/c:1", "s.example/a:1", "busybox"),
        async (before, after, name) => {
          const there = await compareImage(asked(name), pairOf(before, after), unsigned, signal);
          const back = await compareImage(asked(name), pairOf(after, before), unsigned, signal);
          assert.deepEqual(back, there && reversed(there));
          assert.equal(back && isChanged(back), there && isChanged(there));
        },
      ),
    ));

  it("finds nothing between a policy and itself", () =>
    fc.assert(
      fc.asyncProperty(policy, async (one) => {
        assert.deepEqual(await compareScopes(pairOf(one, one), undefined), []);
        const comparison = await compareImage(asked("r.example/a:1"), pairOf(one, one), unsigned, signal);
        assert.equal(comparison?.requirements, "same");
      }),
    ));
});
