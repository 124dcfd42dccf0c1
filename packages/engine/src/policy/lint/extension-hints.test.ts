import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { readJsonDocument } from "../../values/json-document.ts";
import { parsePolicy } from "../parse-policy.ts";
import { policyHints } from "./policy-hints.ts";

const languages = { pattern: re2Pattern, cel: celExpression };
const root = { path: "/root.json" };
const key = { key: { path: "/k.pub" } };
const ci = (identity: object, more: object = {}) => ({
  keyless: { trustedRoot: root, identities: [{ issuer: "https://i.example", ...identity }] },
  ...more,
});
const sigstore = (authorities: readonly object[], more: object = {}) => ({
  type: "sigstore",
  authorities,
  ...more,
});
const accept = { type: "insecureAcceptAnything" };
const reject = { type: "reject" };

function hintsOf(scope: unknown, transport = "docker") {
  const transports = { [transport]: { "r.example": scope } };
  const bytes = Buffer.from(JSON.stringify({ countersign: 1, default: [reject], transports }));
  return policyHints(parsePolicy(bytes, "p", languages), readJsonDocument(bytes)).map(
    ({ code, path, message, remedy }) => ({
      code,
      path: path.replace(`transports.${transport}["r.example"]`, ""),
      text: `${message}\n${remedy}`,
    }),
  );
}

type Row = readonly [
  what: string,
  scope: unknown,
  ...hints: readonly (readonly [code: string, path: string, text: RegExp])[],
];

describe("of the extension, lint hints at", () => {
  const identity = "[0].authorities[0].keyless.identities[0]";
  const signer = (match: object) => [sigstore([ci(match)])];
  const rows: readonly Row[] = [
    ["nothing that is well written", [sigstore([key, ci({ subject: "a@b.example" })])]],
    [
      "nothing in a pattern of a whole name",
      signer({
        subjectRegExp: "https://github\\.com/acme/[^/]+/\\.github/workflows/release\\.yaml@refs/tags/v.+",
      }),
    ],
    [
      "nothing in a pattern that has its own anchors",
      signer({ subjectRegExpUnanchored: "^https://ci/[a-z]+$" }),
    ],
    [
      "a marker that nothing needs",
      [reject],
      ["MARKER_UNUSED", "countersign", /CRI-O, podman and skopeo refuse the file\nremove it/],
    ],
    ["a warning", [{ ...sigstore([key]), mode: "warn" }], ["ONLY_WARNS", "[0]", /keeps nothing out/]],
    [
      "every warning of a scope, where it stands",
      { mode: "warn", requirements: [sigstore([key]), sigstore([ci({ subject: "a@b" })])] },
      ["ONLY_WARNS", ".requirements[0]", /keeps nothing out/],
      ["ONLY_WARNS", ".requirements[1]", /keeps nothing out/],
    ],
    [
      "the same warning twice",
      [
        { ...sigstore([key]), mode: "warn" },
        { ...sigstore([key]), mode: "warn" },
      ],
      ["REQUIREMENT_REDUNDANT", "[1]", /twice/],
      ["ONLY_WARNS", "[0]", /./],
      ["ONLY_WARNS", "[1]", /./],
    ],
    [
      "an alternative that lets in everything",
      [{ type: "anyOf", alternatives: [[sigstore([key])], [accept]] }],
      ["ALTERNATIVE_ACCEPTS_EVERYTHING", "[0].alternatives[1]", /the others do not matter/],
    ],
    [
      "what stands together in an alternative",
      [{ type: "anyOf", alternatives: [[sigstore([key]), reject], [sigstore([key])]] }],
      ["REJECT_BESIDE_OTHERS", "[0].alternatives[0][1]", /nothing here ever runs/],
    ],
    [
      "what is in an alternative",
      [{ type: "anyOf", alternatives: [[sigstore([ci({ subjectRegExp: ".*" })])], [sigstore([key])]] }],
      [
        "PATTERN_MATCHES_ANYTHING",
        "[0].alternatives[0][0].authorities[0].keyless.identities[0].subjectRegExp",
        /this is everybody/,
      ],
    ],
    [
      "authorities beside one that lets in everything",
      [sigstore([key, { static: { action: "pass" } }])],
      ["AUTHORITY_SHADOWED", "[0].authorities[0]", /does not matter/],
    ],
    [
      "authorities that let in nothing",
      [sigstore([{ static: { action: "fail" } }])],
      ["REQUIREMENT_UNSATISFIABLE", "[0].authorities", /write \{"type": "reject"\}/],
    ],
    [
      "certificates that nobody says the time of",
      [sigstore([ci({ subject: "a@b" }, { transparency: { threshold: 0 } })])],
      ["CERTIFICATE_TIME_UNKNOWN", "[0].authorities[0]", /ten minutes/],
    ],
    [
      "a name that bundles do not have",
      [sigstore([key], { signedIdentity: { type: "matchRepository" } })],
      ["BUNDLE_IDENTITY_REFUSED", "[0].signedIdentity", /digestOnly.*countersign sign/],
    ],
    [
      "a pattern without anchors",
      signer({ subjectRegExpUnanchored: "^https://ci/" }),
      ["PATTERN_NOT_ANCHORED", `${identity}.subjectRegExpUnanchored`, /write it as "subjectRegExp"/],
    ],
    [
      "anchors that hold for one alternative only",
      signer({ subjectRegExpUnanchored: "^https://a|b$" }),
      ["PATTERN_NOT_ANCHORED", `${identity}.subjectRegExpUnanchored`, /anywhere/],
    ],
    [
      "an issuer that is anybody",
      [
        sigstore([
          {
            keyless: { trustedRoot: root, identities: [{ issuerRegExp: "https?://.*|.*", subject: "a@b" }] },
          },
        ]),
      ],
      ["PATTERN_MATCHES_ANYTHING", `${identity}.issuerRegExp`, /anybody may run one/],
    ],
    [
      "an organisation whose name goes on",
      signer({ subjectRegExp: "https://github\\.com/acme.*" }),
      ["PATTERN_MATCHES_OTHER_NAMES", `${identity}.subjectRegExp`, /write .*"acme\/\.\*"/],
    ],
    [
      "a repository whose name goes on",
      signer({ subjectRegExp: "https://github\\.com/acme/app.+" }),
      ["PATTERN_MATCHES_OTHER_NAMES", `${identity}.subjectRegExp`, /write .*"app\/\.\*"/],
    ],
    [
      "a mail host that goes on",
      signer({ subjectRegExp: ".*@acme.*" }),
      ["PATTERN_MATCHES_OTHER_NAMES", `${identity}.subjectRegExp`, /after acme anything/],
    ],
    ["nothing in a mail host", signer({ subjectRegExp: "[a-z]+@acme\\.example" })],
    [
      "a dot that is not escaped",
      signer({ subjectRegExp: "https://github.com/acme/.*" }),
      ["PATTERN_MATCHES_OTHER_NAMES", `${identity}.subjectRegExp`, /write "github\\\\.com"/],
    ],
    [
      "a pattern where none is read",
      signer({ subject: "https://github.com/acme/.*" }),
      ["SUBJECT_NEVER_MATCHES", `${identity}.subject`, /write "subjectRegExp"/],
    ],
    [
      "an issuer that is no URL",
      [
        sigstore([
          { keyless: { trustedRoot: root, identities: [{ issuer: "accounts.google.com", subject: "a@b" }] } },
        ]),
      ],
      ["ISSUER_NEVER_MATCHES", `${identity}.issuer`, /https:\/\/accounts\.google\.com/],
    ],
    [
      "an expression that can never be true",
      [
        sigstore([
          {
            ...key,
            attestations: [
              { predicateType: "vuln", policy: { type: "cel", expression: "predicate.ok" } },
              { predicateType: "link", policy: { type: "cel", expression: "predicate.ok && 1" } },
            ].map((one, at) => ({ ...one, name: `a${at}` })),
          },
        ]),
      ],
      [
        "ATTESTATION_POLICY_NEVER_TRUE",
        "[0].authorities[0].attestations[1].policy.expression",
        /true of no attestation: a side of && comes to int/,
      ],
    ],
    [
      "an expression that looks at nothing",
      [
        sigstore([
          {
            ...key,
            attestations: [{ predicateType: "vuln", policy: { type: "cel", expression: "1 == 1" } }],
          },
        ]),
      ],
      [
        "ATTESTATION_POLICY_CONSTANT",
        "[0].authorities[0].attestations[0].policy.expression",
        /looks at nothing/,
      ],
    ],
    [
      "every path that is no whole one",
      [
        sigstore([
          {
            key: { paths: ["/a", "b"] },
            transparency: { trustedRoot: { path: "~/c" } },
            timestamp: { trustedRoot: { path: "d" } },
          },
          {
            keyless: {
              fulcio: { caPath: "e" },
              rekorPublicKeyPath: "f",
              identities: [{ issuer: "https://i", subject: "a" }],
            },
          },
          {
            keyless: {
              trustedRoot: { tuf: { mirror: "https://m.example", root: { path: "g" } } },
              identities: [{ issuer: "https://i", subject: "a" }],
            },
          },
        ]),
      ],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].authorities[0].key.paths[1]", /./],
      ["TRUST_PATH_NOT_EXPANDED", "[0].authorities[0].transparency.trustedRoot.path", /./],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].authorities[0].timestamp.trustedRoot.path", /./],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].authorities[1].keyless.fulcio.caPath", /./],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].authorities[1].keyless.rekorPublicKeyPath", /./],
      ["TRUST_PATH_NOT_ABSOLUTE", "[0].authorities[2].keyless.trustedRoot.tuf.root.path", /./],
    ],
  ];
  for (const [what, scope, ...expected] of rows) {
    it(what, () => {
      const hints = hintsOf(scope);
      assert.deepEqual(
        hints.map(({ code, path }) => [code, path]),
        expected.map(([code, path]) => [code, path]),
      );
      for (const [at, [, , text]] of expected.entries()) assert.match(hints[at]?.text ?? "", text);
    });
  }

  it("signatures where there never are any", () => {
    const codes = hintsOf([sigstore([key])], "docker-daemon").map(({ code }) => code);
    assert.deepEqual(codes, ["TRANSPORT_WITHOUT_SIGNATURES"]);
  });
});
