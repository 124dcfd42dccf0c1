import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { brokenMembers } from "@countersign/testkit/broken-members";
import { parseJson } from "../values/strict-json.ts";
import { readRequirements } from "./parse-requirement.ts";
import type { Requirement } from "./policy.ts";

interface Outcome {
  readonly requirement: Requirement | undefined;
  readonly faults: readonly string[];
}

function readText(text: string): Outcome {
  const faults: string[] = [];
  const read = readRequirements(parseJson(`[${text}]`), "", (path, message) =>
    faults.push(`${path}: ${message}`),
  );
  return { requirement: read?.[0], faults };
}

const read = (requirement: object) => readText(JSON.stringify(requirement));

const signedBy = { type: "signedBy", keyType: "GPGKeys", keyPath: "/k" };
const keyed = { type: "sigstoreSigned", keyPath: "/k" };
const fulcio = { caPath: "/ca", oidcIssuer: "https://issuer", subjectEmail: "a@b" };
const keyless = { type: "sigstoreSigned", fulcio, rekorPublicKeyPath: "/r" };
const pki = { caRootsPath: "/ca", subjectEmail: "a@b" };
const owned = { type: "sigstoreSigned", pki };
const base = { type: "signedBaseLayer", baseLayerIdentity: { type: "matchExact" } };

/** `"QUI="` is `AB`. */
const AB = { type: "inline", data: [Uint8Array.of(65, 66)] } as const;
const file = (...paths: string[]) => ({ type: "files", paths }) as const;
const byDefault = { type: "matchRepoDigestOrExact" } as const;

describe("a requirement is read:", () => {
  const sigstore = (trust: object) => ({ type: "sigstoreSigned", trust, identity: byDefault });
  const rows: ReadonlyArray<readonly [what: string, text: object, expected: object]> = [
    ["insecureAcceptAnything", { type: "insecureAcceptAnything" }, { type: "insecureAcceptAnything" }],
    ["reject", { type: "reject" }, { type: "reject" }],
    ["signedBaseLayer", base, base],
    [
      "signedBy a key file",
      signedBy,
      { type: "signedBy", keyType: "GPGKeys", keys: file("/k"), identity: byDefault },
    ],
    [
      "signedBy one of several key files",
      { ...signedBy, keyPath: undefined, keyPaths: ["/k", "/l"], signedIdentity: { type: "matchExact" } },
      { type: "signedBy", keyType: "GPGKeys", keys: file("/k", "/l"), identity: { type: "matchExact" } },
    ],
    [
      "signedBy a key in the policy",
      { ...signedBy, keyType: "X509Certificates", keyPath: undefined, keyData: "QUI=" },
      { type: "signedBy", keyType: "X509Certificates", keys: AB, identity: byDefault },
    ],
    [
      "signedBy no key at all, which no signature will satisfy",
      { ...signedBy, keyPath: undefined, keyPaths: [] },
      { type: "signedBy", keyType: "GPGKeys", keys: file(), identity: byDefault },
    ],
    ["sigstoreSigned by a key file", keyed, sigstore({ type: "keys", keys: file("/k"), rekor: undefined })],
    [
      "sigstoreSigned by one of several key files, logged",
      { type: "sigstoreSigned", keyPaths: ["/k", "/l"], rekorPublicKeyPaths: ["/r", "/s"] },
      sigstore({ type: "keys", keys: file("/k", "/l"), rekor: file("/r", "/s") }),
    ],
    [
      "sigstoreSigned by a key in the policy, logged",
      { type: "sigstoreSigned", keyData: "QUI=", rekorPublicKeyData: "QUI=" },
      sigstore({ type: "keys", keys: AB, rekor: AB }),
    ],
    [
      "sigstoreSigned by one of several keys in the policy, logged",
      { type: "sigstoreSigned", keyDatas: ["QUI=", ""], rekorPublicKeyDatas: ["QUI="] },
      sigstore({ type: "keys", keys: { type: "inline", data: [...AB.data, new Uint8Array()] }, rekor: AB }),
    ],
    [
      "sigstoreSigned by someone, by Fulcio's word",
      keyless,
      sigstore({
        type: "fulcio",
        fulcio: { ca: file("/ca"), oidcIssuer: "https://issuer", subjectEmail: "a@b" },
        rekor: file("/r"),
      }),
    ],
    [
      "sigstoreSigned under one's own authority",
      {
        type: "sigstoreSigned",
        pki: { caRootsData: "QUI=", caIntermediatesPath: "/i", subjectHostname: "h" },
      },
      sigstore({
        type: "pki",
        pki: { roots: AB, intermediates: file("/i"), subjectEmail: undefined, subjectHostname: "h" },
      }),
    ],
    [
      "an empty path next to a key as if it were absent",
      { ...keyed, keyPath: "", keyData: "QUI=", keyPaths: undefined, rekorPublicKeyPath: "" },
      sigstore({ type: "keys", keys: AB, rekor: undefined }),
    ],
    [
      "null for data as if it were absent",
      { ...keyed, keyData: null, rekorPublicKeyData: null },
      sigstore({ type: "keys", keys: file("/k"), rekor: undefined }),
    ],
  ];
  for (const [what, text, expected] of rows) {
    it(what, () => assert.deepEqual(read(text), { requirement: expected, faults: [] }));
  }
});

describe("the reader of requirements refuses", () => {
  const valid: ReadonlyArray<readonly [name: string, requirement: object]> = [
    ["insecureAcceptAnything", { type: "insecureAcceptAnything" }],
    ["reject", { type: "reject" }],
    ["signedBaseLayer", base],
    ["signedBy", { ...signedBy, signedIdentity: { type: "matchExact" } }],
    ["signedBy", { ...signedBy, keyPath: undefined, keyPaths: ["/k"] }],
    ["signedBy", { ...signedBy, keyPath: undefined, keyData: "QUI=" }],
    ["sigstoreSigned", { ...keyed, rekorPublicKeyPath: "/r", signedIdentity: { type: "matchExact" } }],
    ["sigstoreSigned", { type: "sigstoreSigned", keyPaths: ["/k"], rekorPublicKeyPaths: ["/r"] }],
    ["sigstoreSigned", { type: "sigstoreSigned", keyData: "QUI=", rekorPublicKeyData: "QUI=" }],
    ["sigstoreSigned", { type: "sigstoreSigned", keyDatas: ["QUI="], rekorPublicKeyDatas: ["QUI="] }],
    ["sigstoreSigned", keyless],
    ["sigstoreSigned", owned],
  ];
  for (const [name, requirement] of valid) {
    for (const { why, member, text } of brokenMembers(JSON.parse(JSON.stringify(requirement)))) {
      it(`${name} with ${why}`, () => {
        const { faults } = readText(text);
        assert.match(faults[0] ?? "", new RegExp(`^\\[0\\](\\.${member}\\b|: (Unknown|json: cannot|Key))`));
      });
    }
  }
  for (const [name, certificate] of Object.entries({
    fulcio: { ...fulcio },
    "fulcio with caData": { ...fulcio, caPath: undefined, caData: "QUI=" },
    pki: { ...pki, caIntermediatesPath: "/i" },
    "pki with data": { caRootsData: "QUI=", caIntermediatesData: "QUI=", subjectHostname: "h" },
  })) {
    const member = name.split(" ")[0] ?? "";
    for (const { why, text } of brokenMembers(JSON.parse(JSON.stringify(certificate)))) {
      it(`${name} with ${why}`, () => {
        const rekor = member === "fulcio" ? `,"rekorPublicKeyPath":"/r"` : "";
        const { faults } = readText(`{"type":"sigstoreSigned"${rekor},"${member}":${text}}`);
        assert.match(faults[0] ?? "", new RegExp(`^\\[0\\]\\.${member}\\.`));
      });
    }
  }
});

const none = "Exactly one of keyPath, keyPaths and keyData must be specified, none of them present";
const several = "Exactly one of keyPath, keyPaths and keyData must be specified, more than one present";
const empty = "exactly one of keyPath, keyPaths and keyData must be specified";
const oneOfSix = "exactly one of keyPath, keyPaths, keyData, keyDatas, fulcio, and pki must be specified";
const rekors = "rekorPublickeyPath, rekorPublicKeyPaths, rekorPublickeyData and rekorPublicKeyDatas";

describe("the first fault of a requirement is worded as the reference does:", () => {
  const withFulcio = (change: object) => ({ ...keyless, fulcio: { ...fulcio, ...change } });
  const withPki = (change: object) => ({ ...owned, pki: { ...pki, ...change } });
  const rows: ReadonlyArray<readonly [what: string, requirement: object | string, fault: string]> = [
    ["no type", {}, `[0]: Unknown policy requirement type ""`],
    ["null", "null", `[0]: Unknown policy requirement type ""`],
    ["a null type", { type: null }, `[0]: Unknown policy requirement type ""`],
    ["an unknown type", { type: "allow" }, `[0]: Unknown policy requirement type "allow"`],
    ["a text", `"reject"`, "[0]: json: cannot unmarshal string into Go value of type signature.prCommon"],
    [
      "a type that is a number",
      { type: 1 },
      "[0].type: json: cannot unmarshal number into Go struct field prCommon.type of type signature.prTypeIdentifier",
    ],
    ["the type in capitals", { TYPE: "reject" }, `[0].TYPE: Unknown key "TYPE"`],
    [
      "two types, the last of which counts",
      `{"type":"reject","type":"allow"}`,
      `[0]: Unknown policy requirement type "allow"`,
    ],
    ["two types, both known", `{"type":"signedBy","type":"reject"}`, `[0].type: Duplicate key "type"`],
    [
      "signedBaseLayer of nothing",
      { type: "signedBaseLayer" },
      `[0]: Key "baseLayerIdentity" missing in a JSON object`,
    ],
    [
      "signedBaseLayer with a bad identity after an unknown key",
      `{"type":"signedBaseLayer","baseLayerIdentity":{},"x":1}`,
      `[0].x: Unknown key "x"`,
    ],

    ["no key", { ...signedBy, keyPath: undefined }, `[0]: ${none}`],
    ["two keys", { ...signedBy, keyData: "" }, `[0]: ${several}`],
    ["two keys, one of them null", { ...signedBy, keyPaths: null }, `[0]: ${several}`],
    ["an empty key path", { ...signedBy, keyPath: "" }, `[0].keyPath: ${empty}`],
    ["null key paths", { ...signedBy, keyPath: undefined, keyPaths: null }, `[0].keyPaths: ${empty}`],
    ["null key data", { ...signedBy, keyPath: undefined, keyData: null }, `[0].keyData: ${empty}`],
    ["no key type", { ...signedBy, keyType: undefined }, `[0]: invalid keyType ""`],
    ["no key type and no key", { type: "signedBy" }, `[0]: ${none}`],
    ["no key type and an empty key", { type: "signedBy", keyPath: "" }, `[0]: invalid keyType ""`],
    ["an unknown key type", { ...signedBy, keyType: "PGP" }, `[0].keyType: Unrecognized keyType value "PGP"`],
    ["a null key type", { ...signedBy, keyType: null }, `[0].keyType: Unrecognized keyType value ""`],
    [
      "an identity of null",
      { ...signedBy, signedIdentity: null },
      `[0].signedIdentity: Unknown policy reference match type ""`,
    ],
    [
      "a bad identity before an absent key",
      { type: "signedBy", signedIdentity: {} },
      `[0].signedIdentity: Unknown policy reference match type ""`,
    ],
    [
      "a key that is no base64",
      { ...signedBy, keyPath: undefined, keyData: "-" },
      "[0].keyData: illegal base64 data at input byte 0",
    ],

    ["no signer", { type: "sigstoreSigned" }, `[0]: ${oneOfSix}`],
    ["an empty key path as signer", { ...keyed, keyPath: "" }, `[0]: ${oneOfSix}`],
    ["two signers", { ...keyed, keyData: "" }, `[0]: ${oneOfSix}`],
    ["a key and an issuer", { ...keyless, keyPath: "/k" }, `[0]: ${oneOfSix}`],
    [
      "no key among keyPaths",
      { type: "sigstoreSigned", keyPaths: [] },
      `[0].keyPaths: "keyPaths" contains no entries`,
    ],
    [
      "null for keyDatas",
      { type: "sigstoreSigned", keyDatas: null },
      `[0].keyDatas: "keyDatas" contains no entries`,
    ],
    [
      "no key among rekorPublicKeyPaths",
      { ...keyed, rekorPublicKeyPaths: [] },
      `[0].rekorPublicKeyPaths: "rekorPublickeyPaths" contains no entries`,
    ],
    [
      "null for rekorPublicKeyDatas",
      { ...keyed, rekorPublicKeyDatas: null },
      `[0].rekorPublicKeyDatas: "rekorPublickeyDatas" contains no entries`,
    ],
    [
      "two logs",
      { ...keyed, rekorPublicKeyPath: "/r", rekorPublicKeyData: "" },
      `[0]: at most one of ${rekors} can be used simultaneously`,
    ],
    [
      "Fulcio without a log",
      { ...keyless, rekorPublicKeyPath: "" },
      `[0]: At least one of ${rekors} must be specified if fulcio is used`,
    ],
    [
      "an own authority with a log",
      { ...owned, rekorPublicKeyData: "" },
      `[0]: ${rekors} are not supported for pki`,
    ],
    [
      "a bad identity before an absent signer",
      { type: "sigstoreSigned", signedIdentity: 1 },
      "[0].signedIdentity: json: cannot unmarshal number into Go value of type signature.prmCommon",
    ],

    ["Fulcio null", { ...keyless, fulcio: null }, "[0].fulcio: JSON object expected, got <nil>"],
    [
      "two Fulcio CAs",
      withFulcio({ caData: "" }),
      "[0].fulcio: caPath and caData cannot be used simultaneously",
    ],
    [
      "no Fulcio CA",
      withFulcio({ caPath: "" }),
      "[0].fulcio: At least one of caPath and caData must be specified",
    ],
    ["no issuer", withFulcio({ oidcIssuer: "" }), "[0].fulcio: oidcIssuer not specified"],
    ["no subject", withFulcio({ subjectEmail: undefined }), "[0].fulcio: subjectEmail not specified"],
    [
      "no CA, issuer or subject",
      { ...keyless, fulcio: {} },
      "[0].fulcio: At least one of caPath and caData must be specified",
    ],

    [
      "two roots",
      withPki({ caRootsData: "" }),
      "[0].pki: caRootsPath and caRootsData cannot be used simultaneously",
    ],
    [
      "no root",
      withPki({ caRootsPath: null }),
      "[0].pki: At least one of caRootsPath and caRootsData must be specified",
    ],
    [
      "two intermediates",
      withPki({ caIntermediatesPath: "/i", caIntermediatesData: "" }),
      "[0].pki: caIntermediatesPath and caIntermediatesData cannot be used simultaneously",
    ],
    [
      "nobody",
      withPki({ subjectEmail: "" }),
      "[0].pki: At least one of subjectEmail, subjectHostname must be specified",
    ],
  ];
  for (const [what, requirement, fault] of rows) {
    it(what, () => {
      const { faults } = typeof requirement === "string" ? readText(requirement) : read(requirement);
      assert.equal(faults[0], fault);
    });
  }
});

describe("every fault of a requirement is told:", () => {
  it("those of its members and then those of the whole", () => {
    const { faults } = readText(
      `{"type":"signedBy","keyType":"x","keyPath":1,"keyPaths":[],"signedIdentity":{"type":"y"},"z":0}`,
    );
    assert.deepEqual(faults, [
      `[0].keyType: Unrecognized keyType value "x"`,
      "[0].keyPath: json: cannot unmarshal number into Go value of type string",
      `[0].z: Unknown key "z"`,
      `[0].signedIdentity: Unknown policy reference match type "y"`,
      `[0]: ${several}`,
    ]);
  });

  it("those of each requirement of the list", () => {
    const { faults } = readText(`{"type":"reject","x":0},{"type":"y"},{"type":"sigstoreSigned","fulcio":{}}`);
    assert.deepEqual(faults, [
      `[0].x: Unknown key "x"`,
      `[1]: Unknown policy requirement type "y"`,
      "[2].fulcio: At least one of caPath and caData must be specified",
      "[2].fulcio: oidcIssuer not specified",
      "[2].fulcio: subjectEmail not specified",
    ]);
  });
});

describe("a list of requirements", () => {
  const faultsOf = (text: string) => {
    const faults: string[] = [];
    readRequirements(parseJson(text), "default", (path, message) => faults.push(`${path}: ${message}`));
    return faults;
  };

  it("must not be empty, nor null", () => {
    const fault = "default: List of verification policy requirements must not be empty";
    assert.deepEqual(faultsOf("[]"), [fault]);
    assert.deepEqual(faultsOf("null"), [fault]);
  });

  it("must be a list", () => {
    const fault = "default: json: cannot unmarshal object into Go value of type []json.RawMessage";
    assert.deepEqual(faultsOf(`{"type":"reject"}`), [fault]);
  });
});
