import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { CountersignError } from "../values/error.ts";
import { parseCosignPayload } from "./signed-payload.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const valid = {
  critical: {
    type: "cosign container image signature",
    image: { "docker-manifest-digest": digest },
    identity: { "docker-reference": "registry.example/app" },
  },
  optional: { creator: "someone", timestamp: 1_700_000_000 },
};
const parse = (payload: string | object) =>
  parseCosignPayload(Buffer.from(typeof payload === "string" ? payload : JSON.stringify(payload)));

describe("parseCosignPayload reads", () => {
  const expected = { manifestDigest: digest, dockerReference: "registry.example/app" };
  const accepted: ReadonlyArray<readonly [why: string, payload: object]> = [
    ["a whole payload", valid],
    ["cosign's null for optional", { ...valid, optional: null }],
    ["an empty optional", { ...valid, optional: {} }],
    ["unknown members of optional", { ...valid, optional: { anything: [{ goes: 1 }] } }],
    ["null for the optional members", { ...valid, optional: { creator: null, timestamp: null } }],
    ["a timestamp written as 1e9", { ...valid, optional: { timestamp: 1e9 } }],
  ];
  for (const [why, payload] of accepted) it(why, () => assert.deepEqual(parse(payload), expected));
});

describe("parseCosignPayload refuses", () => {
  const { critical } = valid;
  const text = JSON.stringify(valid);
  const critically = (changes: object) => ({ ...valid, critical: { ...critical, ...changes } });
  const image = (value: unknown) => critically({ image: { "docker-manifest-digest": value } });
  const refused: ReadonlyArray<readonly [why: string, payload: string | object, message: string]> = [
    ["nothing", "", "unexpected end of JSON input"],
    ["what is no JSON", "&", "invalid character '&' looking for beginning of value"],
    ["a number", "1", "JSON object expected, got 1"],
    ["null", "null", "JSON object expected, got <nil>"],
    ["an array", "[]", "JSON object expected, got 91"],
    ["text after the object", `${text}x`, "invalid character 'x' after top-level value"],
    ["no critical", { optional: null }, 'Key "critical" missing in a JSON object'],
    ["no optional", { critical }, 'Key "optional" missing in a JSON object'],
    ["an unknown member", { ...valid, extra: 1 }, 'Unknown key "extra"'],
    ["a member twice", `{"optional":null,${text.slice(1)}`, 'Duplicate key "optional"'],
    ["a member in another case", text.replace("critical", "Critical"), 'Unknown key "Critical"'],
    ["a critical that is no object", { ...valid, critical: 1 }, "JSON object expected, got 1"],
    ["null for critical", { ...valid, critical: null }, "JSON object expected, got <nil>"],
    ["an optional that is no object", { ...valid, optional: 1 }, "JSON object expected, got 1"],
    ["an unknown critical member", critically({ extra: 1 }), 'Unknown key "extra"'],
    [
      "__proto__ as a critical member",
      text.replace('"type":', '"__proto__":1,"type":'),
      'Unknown key "__proto__"',
    ],
    ["a critical member twice", text.replace('"type":', '"type":"x","type":'), 'Duplicate key "type"'],
    ["no type", critically({ type: undefined }), 'Key "type" missing in a JSON object'],
    [
      "the type of OpenPGP signatures",
      critically({ type: "atomic container signature" }),
      "Unrecognized signature type atomic container signature",
    ],
    ["null for the type", critically({ type: null }), "Unrecognized signature type "],
    [
      "a number for the type",
      critically({ type: 1 }),
      "json: cannot unmarshal number into Go value of type string",
    ],
    ["an image that is no object", critically({ image: 1 }), "JSON object expected, got 1"],
    ["no digest", critically({ image: {} }), 'Key "docker-manifest-digest" missing in a JSON object'],
    ["a digest that is no text", image(1), "json: cannot unmarshal number into Go value of type string"],
    [
      "a digest that is none",
      image("sha256:../.."),
      'invalid docker-manifest-digest value "sha256:../..": invalid checksum digest length',
    ],
    [
      "a short digest",
      image("sha256:ab"),
      'invalid docker-manifest-digest value "sha256:ab": invalid checksum digest length',
    ],
    [
      "a digest of an unknown kind",
      image(`md5:${"a".repeat(32)}`),
      `invalid docker-manifest-digest value "md5:${"a".repeat(32)}": unsupported digest algorithm`,
    ],
    [
      "an unknown member of image",
      critically({ image: { ...critical.image, extra: 1 } }),
      'Unknown key "extra"',
    ],
    ["an identity that is no object", critically({ identity: "x" }), 'JSON object expected, got "x"'],
    ["no reference", critically({ identity: {} }), 'Key "docker-reference" missing in a JSON object'],
    [
      "a reference that is no text",
      critically({ identity: { "docker-reference": 1 } }),
      "json: cannot unmarshal number into Go value of type string",
    ],
    [
      "a creator that is no text",
      { ...valid, optional: { creator: 1 } },
      "json: cannot unmarshal number into Go value of type string",
    ],
    [
      "a timestamp that is no number",
      { ...valid, optional: { timestamp: "now" } },
      "json: cannot unmarshal string into Go value of type float64",
    ],
    [
      "half a second",
      { ...valid, optional: { timestamp: 0.5 } },
      "Field optional.timestamp is not an integer",
    ],
    [
      "a timestamp beyond 64 bits",
      { ...valid, optional: { timestamp: 1e19 } },
      "Field optional.timestamp is not an integer",
    ],
    [
      "a number in optional that no float can hold",
      text.replace(/"optional":.*$/, `"optional":{"x":[{"y":1e400}]}}`),
      "json: cannot unmarshal number 1e400 into Go value of type float64",
    ],
    [
      "an optional member twice",
      { ...valid, optional: undefined },
      'Key "optional" missing in a JSON object',
    ],
    [
      "a doubled unknown optional member",
      text.replace('"creator"', '"x":1,"x":2,"creator"'),
      'Duplicate key "x"',
    ],
  ];
  for (const [why, payload, message] of refused) {
    it(why, () => assert.throws(() => parse(payload), { code: "SIGNATURE_INVALID", message }));
  }
});

it("parseCosignPayload, given any JSON, answers or refuses", () => {
  fc.assert(
    fc.property(fc.json(), (json) => {
      try {
        parse(json);
        assert.fail("nothing made at random is a payload");
      } catch (error) {
        assert.equal(error instanceof CountersignError && error.code, "SIGNATURE_INVALID");
      }
    }),
  );
});
