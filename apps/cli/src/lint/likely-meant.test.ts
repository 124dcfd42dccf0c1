import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { extensionByFault, likelyMeant, namesByFault } from "./likely-meant.ts";

describe("likelyMeant", () => {
  const rows: ReadonlyArray<readonly [what: string, message: string, meant: string]> = [
    ["a key in another case", 'Unknown key "keypath"', 'write "keyPath"'],
    ["a key with a letter too few", 'Unknown key "transport"', 'write "transports"'],
    [
      "a requirement in another case",
      'Unknown policy requirement type "sigstoresigned"',
      'write "sigstoreSigned"',
    ],
    [
      "a matcher with two letters swapped",
      'Unknown policy reference match type "matchRepositroy"',
      'write "matchRepository"',
    ],
    ["a kind of keys in another case", 'Unrecognized keyType value "gpgKeys"', 'write "GPGKeys"'],
  ];
  const silent: ReadonlyArray<readonly [what: string, message: string]> = [
    ["a key that is like none", 'Unknown key "comment"'],
    ["a matcher where a key is meant", 'Unknown key "matchExact"'],
    ["what is not worth comparing", `Unknown key "${"k".repeat(10_000)}"`],
    ["another fault", "Default policy is missing"],
  ];
  for (const [what, message, meant] of rows) {
    it(`says what ${what} was meant to be`, () => assert.equal(likelyMeant(message, false), meant));
  }

  for (const [what, message] of silent) {
    it(`says nothing of ${what}`, () => assert.equal(likelyMeant(message, false), undefined));
  }

  it("names the marker where it is missed", () => {
    const missed = [
      'Unknown policy requirement type "sigstore"',
      'Unknown policy reference match type "digestOnly"',
      'Unknown key "mode"',
      "json: cannot unmarshal object into Go value of type []json.RawMessage",
    ];
    for (const message of missed) assert.match(likelyMeant(message, false) ?? "", /write "countersign": 1/);
  });

  it("names marker and list where an object stands for the requirements of a scope", () => {
    const { faults } = readPolicy(
      Buffer.from('{"default": {"mode": "warn", "requirements": [{"type": "reject"}]}}'),
    );
    assert.match(
      likelyMeant(faults[0]?.message ?? "", false) ?? "",
      /^write a list, .* mode and requirements is of the extension: write "countersign": 1 /,
    );
  });

  it("knows the names of the extension in a marked file, and only there", () => {
    const rows: ReadonlyArray<readonly [message: string, meant: string]> = [
      ['Unknown key "authoritys"', 'write "authorities"'],
      ['Unknown policy requirement type "anyof"', 'write "anyOf"'],
      ['Unknown key "keypath"', 'write "keyPath"'],
    ];
    for (const [message, meant] of rows) assert.equal(likelyMeant(message, true), meant);
    assert.equal(likelyMeant('Unknown key "authoritys"', false), undefined);
  });

  it("knows only keys that a policy may have somewhere", () => {
    for (const object of objects) assert.ok(!takes(object, "nonsense"));
    for (const key of namesByFault.get("Unknown key") ?? []) {
      assert.ok(
        objects.some((object) => takes(object, key)),
        key,
      );
    }
    for (const key of extensionByFault.get("Unknown key") ?? []) {
      assert.ok(
        extended.some((object) => takes(object, key)),
        key,
      );
    }
  });
});

type Member = Readonly<Record<string, unknown>>;

const demand = (requirement: Member) => ({ default: [requirement] });

/** Every kind of object that a policy consists of, with one more member. */
const objects: ReadonlyArray<(member: Member) => Member> = [
  (member) => member,
  (member) => demand({ type: "signedBy", ...member }),
  (member) => demand({ type: "sigstoreSigned", ...member }),
  (member) => demand({ type: "sigstoreSigned", fulcio: member }),
  (member) => demand({ type: "sigstoreSigned", pki: member }),
  ...["exactReference", "exactRepository", "remapIdentity"].map(
    (type) => (member: Member) => demand({ type: "sigstoreSigned", signedIdentity: { type, ...member } }),
  ),
];

const authority = (member: Member) => ({
  countersign: 1,
  ...demand({ type: "sigstore", authorities: [member] }),
});

const extended: ReadonlyArray<(member: Member) => Member> = [
  (member) => ({ countersign: 1, default: member }),
  (member) => ({ countersign: 1, ...demand({ type: "anyOf", ...member }) }),
  (member) => ({ countersign: 1, ...demand({ type: "sigstore", ...member }) }),
  authority,
  (key) => authority({ key }),
  (keyless) => authority({ keyless }),
  (tuf) => authority({ keyless: { trustedRoot: { tuf } } }),
  (trustedRoot) => authority({ keyless: { trustedRoot } }),
  (member) => authority({ keyless: { identities: [member] } }),
  (member) => authority({ static: member }),
  (transparency) => authority({ transparency }),
  (member) => authority({ attestations: [member] }),
  (policy) => authority({ attestations: [{ policy }] }),
  (member) => authority({ source: [member] }),
];

function takes(object: (member: Member) => Member, key: string): boolean {
  const { faults } = readPolicy(Buffer.from(JSON.stringify(object({ [key]: null }))));
  return !faults.some(({ message }) => message === `Unknown key "${key}"`);
}
