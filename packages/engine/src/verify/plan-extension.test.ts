import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { EnforcedRequirement, Requirement, TrustSource } from "../policy/policy.ts";
import type { Authority, KeyAuthority, SigstoreRequirement } from "../policy/sigstore-requirement.ts";
import { digestOf } from "../values/digest.ts";
import { parseNamedReference } from "../values/image-reference.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { decideWithoutEvidence, planEvidence, trustFilesOf } from "./plan.ts";
import { warningsOf } from "./warnings.ts";

const file = (path: string): TrustSource => ({ type: "files", paths: [path] });
const accept: EnforcedRequirement = { type: "insecureAcceptAnything" };
const reject: EnforcedRequirement = { type: "reject" };
const signed: EnforcedRequirement = {
  type: "sigstoreSigned",
  trust: { type: "keys", keys: file("/signed"), rekor: undefined },
  identity: { type: "matchRepository" },
};
const keyed = (path: string, changes: Partial<KeyAuthority> = {}): KeyAuthority & { name: string } => ({
  type: "key",
  name: path,
  keys: file(path),
  hashAlgorithm: undefined,
  transparency: { type: "none" },
  timestamp: { type: "none" },
  attestations: [],
  sources: [],
  ...changes,
});
const fixed = (action: "pass" | "fail"): Authority => ({ type: "static", name: action, action, message: "" });
const sigstore = (
  authorities: SigstoreRequirement["authorities"],
  changes: Partial<SigstoreRequirement> = {},
): SigstoreRequirement => ({
  type: "sigstore",
  authorities,
  identity: { type: "digestOnly" },
  acceptsIndexSignatures: false,
  ...changes,
});
const anyOf = (...alternatives: (readonly [EnforcedRequirement, ...EnforcedRequirement[]])[]) => {
  const [first, ...others] = alternatives;
  assert.ok(first);
  return { type: "anyOf", alternatives: [first, ...others] } as const;
};
const warn = (requirement: EnforcedRequirement): Requirement => ({ type: "warn", requirement });

const attestation = { name: "sbom", predicateType: "https://spdx.dev/Document", policy: undefined };
const elsewhere = { repository: parseNamedReference("registry.example/signatures"), tagPrefix: "a-" };
const tuf = (mirror: string, root: TrustSource) =>
  ({ type: "tuf", mirror, root, target: "trusted_root.json" }) as const;

/** What is asked for, in words. */
function planned(...requirements: readonly Requirement[]) {
  const plan = planEvidence(requirements);
  const { signatures, attachments, trustRepositories } = plan.decisive;
  const places = [...attachments.values()].map(({ of, kind, place }) =>
    [kind, "of the", of, place.repository && `in ${place.repository.path}`, place.tagPrefix]
      .filter(Boolean)
      .join(" "),
  );
  return [
    ...(signatures ? ["signatures"] : []),
    ...places,
    ...trustFilesOf(plan),
    ...[...trustRepositories.values()].map(({ mirror }) => mirror),
  ];
}

describe("planEvidence of the extension needs", () => {
  const plans: ReadonlyArray<
    readonly [what: string, requirements: readonly Requirement[], needs: readonly string[]]
  > = [
    ["nothing for an authority that always vouches", [sigstore([fixed("pass")])], []],
    ["nothing for an authority that never does", [sigstore([fixed("fail")])], []],
    ["signatures and a key", [sigstore([keyed("/a")])], ["signatures of the manifest", "/a"]],
    [
      "the index's too where they count",
      [sigstore([keyed("/a")], { acceptsIndexSignatures: true })],
      ["signatures of the manifest", "signatures of the index", "/a"],
    ],
    [
      "attestations instead of signatures where they are demanded",
      [sigstore([keyed("/a", { attestations: [attestation] })])],
      ["attestations of the manifest", "/a"],
    ],
    [
      "each place once",
      [sigstore([keyed("/a", { sources: [elsewhere] }), keyed("/b", { sources: [elsewhere] }), keyed("/c")])],
      ["signatures of the manifest in signatures a-", "signatures of the manifest", "/a", "/b", "/c"],
    ],
    [
      "nothing of an authority after one that always vouches",
      [sigstore([keyed("/a"), fixed("pass"), keyed("/b")])],
      ["signatures of the manifest", "/a"],
    ],
    [
      "what comes after an authority that never vouches",
      [sigstore([fixed("fail"), keyed("/b")])],
      ["signatures of the manifest", "/b"],
    ],
    [
      "logs and timestamp authorities",
      [
        sigstore([
          keyed("/a", {
            transparency: { type: "logged", threshold: 1, logs: { type: "rekor", keys: file("/log") } },
            timestamp: { type: "stamped", threshold: 1, root: file("/root") },
          }),
        ]),
      ],
      ["signatures of the manifest", "/a", "/log", "/root"],
    ],
    [
      "a TUF repository and the root it begins with",
      [
        sigstore([
          {
            ...keyed("/a"),
            type: "keyless",
            trust: { type: "trustedRoot", root: tuf("https://tuf.example", file("/root.json")) },
            identities: [{ issuer: { type: "exact", text: "i" }, subject: { type: "exact", text: "s" } }],
            ignoresSct: false,
          },
        ]),
      ],
      ["signatures of the manifest", "/root.json", "https://tuf.example"],
    ],
    ["nothing that comes after authorities that never vouch", [sigstore([fixed("fail")]), signed], []],
    [
      "what each alternative needs",
      [anyOf([signed], [sigstore([keyed("/a")])])],
      ["signatures", "signatures of the manifest", "/signed", "/a"],
    ],
    ["nothing of an alternative after one that always holds", [anyOf([accept], [signed])], []],
    [
      "what comes before an alternative that always holds",
      [anyOf([signed], [accept])],
      ["signatures", "/signed"],
    ],
    [
      "what comes after an alternative that never holds",
      [anyOf([accept, reject], [signed])],
      ["signatures", "/signed"],
    ],
    [
      "nothing that comes after alternatives that never hold",
      [anyOf([reject], [accept, reject]), signed],
      [],
    ],
    ["what comes after a warning that always warns", [warn(reject), signed], ["signatures", "/signed"]],
    ["nothing decisive for a warning", [warn(signed)], ["/signed"]],
  ];
  for (const [what, requirements, needs] of plans)
    it(what, () => assert.deepEqual(planned(...requirements), needs));
});

describe("planEvidence needs for warnings", () => {
  it("what only they look at", () => {
    const { decisive, warning } = planEvidence([
      warn(signed),
      sigstore([keyed("/a")]),
      warn(sigstore([keyed("/b")])),
    ]);
    assert.deepEqual([decisive.signatures, decisive.attachments.size], [false, 1]);
    assert.deepEqual([warning.signatures, warning.attachments.size], [true, 0]);
  });
  it("nothing where none is reached", () => {
    const { warning } = planEvidence([reject, warn(signed)]);
    assert.deepEqual([warning.signatures, warning.trustFiles.size], [false, 0]);
  });
});

describe("decideWithoutEvidence of the extension", () => {
  const decide = (first: Requirement, ...others: readonly Requirement[]) =>
    decideWithoutEvidence(
      {
        default: [first, ...others],
        transports: new Map(),
        images: [],
        digest: digestOf(Buffer.from("policy")),
      },
      parseDockerImage("busybox"),
    )?.verdict;
  const rows: ReadonlyArray<readonly [why: string, requirement: Requirement, allowed: boolean | undefined]> =
    [
      ["allows what an authority always vouches for", sigstore([fixed("fail"), fixed("pass")]), true],
      ["denies what an authority never vouches for", sigstore([fixed("fail")]), false],
      ["allows what one alternative always accepts", anyOf([reject], [accept]), true],
      ["denies what no alternative ever accepts", anyOf([reject], [sigstore([fixed("fail")])]), false],
      ["allows what is only warned of", warn(reject), true],
      ["leaves open what a key may vouch for", sigstore([keyed("/a"), fixed("pass")]), undefined],
      ["leaves open an alternative with a signature", anyOf([signed], [accept]), undefined],
      ["leaves open what may have to be warned of", warn(signed), undefined],
    ];
  for (const [why, requirement, allowed] of rows)
    it(why, () => assert.equal(decide(requirement)?.allowed, allowed));

  it("warns all the same", () => {
    assert.deepEqual(warningsOf(decide(warn(reject), accept)?.requirements ?? []), [
      { code: "POLICY_REJECTS", reason: "Running image docker://busybox:latest is rejected by policy." },
    ]);
  });
});
