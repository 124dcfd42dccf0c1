import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { brokenMembers } from "@countersign/testkit/broken-members";
import { readPolicy } from "../parse-policy.ts";
import type { Requirements } from "../policy.ts";
import type { Authority, SigstoreRequirement } from "../sigstore-requirement.ts";

const languages = { pattern: re2Pattern, cel: celExpression };

interface Outcome {
  readonly requirements: Requirements | undefined;
  readonly faults: readonly string[];
}

/** Reads what stands for the default of a marked file. */
function readText(text: string): Outcome {
  const { policy, faults } = readPolicy(Buffer.from(`{"countersign":1,"default":${text}}`), languages);
  return { requirements: policy?.default, faults: faults.map(({ path, message }) => `${path}: ${message}`) };
}

const read = (value: unknown) => readText(JSON.stringify(value));

/** What an authority is read as, beside what every one of the kind has. */
function readAuthority(authority: object): Authority | readonly string[] | undefined {
  const { requirements, faults } = read([{ type: "sigstore", authorities: [authority] }]);
  const [only] = requirements ?? [];
  return only?.type === "sigstore"
    ? only.authorities[0]
    : faults.map((fault) => fault.replace("default[0].", ""));
}

const file = (...paths: string[]) => ({ type: "files", paths }) as const;
/** `"QUI="` is `AB` */
const AB = { type: "inline", data: [Uint8Array.of(65, 66)] } as const;
const exact = (text: string) => ({ type: "exact", text }) as const;
const pattern = (source: string, anchored = true) => ({
  type: "pattern",
  pattern: re2Pattern(source, anchored),
});

const none = { type: "none" } as const;
const logged = { type: "logged", threshold: 1, logs: undefined } as const;
const asked = { transparency: none, timestamp: none, attestations: [], sources: [] } as const;
const root = { path: "/root.json" };
const identities = [{ issuer: "https://i", subject: "a@b" }] as const;
const keyless = { trustedRoot: root, identities };
const signers = [{ issuer: exact("https://i"), subject: exact("a@b") }];
const certified = {
  name: "authority-0",
  type: "keyless",
  trust: { type: "trustedRoot", root: file("/root.json") },
  identities: signers,
  ignoresSct: false,
  ...asked,
  transparency: logged,
} as const;
const bare = { ...certified, trust: { type: "fulcio", ca: file("/ca"), rekor: undefined }, ignoresSct: true };

describe("an authority is read:", () => {
  const keyed = { name: "authority-0", type: "key", hashAlgorithm: undefined, ...asked };
  const fulcio = { caPath: "/ca" };
  const stamped = { type: "stamped", threshold: 1, root: undefined };
  const rows: ReadonlyArray<readonly [what: string, authority: object, expected: object]> = [
    ["a key file", { key: { path: "/k" } }, { ...keyed, keys: file("/k") }],
    ["several key files", { key: { paths: ["/k", "/l"] } }, { ...keyed, keys: file("/k", "/l") }],
    ["a key in the policy", { key: { data: "QUI=" } }, { ...keyed, keys: AB }],
    ["several keys in the policy", { key: { datas: ["QUI="] } }, { ...keyed, keys: AB }],
    [
      "a name",
      { name: "the team's", key: { path: "/k" } },
      { ...keyed, name: "the team's", keys: file("/k") },
    ],
    [
      "a hash algorithm",
      { key: { path: "/k", hashAlgorithm: "sha512" } },
      { ...keyed, keys: file("/k"), hashAlgorithm: "sha512" },
    ],
    [
      "a key whose use a log must have taken",
      { key: { path: "/k" }, transparency: { rekorPublicKeyPath: "/r" } },
      {
        ...keyed,
        keys: file("/k"),
        transparency: { ...logged, logs: { type: "rekor", keys: file("/r") } },
      },
    ],
    [
      "a key whose use two logs of a trusted root must have taken",
      { key: { path: "/k" }, transparency: { threshold: 2, trustedRoot: root } },
      {
        ...keyed,
        keys: file("/k"),
        transparency: {
          type: "logged",
          threshold: 2,
          logs: { type: "trustedRoot", root: file("/root.json") },
        },
      },
    ],
    [
      "a key whose use a timestamp authority must have seen",
      { key: { path: "/k" }, timestamp: { trustedRoot: { data: "QUI=" } } },
      { ...keyed, keys: file("/k"), timestamp: { ...stamped, root: AB } },
    ],
    ["certificates under a trusted root: logged", { keyless }, certified],
    [
      "certificates that no certificate log promised to show",
      { keyless: { ...keyless, insecureIgnoreSCT: true } },
      { ...certified, ignoresSct: true },
    ],
    [
      "certificates with timestamps: no log is asked",
      { keyless, timestamp: {} },
      { ...certified, transparency: none, timestamp: stamped },
    ],
    [
      "certificates with timestamps and logs",
      { keyless, timestamp: {}, transparency: {} },
      { ...certified, timestamp: stamped },
    ],
    [
      "certificates that need neither, as they must be valid now",
      { keyless, transparency: { threshold: 0 }, timestamp: { threshold: 0 } },
      { ...certified, transparency: none },
    ],
    [
      "a trusted root from a TUF repository",
      { keyless: { ...keyless, trustedRoot: { tuf: { mirror: "https://tuf.example/a/", root } } } },
      {
        ...certified,
        trust: {
          type: "trustedRoot",
          root: {
            type: "tuf",
            mirror: "https://tuf.example/a",
            root: file("/root.json"),
            target: "trusted_root.json",
          },
        },
      },
    ],
    [
      "certificates of a bare CA, and its log",
      { keyless: { fulcio, identities, rekorPublicKeyDatas: ["QUI="] } },
      { ...bare, trust: { type: "fulcio", ca: file("/ca"), rekor: AB } },
    ],
    [
      "certificates of a bare CA with timestamps",
      { keyless: { fulcio: { caData: "QUI=" }, identities }, timestamp: { trustedRoot: root } },
      {
        ...bare,
        trust: { type: "fulcio", ca: AB, rekor: undefined },
        transparency: none,
        timestamp: { ...stamped, root: file("/root.json") },
      },
    ],
    [
      "certificates of a bare CA with a trusted root's logs",
      { keyless: { fulcio, identities }, transparency: { trustedRoot: root } },
      { ...bare, transparency: { ...logged, logs: { type: "trustedRoot", root: file("/root.json") } } },
    ],
    [
      "certificates of a bare CA while they are valid",
      { keyless: { fulcio, identities }, transparency: { threshold: 0 } },
      { ...bare, transparency: none },
    ],
    [
      "patterns, which match whole names",
      { keyless: { ...keyless, identities: [{ issuerRegExp: "https://.", subjectRegExp: "a+" }] } },
      { ...certified, identities: [{ issuer: pattern("https://."), subject: pattern("a+") }] },
    ],
    [
      "patterns that match parts of names",
      { keyless: { ...keyless, identities: [{ issuer: "i", subjectRegExpUnanchored: "a" }] } },
      { ...certified, identities: [{ issuer: exact("i"), subject: pattern("a", false) }] },
    ],
    [
      "what lets everything in",
      { static: { action: "pass" } },
      { name: "authority-0", type: "static", action: "pass", message: "" },
    ],
    [
      "what lets nothing in, and says why",
      { static: { action: "fail", message: "not here" } },
      { name: "authority-0", type: "static", action: "fail", message: "not here" },
    ],
    [
      "attestations by short names and URIs",
      {
        key: { path: "/k" },
        attestations: [
          { predicateType: "slsaprovenance1" },
          { name: "own", predicateType: "https://a.example/p" },
        ],
      },
      {
        ...keyed,
        keys: file("/k"),
        attestations: [
          { name: "attestation-0", predicateType: "https://slsa.dev/provenance/v1", policy: undefined },
          { name: "own", predicateType: "https://a.example/p", policy: undefined },
        ],
      },
    ],
    [
      "places where signatures are kept",
      {
        key: { path: "/k" },
        source: [{ repository: "a.example/signatures", tagPrefix: "x-" }, { tagPrefix: "y-" }],
      },
      {
        ...keyed,
        keys: file("/k"),
        sources: [
          {
            repository: { domain: "a.example", path: "signatures", tag: undefined, digest: undefined },
            tagPrefix: "x-",
          },
          { repository: undefined, tagPrefix: "y-" },
        ],
      },
    ],
  ];
  for (const [what, authority, expected] of rows) {
    it(what, () => assert.deepEqual(readAuthority(authority), expected));
  }

  it("a policy over what is attested", () => {
    const expression = "predicate.builder.id == 'x'";
    const policy = { type: "cel", expression };
    const authority = readAuthority({
      key: { path: "/k" },
      attestations: [{ predicateType: "vuln", policy }],
    }) as Authority & { readonly type: "key" };
    assert.equal(authority.attestations[0]?.predicateType, "https://cosign.sigstore.dev/attestation/vuln/v1");
    assert.equal(authority.attestations[0]?.policy?.expression.source, expression);
  });
});

describe("an authority is refused:", () => {
  const key = { path: "/k" };
  const signer = (identity: object) => ({ keyless: { ...keyless, identities: [identity] } });
  const attested = (attestation: object) => ({ key, attestations: [attestation] });
  const at = "authorities[0]";
  const rows: ReadonlyArray<readonly [why: string, authority: object, ...faults: readonly string[]]> = [
    ["no kind", {}, `${at}: exactly one of ["key" "keyless" "static"] is expected, and none is there`],
    [
      "two kinds",
      { key, static: { action: "pass" } },
      `${at}: exactly one of ["key" "keyless" "static"] is expected, and ["key" "static"] are there`,
    ],
    [
      "no key",
      { key: {} },
      `${at}.key: exactly one of ["path" "paths" "data" "datas"] is expected, and none is there`,
    ],
    [
      "a key in two ways",
      { key: { path: "/k", data: "QUI=" } },
      `${at}.key: exactly one of ["path" "paths" "data" "datas"] is expected, and ["path" "data"] are there`,
    ],
    ["an empty path", { key: { path: "" } }, `${at}.key.path: there is nothing in it`],
    ["an empty list of paths", { key: { paths: [] } }, `${at}.key.paths: there is nothing in this list`],
    [
      "text that is no base64",
      { key: { data: "QUI" } },
      `${at}.key.data: illegal base64 data at input byte 0`,
    ],
    [
      "an algorithm that is not known",
      { key: { path: "/k", hashAlgorithm: "md5" } },
      `${at}.key.hashAlgorithm: "md5" is none of ["sha256" "sha384" "sha512"]`,
    ],
    [
      "an empty name",
      { name: "", key },
      `${at}.name: "": a name of at most 128 visible characters is expected`,
    ],
    [
      "a key and a log that is not named",
      { key, transparency: {} },
      `${at}: transparency must name the log: by a key or a trustedRoot`,
    ],
    [
      "a key and timestamps of whomever",
      { key, timestamp: { threshold: 1 } },
      `${at}: timestamp must name its authorities: by a trustedRoot`,
    ],
    [
      "a log in two ways",
      { key, transparency: { trustedRoot: root, rekorPublicKeyPath: "/r" } },
      `${at}.transparency: exactly one of ["trustedRoot" "rekorPublicKeyPath" "rekorPublicKeyPaths" "rekorPublicKeyData" "rekorPublicKeyDatas"] is expected, and ["trustedRoot" "rekorPublicKeyPath"] are there`,
    ],
    [
      "a log of which nothing is asked",
      { key, transparency: { threshold: 0, trustedRoot: root } },
      `${at}.transparency: with a threshold of 0 no log is asked, so none may be named`,
    ],
    [
      "timestamp authorities of which nothing is asked",
      { key, timestamp: { threshold: 0, trustedRoot: root } },
      `${at}.timestamp: with a threshold of 0 no authority is asked, so none may be named`,
    ],
    [
      "a threshold that nobody reaches",
      { key, transparency: { threshold: 17, trustedRoot: root } },
      `${at}.transparency.threshold: a whole number from 0 to 16 is expected`,
    ],
    [
      "no trust",
      { keyless: { identities } },
      `${at}.keyless: exactly one of ["trustedRoot" "fulcio"] is expected, and none is there`,
    ],
    [
      "no identities",
      { keyless: { trustedRoot: root } },
      `${at}.keyless: identities is missing: whose certificate counts must be said`,
    ],
    [
      "log keys beside a trusted root",
      { keyless: { ...keyless, rekorPublicKeyPath: "/r" } },
      `${at}.keyless: log keys go with fulcio: a trusted root names its own logs`,
    ],
    [
      "certificate logs of a bare CA",
      {
        keyless: {
          fulcio: { caPath: "/ca" },
          identities,
          rekorPublicKeyPath: "/r",
          insecureIgnoreSCT: false,
        },
      },
      `${at}.keyless: insecureIgnoreSCT goes with trustedRoot: fulcio knows no certificate transparency logs`,
    ],
    [
      "a bare CA, and nobody who says when",
      { keyless: { fulcio: { caPath: "/ca" }, identities } },
      `${at}: nobody says when a certificate was used: name a rekorPublicKey, or a timestamp with its trustedRoot; or, to accept certificates only while they are valid, a transparency with threshold 0`,
    ],
    [
      "a bare CA and timestamps of whomever",
      { keyless: { fulcio: { caPath: "/ca" }, identities }, timestamp: {} },
      `${at}: timestamp must name its authorities, as fulcio knows none: by a trustedRoot`,
    ],
    [
      "log keys that are not looked at",
      {
        keyless: { fulcio: { caPath: "/ca" }, identities, rekorPublicKeyPath: "/r" },
        transparency: { threshold: 0 },
      },
      `${at}: the keyless rekorPublicKey is never looked at beside this transparency`,
    ],
    [
      "a subject without issuer",
      signer({ subject: "a@b" }),
      `${at}.keyless.identities[0]: exactly one of ["issuer" "issuerRegExp" "issuerRegExpUnanchored"] is expected, and none is there`,
    ],
    [
      "a subject in two ways",
      signer({ issuer: "i", subject: "a@b", subjectRegExp: "a" }),
      `${at}.keyless.identities[0]: exactly one of ["subject" "subjectRegExp" "subjectRegExpUnanchored"] is expected, and ["subject" "subjectRegExp"] are there`,
    ],
    [
      "what RE2 does not know",
      signer({ issuer: "i", subjectRegExp: "(a)\\1" }),
      `${at}.keyless.identities[0].subjectRegExp: not a regular expression of RE2: error parsing regexp: invalid escape sequence: \`\\1\``,
    ],
    [
      "a pattern that is too long",
      signer({ issuer: "i", subjectRegExp: "a".repeat(1025) }),
      `${at}.keyless.identities[0].subjectRegExp: a pattern has at most 1024 characters`,
    ],
    [
      "a pattern that is short, and becomes large",
      signer({ issuer: "i", subjectRegExp: "((a{100}){100}){100}" }),
      `${at}.keyless.identities[0].subjectRegExp: its repetitions, written out, make this pattern too large`,
    ],
    [
      "a repository over http",
      { keyless: { ...keyless, trustedRoot: { tuf: { mirror: "http://a.example", root } } } },
      `${at}.keyless.trustedRoot.tuf.mirror: "http://a.example": an https URL without user, query and fragment is expected`,
    ],
    [
      "a target elsewhere",
      {
        keyless: { ...keyless, trustedRoot: { tuf: { mirror: "https://a.example", root, target: "../x" } } },
      },
      `${at}.keyless.trustedRoot.tuf.target: "../x": the name of a target is expected, without directories`,
    ],
    [
      "a message where nothing is denied",
      { static: { action: "pass", message: "ok" } },
      `${at}.static: a message is told where an image is denied, which pass never does`,
    ],
    [
      "attestations that nobody looks at",
      { static: { action: "pass" }, attestations: [{ predicateType: "vuln" }] },
      `${at}: attestations is never looked at beside static`,
    ],
    ["no predicate type", attested({ name: "a" }), `${at}.attestations[0]: predicateType is missing`],
    [
      "a short name that cosign does not know",
      attested({ predicateType: "slsa" }),
      `${at}.attestations[0].predicateType: "slsa": a URI or one of custom, slsaprovenance, slsaprovenance02, slsaprovenance1, spdx, spdxjson, cyclonedx, link, vuln, openvex is expected`,
    ],
    [
      "a signature for an attestation",
      attested({ predicateType: "https://sigstore.dev/cosign/sign/v1" }),
      `${at}.attestations[0].predicateType: "https://sigstore.dev/cosign/sign/v1": this is the type of signatures, which attest nothing`,
    ],
    ...["cue", "rego"].map(
      (language) =>
        [
          `${language}, for which there is no engine`,
          attested({ predicateType: "vuln", policy: { type: language, expression: "package sigstore" } }),
          `${at}.attestations[0].policy.type: "${language}": there is no engine for ${language} here, so it is refused rather than passed over: say the same in CEL; the one that is judged is "cel"`,
        ] as const,
    ),
    [
      "a misspelt name in an expression",
      attested({ predicateType: "vuln", policy: { type: "cel", expression: "predicat.x" } }),
      `${at}.attestations[0].policy.expression: not a CEL expression: there is no "predicat"; the variables are statement, predicate, predicateType, subject`,
    ],
    [
      "two attestations of one name",
      {
        key,
        attestations: [
          { name: "a", predicateType: "vuln" },
          { name: "a", predicateType: "link" },
        ],
      },
      `${at}.attestations[1].name: there is another one called "a"`,
    ],
    [
      "a place with a tag",
      { key, source: [{ repository: "a.example/b:1" }] },
      `${at}.source[0].repository: "a.example/b:1": the name of a repository is expected, without tag and digest`,
    ],
    ["a place that is none", { key, source: [{}] }, `${at}.source[0]: repository or tagPrefix is expected`],
    [
      "several things at once",
      { key: { path: "" }, source: [], attestations: [{}] },
      `${at}.key.path: there is nothing in it`,
      `${at}.source: there is nothing in this list`,
      `${at}.attestations[0]: predicateType is missing`,
    ],
  ];
  for (const [why, authority, ...faults] of rows) {
    it(why, () => assert.deepEqual(readAuthority(authority), faults));
  }
});

describe("a sigstore requirement", () => {
  const authorities = [{ key: { path: "/k" } }];
  const valid = {
    type: "sigstore",
    authorities,
    signedIdentity: { type: "digestOnly" },
    acceptIndexSignatures: true,
  };

  it("is read with all that it may say", () => {
    const [requirement] = (read([valid]).requirements ?? []) as readonly SigstoreRequirement[];
    assert.deepEqual(requirement?.identity, { type: "digestOnly" });
    assert.equal(requirement?.acceptsIndexSignatures, true);
  });

  it("looks at no name, and at no index's signatures, unless it says so", () => {
    const [requirement] = (read([{ type: "sigstore", authorities }]).requirements ??
      []) as readonly SigstoreRequirement[];
    assert.deepEqual(requirement?.identity, { type: "digestOnly" });
    assert.equal(requirement?.acceptsIndexSignatures, false);
  });

  it("may ask for a name as any other does", () => {
    const signedIdentity = { type: "matchRepository" };
    const [requirement] = (read([{ ...valid, signedIdentity }]).requirements ??
      []) as readonly SigstoreRequirement[];
    assert.deepEqual(requirement?.identity, signedIdentity);
  });

  const refused: ReadonlyArray<readonly [why: string, requirement: object, fault: string]> = [
    [
      "without authorities",
      { type: "sigstore" },
      "default[0]: authorities is missing: who vouches for images must be said",
    ],
    [
      "with none",
      { type: "sigstore", authorities: [] },
      "default[0].authorities: there is nothing in this list",
    ],
    [
      "with two of one name, one of which is not written",
      { type: "sigstore", authorities: [{ ...authorities[0], name: "authority-1" }, ...authorities] },
      `default[0].authorities[1].name: there is another one called "authority-1"`,
    ],
    [
      "with more than anybody means",
      { type: "sigstore", authorities: Array.from({ length: 101 }, () => authorities[0]) },
      "default[0].authorities: there are 101 in this list, and at most 100 are read",
    ],
    [
      "with more beside digestOnly",
      { ...valid, signedIdentity: { type: "digestOnly", prefix: "x" } },
      `default[0].signedIdentity.prefix: Unknown key "prefix"`,
    ],
    [
      "with a name to be matched as nobody does",
      { ...valid, signedIdentity: { type: "matchAll" } },
      `default[0].signedIdentity: Unknown policy reference match type "matchAll"`,
    ],
  ];
  for (const [why, requirement, fault] of refused) {
    it(`is refused ${why}`, () => assert.deepEqual(read([requirement]).faults, [fault]));
  }

  describe("is refused with", () => {
    for (const { why, text } of brokenMembers(valid)) {
      it(why, () => assert.notDeepEqual(readText(`[${text}]`).faults, []));
    }
  });
});

describe("anyOf", () => {
  const reject = { type: "reject" };
  const either = (...alternatives: readonly unknown[]) => ({ type: "anyOf", alternatives });

  it("is read with all its alternatives", () =>
    assert.deepEqual(read([either([reject], [reject, either([reject])])]).requirements, [
      either([reject], [reject, either([reject])]),
    ]));

  const refused: ReadonlyArray<readonly [why: string, requirement: object, fault: string]> = [
    ["without alternatives", { type: "anyOf" }, "default[0]: alternatives is missing"],
    ["with none", either(), "default[0].alternatives: there is nothing in this list"],
    [
      "with one that asks for nothing",
      either([reject], []),
      "default[0].alternatives[1]: there is nothing in this list",
    ],
    [
      "with more in it than anybody means",
      either(...Array.from({ length: 34 }, () => [reject, reject, reject])),
      "default[0]: an anyOf holds at most 100 requirements, all alternatives together",
    ],
    [
      "with a requirement that is no list",
      either(reject),
      "default[0].alternatives[0]: a list is expected, not object",
    ],
    [
      "with a warning in it",
      either([{ ...reject, mode: "warn" }]),
      "default[0].alternatives[0][0].mode: an alternative that only warns always holds: write mode beside anyOf",
    ],
    [
      "in one another more often than anybody means",
      either([either([either([either([either([reject])])])])]),
      `default[0]${".alternatives[0][0]".repeat(4)}: at most 4 anyOf may stand in one another`,
    ],
  ];
  for (const [why, requirement, fault] of refused) {
    it(`is refused ${why}`, () => assert.deepEqual(read([requirement]).faults, [fault]));
  }

  it("is refused however deep it is", () => {
    const depth = 4000;
    const text = `[${`{"type":"anyOf","alternatives":[[`.repeat(depth)}{"type":"reject"}${"]]}".repeat(depth)}]`;
    assert.equal(readText(text).faults.length, 1);
  });
});

describe("mode", () => {
  const reject = { type: "reject" } as const;
  const accept = { type: "insecureAcceptAnything" } as const;
  const warn = (requirement: object) => ({ type: "warn", requirement });
  const rows: ReadonlyArray<readonly [what: string, written: unknown, expected: unknown]> = [
    ["of one requirement", [{ ...reject, mode: "warn" }, accept], [warn(reject), accept]],
    ["of none", [{ ...reject, mode: "enforce" }], [reject]],
    ["of a whole scope", { mode: "warn", requirements: [reject, accept] }, [warn(reject), warn(accept)]],
    [
      "of a whole scope and one in it",
      { mode: "warn", requirements: [{ ...reject, mode: "warn" }] },
      [warn(reject)],
    ],
    ["of one in a scope", { requirements: [{ ...reject, mode: "warn" }, reject] }, [warn(reject), reject]],
    ["of no scope", { mode: "enforce", requirements: [reject] }, [reject]],
  ];
  for (const [what, written, expected] of rows) {
    it(what, () => assert.deepEqual(read(written).requirements, expected));
  }

  const refused: ReadonlyArray<readonly [why: string, text: string, ...faults: readonly string[]]> = [
    [
      "that nobody knows",
      `[{"type":"reject","mode":"audit"}]`,
      `default[0].mode: "audit" is none of ["enforce" "warn"]`,
    ],
    ["twice", `[{"type":"reject","mode":"warn","mode":"warn"}]`, `default[0].mode: Duplicate key "mode"`],
    ["without requirements", `{"mode":"warn"}`, "default: requirements is missing"],
    ["with nothing required", `{"requirements":[]}`, "default.requirements: there is nothing in this list"],
    [
      "with more beside",
      `{"mode":"warn","requirements":[{"type":"reject"}],"x":1}`,
      `default.x: Unknown key "x"`,
    ],
    [
      "and the rest is looked at all the same",
      `[{"type":"reject","mode":1,"x":1}]`,
      "default[0].mode: a text is expected, not number",
      `default[0].x: Unknown key "x"`,
    ],
  ];
  for (const [why, text, ...faults] of refused) {
    it(`is refused ${why}`, () => assert.deepEqual(readText(text).faults, faults));
  }
});

describe("the marker", () => {
  const reject = `"default":[{"type":"reject"}]`;
  const faultsOf = (text: string) =>
    readPolicy(Buffer.from(text), languages).faults.map(({ path, message }) => `${path}: ${message}`);

  it("changes nothing by itself", () => assert.deepEqual(faultsOf(`{"countersign":1,${reject}}`), []));

  it("may stand anywhere", () =>
    assert.deepEqual(faultsOf(`{"default":[{"type":"reject","mode":"warn"}],"countersign":1}`), []));

  const unknown =
    "countersign: this must be the number 1, the only version of the extension that is known here";
  for (const value of ["0", "2", "1.0", "1e0", "true", "null", `"1"`, "[1]", "{}"]) {
    it(`cannot be ${value}`, () =>
      assert.deepEqual(faultsOf(`{"countersign":${value},${reject}}`), [unknown]));
  }

  it("cannot come twice", () =>
    assert.deepEqual(faultsOf(`{"countersign":1,"countersign":1,${reject}}`), [
      `countersign: Duplicate key "countersign"`,
    ]));

  describe("is missed, in the words of containers/image, by", () => {
    const rows: ReadonlyArray<readonly [what: string, requirements: string, fault: string]> = [
      ["sigstore", `[{"type":"sigstore"}]`, `default[0]: Unknown policy requirement type "sigstore"`],
      ["anyOf", `[{"type":"anyOf"}]`, `default[0]: Unknown policy requirement type "anyOf"`],
      ["mode", `[{"type":"reject","mode":"warn"}]`, `default[0].mode: Unknown key "mode"`],
      [
        "a scope with a mode",
        `{"mode":"warn"}`,
        "default: json: cannot unmarshal object into Go value of type []json.RawMessage",
      ],
    ];
    for (const [what, requirements, fault] of rows) {
      it(what, () => assert.deepEqual(faultsOf(`{"default":${requirements}}`), [fault]));
    }
    it("nothing that is called otherwise", () =>
      assert.deepEqual(faultsOf(`{"Countersign":1,${reject}}`), [`Countersign: Unknown key "Countersign"`]));
  });
});

describe("a policy's languages are bounded:", () => {
  const identity = (subjectRegExp: string) => ({ issuer: "i", subjectRegExp });
  const withPatterns = (...patterns: readonly string[]) =>
    read(
      patterns.map((one) => ({
        type: "sigstore",
        authorities: [{ keyless: { ...keyless, identities: [identity(one)] } }],
      })),
    ).faults;
  const withExpressions = (...expressions: readonly string[]) =>
    read(
      expressions.map((expression) => ({
        type: "sigstore",
        authorities: [
          {
            key: { path: "/k" },
            attestations: [{ predicateType: "vuln", policy: { type: "cel", expression } }],
          },
        ],
      })),
    ).faults;
  const large = (at: number) => `${at}${"(a{90}){10}".repeat(8)}`;
  const long = (at: number) => `${at} == 1 || predicate == "${"x".repeat(8000)}"`;

  it("patterns by what they come to together", () => {
    const faults = withPatterns(...Array.from({ length: 30 }, (_, at) => large(at)));
    assert.ok(faults.length > 0 && faults.length < 15);
    for (const fault of faults) assert.match(fault, /the policy's patterns together are too large$/);
  });
  it("patterns that come again do not count again", () =>
    assert.deepEqual(withPatterns(...Array.from({ length: 30 }, () => large(0))), []));
  it("expressions by their length", () =>
    assert.match(withExpressions(`1 == 1 // ${"x".repeat(8192)}`)[0] ?? "", /at most 8192 characters$/));
  it("expressions by their length together", () => {
    const faults = withExpressions(...Array.from({ length: 34 }, (_, at) => long(at)));
    assert.ok(faults.length === 1 || faults.length === 2);
    for (const fault of faults) assert.match(fault, /the policy's expressions together are too long$/);
  });
  it("expressions that come again do not count again", () =>
    assert.deepEqual(withExpressions(...Array.from({ length: 34 }, () => long(0))), []));
});

describe("readPolicy without languages", () => {
  it("refuses what it cannot compile", () => {
    const identity = { issuer: "i", subjectRegExp: "a" };
    const authorities = [{ keyless: { ...keyless, identities: [identity] } }];
    const text = JSON.stringify({ countersign: 1, default: [{ type: "sigstore", authorities }] });
    assert.deepEqual(
      readPolicy(Buffer.from(text)).faults.map(({ message }) => message),
      ["regular expressions are not read here"],
    );
  });
});
