import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { printPolicy } from "@countersign/engine/policy/print-policy";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { somePolicy } from "@countersign/testkit/policies/arbitrary-policy";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";

const root = join(import.meta.dirname, "..");
const schema = JSON.parse(readFileSync(join(root, "docs/reference/policy.schema.json"), "utf8"));
const ajv = new Ajv2020({ strictRequired: false, strictTypes: false, allowUnionTypes: true });
const validate = ajv.compile(schema);
const isValid = (policy: unknown): boolean => validate(policy);

const faultsOf = (policy: unknown) =>
  readPolicy(Buffer.from(JSON.stringify(policy)), { pattern: re2Pattern, cel: celExpression }).faults;

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** As it stands in a file. */
const somePlainPolicy = somePolicy.map(
  (policy): Plain => JSON.parse(new TextDecoder().decode(printPolicy(policy))),
);

describe("docs/reference/policy.schema.json", () => {
  it("is a schema, and says of every member what it is, where it is not obvious", () => {
    assert.ok(ajv.validateSchema(schema));
  });

  it("takes whatever can be written", () => {
    fc.assert(
      fc.property(somePlainPolicy, (policy) => {
        assert.deepEqual(faultsOf(policy), []);
        assert.ok(isValid(policy), ajv.errorsText(validate.errors));
      }),
      { numRuns: 50 },
    );
  });

  it("takes nothing else, except where it takes more than a schema to tell", () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(somePlainPolicy, fc.infiniteStream(fc.nat()), (valid, choices) => {
        const broken = breakOnce(valid, () => choices.next().value ?? 0);
        const faults = faultsOf(broken);
        if (faults.length === 0) {
          taken++;
          assert.ok(isValid(broken), `${JSON.stringify(broken)}: ${ajv.errorsText(validate.errors)}`);
        } else if (isValid(broken)) {
          for (const { message } of faults) assert.match(message, beyondSchema, JSON.stringify(broken));
        } else {
          refused++;
        }
      }),
      { numRuns: 400 },
    );
    assert.ok(taken > 5 && refused > 100, `${taken} and ${refused}`);
  });

  const shown = [
    ...readFileSync(join(root, "docs/reference/policy.md"), "utf8").matchAll(/^```json\n([\s\S]*?)^```$/gm),
  ];
  for (const [at, [, text = ""]] of shown.entries()) {
    it(`takes policy ${at + 1} of docs/reference/policy.md`, () =>
      assert.ok(isValid(JSON.parse(text)), ajv.errorsText(validate.errors)));
  }

  it("does not know the extension without the marker", () => {
    const policy = { default: [{ type: "reject", mode: "warn" }] };
    assert.ok(!isValid(policy));
    assert.ok(isValid({ countersign: 1, ...policy }));
  });
});

/** What goes together, what is in texts, and what of the old format lets null and empty things pass and then refuses them. */
const beyondSchema = new RegExp(
  [
    "is never looked at beside|nobody says when|must name|goes with trustedRoot|go with fulcio",
    "there is another one called|illegal base64|not a CEL expression|not a regular expression|is expected$|is expected, ",
    "xactly one of|t least one of|t most one of|cannot be used simultaneously|are not supported for pki|not specified",
    "contains no entries|Invalid format|contains neither|is not valid",
    "cannot unmarshal|Unrecognized",
  ].join("|"),
);

const intruders: readonly Plain[] = [
  null,
  0,
  1,
  17,
  -1,
  true,
  "",
  "x",
  "warn",
  [],
  {},
  [{}],
  "QUI=",
  { x: 1 },
];
const names = [
  "x",
  "mode",
  "type",
  "path",
  "data",
  "trustedRoot",
  "fulcio",
  "key",
  "static",
  "threshold",
  "name",
];

/** The same with one thing taken out, put in or replaced, somewhere. */
function breakOnce(value: Plain, choose: () => number): Plain {
  const pick = <T>(list: readonly T[], otherwise: T) =>
    list[choose() % Math.max(1, list.length)] ?? otherwise;
  if (isList(value) && value.length > 0 && choose() % 8 > 0) {
    const at = choose() % value.length;
    if (choose() % 6 === 0) return value.filter((_, index) => index !== at);
    return value.map((item, index) => (index === at ? breakOnce(item, choose) : item));
  }
  if (isObject(value) && choose() % 8 > 0) {
    const members = Object.entries(value);
    const [name = ""] = pick(members, ["", null]);
    if (choose() % 6 === 0)
      return Object.fromEntries([...members, [pick(names, "x"), pick(intruders, null)]]);
    if (choose() % 6 === 0) return Object.fromEntries(members.filter(([one]) => one !== name));
    return Object.fromEntries(
      members.map(([one, inner]) => [one, one === name ? breakOnce(inner, choose) : inner]),
    );
  }
  return pick(intruders, null);
}

function isObject(value: Plain): value is { readonly [name: string]: Plain } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isList(value: Plain): value is readonly Plain[] {
  return Array.isArray(value);
}
