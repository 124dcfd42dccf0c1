import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { attachment, cosignPayload } from "@countersign/testkit/signing-kit/cosign-signature";
import { createGpgSigner } from "@countersign/testkit/signing-kit/gpg/gpg-signer";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { bundleBytes } from "@countersign/testkit/signing-kit/sigstore/bundle-json";
import {
  type BundleSigner,
  keySigner,
  signingKeyOf,
} from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  cosignAttestationLayer,
  cosignSignatureLayer,
} from "@countersign/testkit/signing-kit/sigstore/cosign-attachment";
import { dsse, hashedrekord } from "@countersign/testkit/signing-kit/sigstore/entry-body";
import {
  predicateTypes,
  type StatementProfile,
  statement,
  subjectOf,
} from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import { signEnvelope, signMessage } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import {
  type Ceremony,
  createPocketSigstore,
} from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import type { TrustSource } from "../policy/policy.ts";
import { policySubject } from "../policy/policy-subject.ts";
import type {
  AttestationDemand,
  Authority,
  CelExpression,
  KeyAuthority,
  KeylessAuthority,
  SignatureRepository,
  SignerIdentity,
  SigstoreRequirement,
} from "../policy/sigstore-requirement.ts";
import { type Digest, digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { parseNamedReference } from "../values/image-reference.ts";
import { parseDockerImage } from "../values/located-image.ts";
import { denialCode } from "./denial-code.ts";
import { type Evidence, type Found, noEvidence } from "./evidence.ts";
import { judge } from "./judge.ts";
import { type AttachmentNeed, attachmentNeedKey } from "./needs.ts";
import type { StoredBundle, UnverifiedSignature } from "./ports.ts";

const pocket = createPocketSigstore();
const manifest = digestOf(Buffer.from("manifest"));
const index = digestOf(Buffer.from("index"));
const another = digestOf(Buffer.from("another manifest"));
const repository = "registry.example/shop/app";

const inline = (...data: readonly (string | Uint8Array)[]): TrustSource => ({
  type: "inline",
  data: data.map((text) => Buffer.from(text)),
});
const release = keySigner(createSigningKey("release"));
const eve = keySigner(createSigningKey("eve"));
const workflow = "https://ci.example/shop/app/.github/workflows/release.yaml@refs/heads/main";
const oidcIssuer = "https://token.ci.example";
const ci = pocket.certify({ names: [["uri", workflow]], oidcIssuer });
const mallory = pocket.certify({ names: [["uri", "https://ci.example/mallory"]], oidcIssuer });

const bundle = (bytes: Uint8Array, location = "a bundle"): StoredBundle => ({
  type: "bundle",
  bytes,
  location,
});
const unlogged: Ceremony = { entry: "none" };
const signed = (signer: BundleSigner, digest = manifest, ceremony: Ceremony = unlogged) =>
  bundle(pocket.signImage(digest, signer, ceremony));
const stated = (
  signer: BundleSigner,
  profile: Partial<StatementProfile> = {},
  ceremony: Ceremony = unlogged,
) => {
  const whole = { subjects: [subjectOf(manifest)], predicateType: predicateTypes.signature, ...profile };
  return bundle(pocket.attest(whole, signer, ceremony));
};
const message = (signer: BundleSigner, artifact = "manifest") =>
  bundle(
    bundleBytes(pocket.bundle(signMessage(signingKeyOf(signer), Buffer.from(artifact)), signer, unlogged)),
  );
const legacy = (signer: BundleSigner, digest: Digest = manifest, reference = repository) =>
  cosignSignatureLayer(
    signMessage(signingKeyOf(signer), cosignPayload({ digest, reference }), { hash: "sha256" }) as never,
    signer,
  );
const legacyAttestation = (signer: BundleSigner, predicateType: string, digest = manifest) =>
  cosignAttestationLayer(
    signEnvelope(signingKeyOf(signer), statement({ subjects: [subjectOf(digest)], predicateType })),
    predicateType,
    signer,
  );

const asking = {
  transparency: { type: "none" },
  timestamp: { type: "none" },
  attestations: [],
  sources: [],
} as const;
const keyed = (
  signer = release,
  changes: Partial<KeyAuthority> & { readonly name?: string } = {},
): Authority & KeyAuthority => ({
  ...asking,
  type: "key",
  name: "release",
  keys: inline(signer.key.publicKeyPem),
  hashAlgorithm: undefined,
  ...changes,
});
const exactly = (issuer: string, subject: string): SignerIdentity => ({
  issuer: { type: "exact", text: issuer },
  subject: { type: "exact", text: subject },
});
const matching = (issuer: RegExp, subject: RegExp): SignerIdentity => {
  const textMatch = (regexp: RegExp) =>
    ({
      type: "pattern",
      pattern: { source: regexp.source, anchored: false, matches: (text: string) => regexp.test(text) },
    }) as const;
  return { issuer: textMatch(issuer), subject: textMatch(subject) };
};
const keyless = (
  identity = exactly(oidcIssuer, workflow),
  changes: Partial<KeylessAuthority> & { readonly name?: string } = {},
): Authority & KeylessAuthority => ({
  ...asking,
  type: "keyless",
  name: "ci",
  trust: { type: "trustedRoot", root: inline(pocket.trustedRoot) },
  identities: [identity],
  ignoresSct: false,
  transparency: { type: "logged", threshold: 1, logs: undefined },
  ...changes,
});

const own: SignatureRepository = { repository: undefined, tagPrefix: "" };
const elsewhere: SignatureRepository = {
  repository: parseNamedReference("registry.example/signatures"),
  tagPrefix: "",
};

/** What is stored, in the image's own repository unless it is a map. */
type Stores = readonly UnverifiedSignature[] | ReadonlyMap<AttachmentNeed, Found>;

const need = (
  of: AttachmentNeed["of"],
  kind: AttachmentNeed["kind"] = "signatures",
  place = own,
): AttachmentNeed => ({ of, kind, place });

function ask(
  authorities: SigstoreRequirement["authorities"],
  stores: Stores,
  { asked = `${repository}:v1`, ...changes }: Partial<SigstoreRequirement> & { readonly asked?: string } = {},
) {
  const requirement: SigstoreRequirement = {
    type: "sigstore",
    authorities,
    identity: { type: "digestOnly" },
    acceptsIndexSignatures: false,
    ...changes,
  };
  const given: readonly (readonly [AttachmentNeed, Found])[] = isMap(stores)
    ? [...stores]
    : (["signatures", "attestations"] as const).map((kind) => [need("manifest", kind), [...stores]] as const);
  const nothing = (["manifest", "index"] as const).flatMap((of) =>
    (["signatures", "attestations"] as const).flatMap((kind) =>
      [own, elsewhere].map((place) => [need(of, kind, place), []] as const),
    ),
  );
  const evidence: Evidence = {
    ...noEvidence,
    manifestDigest: manifest,
    indexDigest: index,
    attachments: new Map([...nothing, ...given].map(([key, found]) => [attachmentNeedKey(key), found])),
    now: pocket.now,
  };
  return judge([requirement], policySubject(parseDockerImage(asked)), evidence);
}

function isMap(stores: Stores): stores is ReadonlyMap<AttachmentNeed, Found> {
  return stores instanceof Map;
}

function reasonFor(...question: Parameters<typeof ask>): readonly [reason: string, code: string] {
  const verdict = ask(...question);
  assert.ok(!verdict.allowed);
  return [verdict.reason, denialCode(verdict)];
}

describe("a key vouches for an image", () => {
  const rows: ReadonlyArray<
    readonly [by: string, stored: readonly UnverifiedSignature[], authority?: Authority]
  > = [
    ["by a bundle", [signed(release)]],
    ["by a bundle whose message is the manifest", [message(release)]],
    ["by cosign's old format", [legacy(release)]],
    [
      "by one of several keys",
      [signed(release)],
      keyed(eve, { keys: inline(eve.key.publicKeyPem, release.key.publicKeyPem) }),
    ],
    [
      "by a statement about other images too",
      [stated(release, { subjects: [subjectOf(another), subjectOf(manifest)] })],
    ],
    ["by a logged bundle, where nobody asks for the log", [signed(release, manifest, {})]],
  ];
  for (const [by, stored, authority = keyed()] of rows)
    it(by, () => assert.equal(ask([authority], stored).allowed, true));

  const beside: ReadonlyArray<readonly [what: string, other: UnverifiedSignature]> = [
    ["a bundle of somebody else", signed(eve)],
    ["a bundle for another image", signed(release, another)],
    ["a broken bundle", bundle(Buffer.from("{"))],
    ["a bundle as large as may be", bundle(Buffer.alloc(33 * 1024 * 1024, "["))],
    ["an attestation", stated(release, { predicateType: predicateTypes.spdx })],
    [
      "something unreadable",
      { type: "unreadable", location: "there", reason: "it is listed, and not there" },
    ],
    ["a broken layer", attachment(Buffer.from("{}"), {})],
    ["a layer of another type", attachment(Buffer.from("{}"), {}, "text/plain")],
    ["an OpenPGP signature", createGpgSigner("a").sign({ digest: manifest, reference: repository })],
  ];
  for (const [what, other] of beside)
    for (const good of [signed(release), legacy(release)])
      it(`although there is ${what} before its ${good.type}`, () =>
        assert.equal(ask([keyed()], [other, good]).allowed, true));
});

describe("a key does not vouch for an image", () => {
  const notKey = "the signature is not of the expected key";
  const none = "A signature was required, but no signature exists";
  const rows: ReadonlyArray<
    readonly [why: string, stored: readonly UnverifiedSignature[], reason: string, code?: string]
  > = [
    ["without any signature", [], none, "SIGNATURE_MISSING"],
    ["by a bundle of another key", [signed(eve)], notKey],
    ["by a layer of another key", [legacy(eve)], notKey],
    [
      "by a bundle for another image",
      [signed(release, another)],
      `Signature for digest ${another} does not match`,
    ],
    [
      "by a layer for another image",
      [legacy(release, another)],
      `Signature for digest ${another} does not match`,
    ],
    [
      "by a message that is another manifest",
      [message(release, "another manifest")],
      `Signature for digest ${another} does not match`,
    ],
    [
      "by a statement about several other images",
      [stated(release, { subjects: [subjectOf(another), subjectOf(index)] })],
      "Signature for 2 digests does not match any of the image",
    ],
    [
      "by an attestation of any type",
      [stated(release, { predicateType: predicateTypes.provenance })],
      `${none} (1 other attachment)`,
      "SIGNATURE_MISSING",
    ],
    [
      "by an attestation that mentions signatures",
      [
        stated(release, {
          predicateType: predicateTypes.spdx,
          predicate: { about: predicateTypes.signature },
        }),
      ],
      `its statement is of type "${predicateTypes.spdx}", not "${predicateTypes.signature}"`,
    ],
    [
      "by a layer that is an attestation",
      [legacyAttestation(release, predicateTypes.signature)],
      `${none} (1 other attachment)`,
      "SIGNATURE_MISSING",
    ],
    [
      "by a certificate's bundle",
      [signed(ci, manifest, {})],
      "signed with a certificate, where a key is expected",
    ],
    [
      "by what cannot be read",
      [{ type: "unreadable", location: "there", reason: "it is listed, and not there" }],
      "it is listed, and not there",
    ],
    ["by a broken bundle", [bundle(Buffer.from("{"))], "bundle: unexpected end of JSON input"],
    [
      "by several that do not count",
      [signed(eve), signed(release, another)],
      `None of the signatures were accepted, reasons: ${notKey}; Signature for digest ${another} does not match`,
    ],
    ["by two for one reason, which is told once", [signed(eve), signed(eve)], `${notKey} (2 signatures)`],
    [
      "by an OpenPGP signature",
      [createGpgSigner("a").sign({ digest: manifest, reference: repository })],
      `${none} (1 other attachment)`,
      "SIGNATURE_MISSING",
    ],
  ];
  for (const [why, stored, reason, code = "SIGNATURE_NOT_ACCEPTED"] of rows)
    it(why, () => assert.deepEqual(reasonFor([keyed()], stored), [reason, code]));

  it("where the payload is not in-toto's", () => {
    const made = signEnvelope(
      release.key,
      statement({ subjects: [subjectOf(manifest)], predicateType: predicateTypes.signature }),
      {
        payloadType: "text/plain",
      },
    );
    const stored = [bundle(bundleBytes(pocket.bundle(made, release, unlogged)))];
    assert.match(
      reasonFor([keyed()], stored)[0],
      /its payload is "text\/plain", not "application\/vnd.in-toto\+json"/,
    );
  });
});

describe("a certificate's names", () => {
  const logged: Ceremony = {};
  const several = pocket.certify({
    names: [
      ["email", "dev@example.com"],
      ["uri", workflow],
      ["dns", "build.example.com"],
    ],
    oidcIssuer,
  });
  const accepted: ReadonlyArray<readonly [why: string, identity: SignerIdentity, signer?: BundleSigner]> = [
    ["are accepted as they are written", exactly(oidcIssuer, workflow)],
    ["are accepted by patterns", matching(/^https:\/\/token\./, /\/shop\/app\//)],
    ["are accepted whichever of them it is: an address", exactly(oidcIssuer, "dev@example.com"), several],
    ["are accepted whichever of them it is: a URI", exactly(oidcIssuer, workflow), several],
    ["are accepted whichever of them it is: a host", exactly(oidcIssuer, "build.example.com"), several],
  ];
  for (const [why, identity, signer = ci] of accepted)
    it(why, () => assert.equal(ask([keyless(identity)], [signed(signer, manifest, logged)]).allowed, true));

  const refused = `Signature by "${workflow}" of "${oidcIssuer}" is not accepted`;
  const rejected: ReadonlyArray<
    readonly [why: string, identity: SignerIdentity, reason: string, signer?: BundleSigner]
  > = [
    ["are refused when no identity has them", exactly(oidcIssuer, "https://ci.example/other"), refused],
    ["are refused when they only begin like it", exactly(oidcIssuer, workflow.slice(0, -1)), refused],
    ["are refused of another issuer", exactly("https://other.example", workflow), refused],
    ["are refused when a pattern does not match", matching(/./, /\/other\//), refused],
    [
      "are refused all together",
      exactly(oidcIssuer, "eve"),
      `Signature by "dev@example.com", "${workflow}", "build.example.com" of "${oidcIssuer}" is not accepted`,
      several,
    ],
    [
      "are refused without an issuer",
      matching(/.?/, /./),
      `Signature by "${workflow}" of an issuer that is not named is not accepted`,
      pocket.certify({ names: [["uri", workflow]], issuerExtensions: [] }),
    ],
  ];
  for (const [why, identity, reason, signer = ci] of rejected)
    it(why, () =>
      assert.deepEqual(reasonFor([keyless(identity)], [signed(signer, manifest, logged)]), [
        reason,
        "SIGNATURE_NOT_ACCEPTED",
      ]),
    );

  it("are told, accepted or not", () => {
    const { requirements } = ask(
      [keyless()],
      [signed(mallory, manifest, logged), signed(ci, manifest, logged)],
    );
    const [authority] = requirements[0]?.authorities ?? [];
    assert.deepEqual(
      authority?.signatures.map(({ outcome, certificate }) => [
        outcome,
        certificate?.issuer,
        certificate?.names,
      ]),
      [
        ["rejected", oidcIssuer, [{ type: "uri", value: "https://ci.example/mallory" }]],
        ["accepted", oidcIssuer, [{ type: "uri", value: workflow }]],
      ],
    );
  });

  it("count in cosign's old format too", () => {
    const made = signMessage(ci.leaf.key, cosignPayload({ digest: manifest, reference: repository }));
    const logEntry = pocket.rekor.add(hashedrekord(made, ci));
    const stored = cosignSignatureLayer(made as never, ci, { logEntry });
    assert.equal(ask([keyless()], [stored]).allowed, true);
    assert.deepEqual(reasonFor([keyless(exactly(oidcIssuer, "eve"))], [stored]), [
      refused,
      "SIGNATURE_NOT_ACCEPTED",
    ]);
  });
});

describe("demands of logs and timestamps", () => {
  const ours = { type: "rekor", keys: inline(pocket.rekor.key.publicKeyPem) } as const;
  const others = { type: "rekor", keys: inline(createSigningKey("another log").publicKeyPem) } as const;
  const root = inline(pocket.trustedRoot);
  const logged = (logs: typeof ours, threshold = 1) =>
    keyed(release, { transparency: { type: "logged", threshold, logs } });
  const stamped = keyed(release, { timestamp: { type: "stamped", threshold: 1, root } });
  const bare = keyless(undefined, {
    trust: {
      type: "fulcio",
      ca: inline(pocket.fulcio.authority.intermediate.pem),
      rekor: inline(pocket.rekor.key.publicKeyPem),
    },
  });
  const rows: ReadonlyArray<
    readonly [why: string, authority: Authority, stored: UnverifiedSignature, allowed: boolean]
  > = [
    ["hold for a logged key", logged(ours), signed(release, manifest, {}), true],
    ["fail for a key that is not logged", logged(ours), signed(release), false],
    ["fail for another log", logged(others), signed(release, manifest, {}), false],
    ["fail for too few logs", logged(ours, 2), signed(release, manifest, {}), false],
    [
      "hold for a stamped key",
      stamped,
      signed(release, manifest, { entry: "none", timestamped: true }),
      true,
    ],
    ["fail for a key without a stamp", stamped, signed(release, manifest, {}), false],
    ["hold for a certificate that was logged", keyless(), signed(ci, manifest, {}), true],
    [
      "hold for a certificate in Rekor 2, by the root's timestamp authority",
      keyless(),
      signed(ci, manifest, { entry: "rekor v2" }),
      true,
    ],
    ["fail for a certificate that was not logged", keyless(), signed(ci, manifest, { entry: "none" }), false],
    ["hold for bare CA and log keys", bare, signed(ci, manifest, {}), true],
    [
      "fail for a certificate that no certificate log shows",
      keyless(),
      signed(pocket.certify({ names: [["uri", workflow]], oidcIssuer, logs: [] }), manifest, {}),
      false,
    ],
    [
      "hold for a certificate that no certificate log shows, where nobody asks",
      keyless(undefined, { ignoresSct: true }),
      signed(pocket.certify({ names: [["uri", workflow]], oidcIssuer, logs: [] }), manifest, {}),
      true,
    ],
    [
      "hold for a certificate without log or stamp while it is valid, where nobody asks",
      keyless(undefined, { transparency: { type: "none" } }),
      signed(ci, manifest, { entry: "none", timestamped: false }),
      true,
    ],
  ];
  for (const [why, authority, stored, allowed] of rows)
    it(why, () => assert.equal(ask([authority], [stored]).allowed, allowed));
});

describe("the signed name", () => {
  const named = (profile: { readonly name?: string; readonly annotated?: string }, signer = release) => {
    const { name, annotated } = profile;
    const annotations =
      annotated === undefined ? {} : { annotations: { "org.opencontainers.image.ref.name": annotated } };
    return stated(signer, { subjects: [{ ...subjectOf(manifest, name), ...annotations }] });
  };
  const matchRepository = { identity: { type: "matchRepository" } } as const;
  const accepted: ReadonlyArray<
    readonly [why: string, stored: UnverifiedSignature, options?: Parameters<typeof ask>[2]]
  > = [
    ["does not matter for digestOnly", legacy(release, manifest, "elsewhere.example/app"), {}],
    ["may be missing for digestOnly", signed(release), {}],
    ["is docker-reference in the old format", legacy(release)],
    ["is the subject's annotation", named({ annotated: repository })],
    ["is the subject's name where there is no annotation", named({ name: repository })],
    [
      "is the annotation where there are both",
      named({ name: "elsewhere.example/app", annotated: repository }),
    ],
  ];
  for (const [why, stored, options = matchRepository] of accepted)
    it(why, () => assert.equal(ask([keyed()], [stored], options).allowed, true));

  const missing = "Signature names no image, and signedIdentity matchRepository asks for a name";
  const other = 'Signature for identity "elsewhere.example/app" is not accepted';
  const refused: ReadonlyArray<readonly [why: string, stored: UnverifiedSignature, reason: string]> = [
    ["is missing in cosign's bundles", signed(release), missing],
    ["is missing in a signature of the manifest itself", message(release), missing],
    ["is another one", named({ annotated: "elsewhere.example/app" }), other],
    ["is another one in the old format", legacy(release, manifest, "elsewhere.example/app"), other],
    [
      "is not the name when there is an annotation",
      named({ name: repository, annotated: "elsewhere.example/app" }),
      other,
    ],
    [
      "is that of the judged digest alone",
      stated(release, {
        subjects: [subjectOf(another, repository), subjectOf(manifest, "elsewhere.example/app")],
      }),
      other,
    ],
  ];
  for (const [why, stored, reason] of refused)
    it(why, () =>
      assert.deepEqual(reasonFor([keyed()], [stored], matchRepository), [reason, "SIGNATURE_NOT_ACCEPTED"]),
    );
});

describe("an index's signature", () => {
  const stored = (made: UnverifiedSignature) => new Map([[need("index"), [made]]]);
  it("counts for its instances where the policy says so", () => {
    for (const made of [signed(release, index), legacy(release, index), message(release, "index")])
      assert.equal(ask([keyed()], stored(made), { acceptsIndexSignatures: true }).allowed, true);
  });
  it("does not count otherwise", () => {
    assert.equal(ask([keyed()], stored(signed(release, index))).allowed, false);
    assert.equal(ask([keyed()], [signed(release, index)]).allowed, false);
  });
  it("is one for that very index", () =>
    assert.deepEqual(
      reasonFor([keyed()], stored(signed(release, another)), { acceptsIndexSignatures: true }),
      [`Signature for digest ${another} does not match`, "SIGNATURE_NOT_ACCEPTED"],
    ));
});

describe("attestations", () => {
  const says = (source: string, accepts: (json: string) => boolean): CelExpression => ({
    source,
    isConstant: false,
    whyNeverTrue: undefined,
    fault: (json) => (accepts(JSON.stringify(json)) ? undefined : "it is false"),
  });
  const demand = (name: string, predicateType: string, expression?: CelExpression): AttestationDemand => ({
    name,
    predicateType,
    policy: expression && { type: "cel", expression },
  });
  const provenance = demand("provenance", predicateTypes.provenance);
  const clean = demand(
    "scan",
    predicateTypes.vulnerabilities,
    says("clean", (json) => json.includes("clean")),
  );
  const attested = (predicateType: string, predicate: unknown = {}, signer: BundleSigner = release) =>
    stated(signer, { predicateType, predicate });
  const good = attested(predicateTypes.provenance);

  const accepted: ReadonlyArray<
    readonly [why: string, demands: readonly AttestationDemand[], stored: readonly UnverifiedSignature[]]
  > = [
    ["are accepted in a bundle", [provenance], [good]],
    [
      "are accepted in cosign's old format",
      [provenance],
      [legacyAttestation(release, predicateTypes.provenance)],
    ],
    [
      "are accepted when each demand is met",
      [provenance, clean],
      [attested(predicateTypes.vulnerabilities, "clean"), good],
    ],
    [
      "are accepted when one of several says what it must",
      [clean],
      [attested(predicateTypes.vulnerabilities, "dirty"), attested(predicateTypes.vulnerabilities, "clean")],
    ],
    ["are accepted when slashes are escaped", [provenance], [escaped(predicateTypes.provenance)]],
    [
      "are accepted beside others",
      [provenance],
      [signed(release), attested(predicateTypes.spdx), bundle(Buffer.from("{")), good],
    ],
  ];
  for (const [why, attestations, stored] of accepted)
    it(why, () => assert.equal(ask([keyed(release, { attestations })], stored).allowed, true));

  const none = `An attestation of type "${predicateTypes.provenance}" was required, but no such attestation exists`;
  const refused: ReadonlyArray<
    readonly [
      why: string,
      demands: readonly AttestationDemand[],
      stored: readonly UnverifiedSignature[],
      reason: string,
      code: string,
    ]
  > = [
    ["are missed", [provenance], [], none, "ATTESTATION_MISSING"],
    [
      "are missed beside signatures",
      [provenance],
      [signed(release), legacy(release)],
      `${none} (2 other attachments)`,
      "ATTESTATION_MISSING",
    ],
    [
      "are missed where a signature of the manifest is",
      [provenance],
      [message(release)],
      `${none} (1 other attachment)`,
      "ATTESTATION_MISSING",
    ],
    [
      "are refused of another signer",
      [provenance],
      [attested(predicateTypes.provenance, {}, eve)],
      "the signature is not of the expected key",
      "ATTESTATION_NOT_ACCEPTED",
    ],
    [
      "are refused for another image",
      [provenance],
      [stated(release, { predicateType: predicateTypes.provenance, subjects: [subjectOf(another)] })],
      `Signature for digest ${another} does not match`,
      "ATTESTATION_NOT_ACCEPTED",
    ],
    [
      "are refused when they say something else",
      [clean],
      [attested(predicateTypes.vulnerabilities, "dirty")],
      'the policy of "scan" does not accept its statement: it is false',
      "ATTESTATION_NOT_ACCEPTED",
    ],
    [
      "are refused for what several say, which is told once",
      [clean],
      [
        attested(predicateTypes.vulnerabilities, "dirty"),
        attested(predicateTypes.vulnerabilities, "dirty"),
        attested(predicateTypes.vulnerabilities, "clean", eve),
      ],
      'None of the attestations were accepted, reasons: the policy of "scan" does not accept its statement: it is false (2 attestations); the signature is not of the expected key',
      "ATTESTATION_NOT_ACCEPTED",
    ],
    [
      "are named where there are several",
      [clean, provenance],
      [attested(predicateTypes.vulnerabilities, "clean")],
      `"provenance": ${none} (1 other attachment)`,
      "ATTESTATION_MISSING",
    ],
  ];
  for (const [why, attestations, stored, reason, code] of refused)
    it(why, () => assert.deepEqual(reasonFor([keyed(release, { attestations })], stored), [reason, code]));

  it("of one signer are not made up for by those of another", () => {
    const attestations = [provenance, clean];
    const stored = [good, attested(predicateTypes.vulnerabilities, "clean", eve)];
    assert.equal(
      ask([keyed(release, { attestations }), keyed(eve, { attestations, name: "eve" })], stored).allowed,
      false,
    );
  });

  it("are no signatures, and signatures are no attestations of theirs", () => {
    assert.equal(ask([keyed()], [good]).allowed, false);
    const attestations = [demand("signature", predicateTypes.signature)];
    assert.equal(ask([keyed(release, { attestations })], [message(release)]).allowed, true);
  });

  it("tell how each demand went", () => {
    const attestations = [provenance, clean, demand("sbom", predicateTypes.spdx)];
    const [result] = ask([keyed(release, { attestations })], [good]).requirements;
    assert.deepEqual(
      result?.authorities[0]?.attestations.map(({ demand: { name }, outcome }) => [name, outcome]),
      [
        ["provenance", "satisfied"],
        ["scan", "failed"],
        ["sbom", "not judged"],
      ],
    );
  });

  function escaped(predicateType: string): StoredBundle {
    const plain = Buffer.from(statement({ subjects: [subjectOf(manifest)], predicateType })).toString();
    const made = signEnvelope(release.key, Buffer.from(plain.replaceAll("/", "\\/")));
    return bundle(bundleBytes(pocket.bundle(made, release, unlogged)));
  }
  it("are logged as they were signed", () => {
    const made = signEnvelope(
      ci.leaf.key,
      statement({ subjects: [subjectOf(manifest)], predicateType: predicateTypes.provenance }),
    );
    const stored = cosignAttestationLayer(made, predicateTypes.provenance, ci, {
      logEntry: pocket.rekor.add(dsse(made, ci)),
    });
    assert.equal(ask([keyless(undefined, { attestations: [provenance] })], [stored]).allowed, true);
  });
});

describe("of several authorities", () => {
  const broken = keyed(release, { name: "broken", keys: { type: "files", paths: ["/missing"] } });
  const missing = new CountersignError("REGISTRY_UNREACHABLE", "signatures.example does not answer");
  const away = keyed(release, { name: "away", sources: [elsewhere] });
  const stores = new Map<AttachmentNeed, Found>([
    [need("manifest", "signatures", elsewhere), missing],
    [need("manifest"), [signed(release)]],
  ]);

  it("any suffices", () => {
    const verdict = ask([keyed(eve, { name: "eve" }), keyless(), keyed()], [signed(release)]);
    assert.equal(verdict.allowed, true);
    assert.deepEqual(
      verdict.requirements[0]?.authorities.map(({ outcome }) => outcome),
      ["failed", "failed", "satisfied"],
    );
  });
  it("one whose key cannot be read spoils no other", () =>
    assert.equal(ask([broken, keyed()], [signed(release)]).allowed, true));
  it("one whose place cannot be read spoils no other", () =>
    assert.equal(ask([away, keyed()], stores).allowed, true));
  it("one that could have vouched leaves it undecided", () => {
    assert.throws(() => ask([away, keyed(eve, { name: "eve" })], stores), {
      code: "REGISTRY_UNREACHABLE",
      message:
        'None of the authorities vouches for the image, reasons: "away": signatures.example does not answer; ' +
        '"eve": the signature is not of the expected key',
    });
  });
  it("each place counts where one has several", () => {
    const both = keyed(release, { sources: [elsewhere, own] });
    assert.equal(ask([both], stores).allowed, true);
  });
  it("none can be kept from its signature by others that cost much", () => {
    const flood = Array.from({ length: 1000 }, () => signed(mallory, manifest, {}));
    const authorities = [
      keyless(),
      keyless(exactly(oidcIssuer, "https://ci.example/other"), { name: "other" }),
    ] as const;
    assert.throws(() => ask(authorities, flood), { code: "TOO_LARGE" });
    assert.equal(ask([...authorities, keyed()], [...flood, signed(release)]).allowed, true);
  });
});

describe("nobody vouches for an image", () => {
  it("of which no manifest is known", () => {
    const requirement = {
      type: "sigstore",
      authorities: [keyed()],
      identity: { type: "digestOnly" },
      acceptsIndexSignatures: true,
    } as const;
    const attachments = new Map([
      [attachmentNeedKey(need("manifest")), [signed(release)]],
      [attachmentNeedKey(need("index")), [signed(release)]],
    ]);
    const evidence = { ...noEvidence, attachments };
    assert.equal(judge([requirement], policySubject(parseDockerImage("busybox")), evidence).allowed, false);
  });
  it("whose signatures were not looked for", () => {
    const requirement = {
      type: "sigstore",
      authorities: [keyed()],
      identity: { type: "digestOnly" },
      acceptsIndexSignatures: false,
    } as const;
    assert.throws(() => judge([requirement], policySubject(parseDockerImage("busybox")), noEvidence), {
      code: "INTERNAL",
    });
  });
});
