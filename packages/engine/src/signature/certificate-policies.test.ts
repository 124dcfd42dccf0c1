import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createAuthority } from "@countersign/testkit/signing-kit/certificate-authority";
import {
  basicConstraints,
  type ExtensionProfile,
} from "@countersign/testkit/signing-kit/certificate-profile";
import { parseCertificate } from "./certificate.ts";
import { arePoliciesValid } from "./certificate-policies.ts";
import { contextTag } from "./der.ts";
import { encodeDer, encodeOid } from "./der-write.ts";

const [any, a, b, c] = ["2.5.29.32.0", "1.2.3.1", "1.2.3.2", "1.2.3.3"];

function policies(...oids: readonly string[]): ExtensionProfile {
  return {
    oid: "2.5.29.32",
    value: encodeDer(0x30, ...oids.map((policy) => encodeDer(0x30, encodeOid(policy)))),
  };
}

function mappings(...pairs: readonly (readonly [issuer: string, subject: string])[]): ExtensionProfile {
  const encoded = pairs.map(([issuer, subject]) => encodeDer(0x30, encodeOid(issuer), encodeOid(subject)));
  return { oid: "2.5.29.33", critical: true, value: encodeDer(0x30, ...encoded) };
}

function constraints(limits: { readonly explicit?: number; readonly mapping?: number }): ExtensionProfile {
  const limit = (n: number, value: number | undefined) =>
    value === undefined ? [] : [encodeDer(contextTag(n), Buffer.from([value]))];
  const value = encodeDer(0x30, ...limit(0, limits.explicit), ...limit(1, limits.mapping));
  return { oid: "2.5.29.36", critical: true, value };
}

const inhibitAny: ExtensionProfile = { oid: "2.5.29.54", critical: true, value: Buffer.from([2, 1, 0]) };
const explicit = constraints({ explicit: 0 });

function chain(intermediate: readonly ExtensionProfile[], leaf: readonly ExtensionProfile[]) {
  const ca = createAuthority({
    name: "policies",
    now: 1_800_000_000,
    kind: "p256",
    intermediateExtensions: [basicConstraints(true), ...intermediate],
  });
  return [ca.issue({ extensions: leaf }), ca.intermediate, ca.root].map(({ der }) => parseCertificate(der));
}

describe("arePoliciesValid", () => {
  type Extensions = readonly ExtensionProfile[];
  const cases: ReadonlyArray<
    readonly [why: string, intermediate: Extensions, leaf: Extensions, isValid: boolean]
  > = [
    ["does not care without policies", [], [], true],
    ["does not care for disagreement that nobody forbids", [policies(a)], [policies(b)], true],
    ["finds the demanded policy", [explicit, policies(a)], [policies(a)], true],
    ["misses the demanded policy", [explicit, policies(a)], [policies(b)], false],
    ["misses any policy in the leaf", [explicit, policies(a)], [], false],
    ["misses any policy in the intermediate", [explicit], [policies(a)], false],
    ["counts a demand of the leaf itself", [policies(a)], [explicit, policies(b)], false],
    ["waits as long as the demand says", [constraints({ explicit: 2 }), policies(a)], [policies(b)], true],
    ["lets anyPolicy of the intermediate stand for all", [explicit, policies(any)], [policies(b)], true],
    [
      "lets anyPolicy of the leaf stand for the intermediate's",
      [explicit, policies(a)],
      [policies(any)],
      true,
    ],
    ["does not, where anyPolicy is inhibited", [explicit, policies(a), inhibitAny], [policies(any)], false],
    ["follows a mapping", [explicit, policies(a), mappings([a, b])], [policies(b)], true],
    [
      "does not take the old name after a mapping",
      [explicit, policies(a), mappings([a, b])],
      [policies(a)],
      false,
    ],
    [
      "follows each of several mappings",
      [explicit, policies(a), mappings([a, b], [a, c])],
      [policies(c)],
      true,
    ],
    [
      "does not follow one that comes from nowhere",
      [explicit, policies(a), mappings([b, c])],
      [policies(c)],
      false,
    ],
    [
      "refuses to map anyPolicy, even where nothing is demanded",
      [policies(a), mappings([any, b])],
      [policies(b)],
      false,
    ],
    ["refuses to map to anyPolicy", [policies(a), mappings([a, any])], [policies(b)], false],
  ];
  for (const [why, intermediate, leaf, isValid] of cases) {
    it(why, () => assert.equal(arePoliciesValid(chain(intermediate, leaf)), isValid));
  }
  it("asks nothing of an anchor alone", () => {
    const [, , root] = chain([], []);
    assert.ok(root && arePoliciesValid([root]));
  });
});
