import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findUpstreamVectors } from "@countersign/testkit/signing-kit/upstream-vectors";
import fc from "fast-check";
import { digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseNamedReference } from "../values/image-reference.ts";
import { parsePolicy, readPolicy } from "./parse-policy.ts";
import { placeOfFault } from "./policy-invalid.ts";

const reject = `[{"type":"reject"}]`;

const faultsOf = (text: string) =>
  readPolicy(Buffer.from(text)).faults.map(({ path, message }) => `${path}: ${message}`);

const placedFaultsOf = (text: string) =>
  readPolicy(Buffer.from(text)).faults.map(
    ({ path, place, message }) => `${place.line}:${place.column} ${path}: ${message}`,
  );

describe("readPolicy reads", () => {
  it("a default alone, or with empty transports", () => {
    for (const text of [`{"default":${reject}}`, `{"transports":{},"default":${reject}}`]) {
      const bytes = Buffer.from(text);
      const { policy, faults } = readPolicy(bytes);
      assert.deepEqual(policy, {
        default: [{ type: "reject" }],
        transports: new Map(),
        images: [],
        digest: digestOf(bytes),
      });
      assert.deepEqual(faults, []);
    }
  });

  it("scopes of any name, those that objects inherit too", () => {
    const text = `{"default":${reject},"transports":{"docker":{"__proto__":${reject},"constructor":${reject},"":${reject}}}}`;
    const scopes = readPolicy(Buffer.from(text)).policy?.transports.get("docker");
    assert.deepEqual([...(scopes?.keys() ?? [])], ["__proto__", "constructor", ""]);
  });

  it("transports of any name, and their scopes unchecked", () => {
    assert.deepEqual(faultsOf(`{"default":${reject},"transports":{"__proto__":{"/":${reject}},"x":{}}}`), []);
  });
});

describe("readPolicy refuses, at the place and in the words of the reference,", () => {
  const rows: ReadonlyArray<readonly [why: string, text: string, faults: readonly string[]]> = [
    ["null", "null", [": JSON object expected, got <nil>"]],
    ["a list", "[]", [": JSON object expected, got 91"]],
    ["no default", "{}", [": Default policy is missing"]],
    ["no default but transports", `{"transports":{}}`, [": Default policy is missing"]],
    [
      "a null default",
      `{"default":null}`,
      ["default: List of verification policy requirements must not be empty"],
    ],
    [
      "an empty default",
      `{"default":[]}`,
      ["default: List of verification policy requirements must not be empty"],
    ],
    ["two defaults", `{"default":${reject},"default":${reject}}`, [`default: Duplicate key "default"`]],
    [
      "a default in capitals",
      `{"Default":${reject}}`,
      [`Default: Unknown key "Default"`, ": Default policy is missing"],
    ],
    [
      "an unknown key",
      `{"default":${reject},"countersigned":1}`,
      [`countersigned: Unknown key "countersigned"`],
    ],
    [
      "null transports",
      `{"default":${reject},"transports":null}`,
      ["transports: JSON object expected, got <nil>"],
    ],
    [
      "a transport of null",
      `{"default":${reject},"transports":{"docker":null}}`,
      ["transports.docker: JSON object expected, got <nil>"],
    ],
    [
      "a transport twice",
      `{"default":${reject},"transports":{"docker":{},"docker":{}}}`,
      [`transports.docker: Duplicate key "docker"`],
    ],
    [
      "a scope twice",
      `{"default":${reject},"transports":{"docker":{"x":${reject},"\\u0078":${reject}}}}`,
      [`transports.docker["x"]: Duplicate key "x"`],
    ],
    [
      "a scope that the transport cannot have",
      `{"default":${reject},"transports":{"docker-archive":{"x":${reject}}}}`,
      [`transports["docker-archive"]["x"]: Unknown key "x"`],
    ],
    [
      "a scope without requirements",
      `{"default":${reject},"transports":{"docker":{"x":[]}}}`,
      [`transports.docker["x"]: List of verification policy requirements must not be empty`],
    ],
    [
      "a fault deep inside",
      `{"default":${reject},"transports":{"docker":{"x":[{"type":"sigstoreSigned","keyPath":1}]}}}`,
      [`transports.docker["x"][0].keyPath: json: cannot unmarshal number into Go value of type string`],
    ],
    [
      "and all other faults, in the order of the text and then of the whole",
      `{"transports":{"dir":{"a":${reject},"/b":{}},"docker":1},"x":0,"x":0,"default":[{"type":"y"},{"type":"reject","z":0}]}`,
      [
        `transports.dir["a"]: Unknown key "a"`,
        `transports.dir["/b"]: json: cannot unmarshal object into Go value of type []json.RawMessage`,
        "transports.docker: JSON object expected, got 1",
        `x: Unknown key "x"`,
        `x: Duplicate key "x"`,
        `default[0]: Unknown policy requirement type "y"`,
        `default[1].z: Unknown key "z"`,
      ],
    ],
  ];
  for (const [why, text, faults] of rows) it(why, () => assert.deepEqual(faultsOf(text), faults));

  it("no more than a hundred faults of a file that has nothing else", () => {
    const unknown = Array.from({ length: 5000 }, (_, index) => `"x${index}":0`).join();
    assert.equal(faultsOf(`{${unknown}}`).length, 100);
  });
});

describe("readPolicy tells line and column", () => {
  const rows: ReadonlyArray<readonly [of: string, text: string, faults: readonly string[]]> = [
    ["of nothing", "", ["1:1 : unexpected end of JSON input"]],
    ["of a comment", `{"default":${reject}} // x`, ["1:33 : invalid character '/' after top-level value"]],
    ["of a second policy", `{"default":${reject}}{}`, ["1:32 : invalid character '{' after top-level value"]],
    [
      "of a comma too many, after characters of several bytes",
      `{"default":${reject},\n  "é😀":[\n  ],\n}`,
      ["4:1 : invalid character '}' looking for beginning of object key string"],
    ],
    [
      "of a mark after characters of several bytes",
      `{\n"é😀" = 1}`,
      ["2:6 : invalid character '=' after object key"],
    ],
    ["of the end of half a policy", `{"default":\n`, ["2:1 : unexpected end of JSON input"]],
    ["of the whole, where something is missing", "\n {}", ["2:2 : Default policy is missing"]],
    [
      "of a member that should not be there, by its name",
      `{"default":${reject},\n\t"é": 1,\n\t"x":\n0}`,
      [`2:2 ["é"]: Unknown key "é"`, `3:2 x: Unknown key "x"`],
    ],
    [
      "of the second of two members",
      `{"default":${reject},\n "default":${reject}}`,
      [`2:2 default: Duplicate key "default"`],
    ],
    [
      "of an item of a list",
      `{"default":[\n {"type":"reject"},\n {"type":"y"}]}`,
      [`3:2 default[1]: Unknown policy requirement type "y"`],
    ],
    [
      "within a scope with an odd name",
      `{"default":${reject},"transports":{"docker":{"a\\"].[0]":[\n{"type":"reject","z":1}]}}}`,
      [`2:18 transports.docker["a\\"].[0]"][0].z: Unknown key "z"`],
    ],
  ];
  for (const [of, text, faults] of rows) it(of, () => assert.deepEqual(placedFaultsOf(text), faults));
});

describe("parsePolicy", () => {
  it("says beside containers/image's words where the fault is", () => {
    const places = ['{"default":[\n {"type":"rejct"}]}', "{"].map((text) => {
      try {
        return parsePolicy(Buffer.from(text), "p.json");
      } catch (caught) {
        return placeOfFault(caught);
      }
    });
    assert.deepEqual(places, ["default[0], line 2, column 2", "line 1, column 2"]);
    assert.equal(placeOfFault(new Error("x")), undefined);
  });

  it("throws the first fault, with the file's name", () => {
    assert.throws(() => parsePolicy(Buffer.from(`{"x":0}`), "/etc/containers/policy.json"), {
      code: "POLICY_INVALID",
      message: `invalid policy in "/etc/containers/policy.json": Unknown key "x"`,
    });
  });

  it("returns the policy", () => {
    const bytes = Buffer.from(`{"default":${reject}}`);
    assert.deepEqual(parsePolicy(bytes, "x"), readPolicy(bytes).policy);
  });
});

describe("for any input", () => {
  const valid = Buffer.from(
    JSON.stringify({
      default: [{ type: "reject" }],
      transports: {
        docker: {
          "": [{ type: "insecureAcceptAnything" }],
          "ex.com/a": [
            {
              type: "signedBy",
              keyType: "GPGKeys",
              keyPaths: ["/k"],
              signedIdentity: { type: "matchExact" },
            },
            { type: "sigstoreSigned", keyData: "QUI=", rekorPublicKeyPath: "/r" },
          ],
          "ex.com/b": [
            {
              type: "sigstoreSigned",
              fulcio: { caPath: "/f", oidcIssuer: "https://i", subjectEmail: "a@b" },
              rekorPublicKeyDatas: ["QUI="],
              signedIdentity: { type: "remapIdentity", prefix: "ex.com", signedPrefix: "ex.org" },
            },
            { type: "sigstoreSigned", pki: { caRootsPath: "/p", subjectHostname: "h" } },
            {
              type: "signedBaseLayer",
              baseLayerIdentity: { type: "exactReference", dockerReference: "a:b" },
            },
          ],
        },
        dir: { "/a": [{ type: "reject" }] },
      },
    }),
  );

  /** Fails if the policy is neither read whole nor refused as it should be. */
  function assertDecided(bytes: Uint8Array): void {
    const { policy, faults } = readPolicy(bytes);
    assert.notEqual(policy === undefined, faults.length === 0);
    try {
      assert.deepEqual(parsePolicy(bytes, "x"), policy);
    } catch (error) {
      assert.ok(error instanceof CountersignError && error.code === "POLICY_INVALID", String(error));
      assert.equal(error.message, `invalid policy in "x": ${faults[0]?.message}`);
    }
  }

  it("bytes are read or refused", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), assertDecided));
  });

  it("JSON is read or refused", () => {
    fc.assert(fc.property(fc.json(), (text) => assertDecided(Buffer.from(text))));
  });

  it("a valid policy with some bytes changed is read or refused", () => {
    const change = fc.tuple(fc.nat(valid.length - 1), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const bytes = Uint8Array.from(valid);
        for (const [at, byte] of changes) bytes[at] = byte;
        assertDecided(bytes);
      }),
      { numRuns: 2000 },
    );
  });

  it("a valid policy with a piece cut out or doubled is read or refused", () => {
    const place = fc.nat(valid.length);
    fc.assert(
      fc.property(place, place, fc.boolean(), (one, other, doubled) => {
        const [from, to] = [Math.min(one, other), Math.max(one, other)];
        const rest = doubled ? from : to;
        assertDecided(Buffer.concat([valid.subarray(0, doubled ? to : from), valid.subarray(rest)]));
      }),
      { numRuns: 2000 },
    );
  });

  it("a policy with a member left out is read only if the member was optional", () => {
    const optional = new Set([
      "transports",
      "signedIdentity",
      "rekorPublicKeyPath",
      "docker",
      "dir",
      "",
      "ex.com/a",
      "ex.com/b",
      "/a",
    ]);
    for (const [name, text] of withoutOneMember(JSON.parse(valid.toString()))) {
      assert.equal(faultsOf(text).length === 0, optional.has(name), name);
    }
  });
});

/** The document once for each member of any object in it, without that member. */
function withoutOneMember(document: unknown): readonly (readonly [name: string, text: string])[] {
  const places: { readonly owner: object; readonly name: string }[] = [];
  JSON.stringify(document, function (this: object, name: string, value: unknown) {
    if (name !== "" || !("" in this && this[""] === document)) {
      if (!Array.isArray(this)) places.push({ owner: this, name });
    }
    return value;
  });
  return places.map(({ owner, name }) => {
    const text = JSON.stringify(document, function (this: object, key: string, value: unknown) {
      return this === owner && key === name ? undefined : value;
    });
    return [name, text] as const;
  });
}

const vectors = findUpstreamVectors();

describe("the reference's own example", { skip: vectors === undefined && "no upstream vectors" }, () => {
  it("is read as the reference reads it", () => {
    const file = (...paths: string[]) => ({ type: "files", paths });
    const nonsense = { type: "inline", data: [new Uint8Array(Buffer.from("nonsense"))] };
    const signedBy = (
      keyType: string,
      keys: object,
      identity: object = { type: "matchRepoDigestOrExact" },
    ) => ({
      type: "signedBy",
      keyType,
      keys,
      identity,
    });
    const redHat = signedBy("signedByGPGKeys", file("/keys/RH-key-signing-key-gpg-keyring"));
    const sigstore = (keys: object, identity: object) => ({
      type: "sigstoreSigned",
      trust: { type: "keys", keys, rekor: undefined },
      identity,
    });
    const rhel = "registry.access.redhat.com/rhel7/rhel";
    assert.ok(vectors);
    assert.deepEqual(parsePolicy(vectors.read("policy.json"), "policy.json"), {
      default: [{ type: "reject" }],
      transports: new Map<string, unknown>([
        ["dir", new Map([["", [{ type: "insecureAcceptAnything" }]]])],
        [
          "docker",
          new Map<string, unknown>([
            ["example.com/playground", [{ type: "insecureAcceptAnything" }]],
            ["example.com/production", [signedBy("GPGKeys", file("/keys/employee-gpg-keyring"))]],
            [
              "example.com/hardened",
              [
                signedBy("GPGKeys", file("/keys/employee-gpg-keyring"), { type: "matchRepository" }),
                signedBy("signedByGPGKeys", file("/keys/public-key-signing-gpg-keyring"), {
                  type: "matchExact",
                }),
                {
                  type: "signedBaseLayer",
                  baseLayerIdentity: { type: "exactRepository", repository: parseNamedReference(rhel) },
                },
              ],
            ],
            [
              "example.com/hardened-x509",
              [
                signedBy("X509Certificates", file("/keys/employee-cert-file"), { type: "matchRepository" }),
                signedBy("signedByX509CAs", file("/keys/public-key-signing-ca-file")),
              ],
            ],
            ["registry.access.redhat.com", [redHat]],
            [
              "registry.redhat.io/beta",
              [
                signedBy(
                  "GPGKeys",
                  file(
                    "/keys/RH-production-signing-key-gpg-keyring",
                    "/keys/RH-beta-signing-key-gpg-keyring",
                  ),
                ),
              ],
            ],
            [
              "private-mirror:5000/vendor-mirror",
              [
                signedBy("GPGKeys", file("/keys/vendor-gpg-keyring"), {
                  type: "remapIdentity",
                  prefix: "private-mirror:5000/vendor-mirror",
                  signedPrefix: "vendor.example.com",
                }),
              ],
            ],
            ["*.access.redhat.com", [redHat]],
            ["*.redhat.com", [redHat]],
            ["*.com", [redHat]],
            ["bogus/key-data-example", [signedBy("signedByGPGKeys", nonsense)]],
            [
              "bogus/signed-identity-example",
              [
                {
                  type: "signedBaseLayer",
                  baseLayerIdentity: {
                    type: "exactReference",
                    reference: parseNamedReference(`${rhel}:latest`),
                  },
                },
              ],
            ],
            [
              "example.com/sigstore/key-data-example",
              [sigstore(nonsense, { type: "matchRepoDigestOrExact" })],
            ],
            [
              "example.com/sigstore/key-path-example",
              [sigstore(file("/keys/public-key"), { type: "matchRepository" })],
            ],
          ]),
        ],
      ]),
      images: [],
      digest: digestOf(vectors.read("policy.json")),
    });
  });
});
