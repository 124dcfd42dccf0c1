import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { certificateWork } from "@countersign/engine/signature/certificate-work";
import { cosignEntity } from "@countersign/engine/signature/sigstore/cosign-entity";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import { parseTrustedRoot } from "@countersign/engine/signature/sigstore/parse-trusted-root";
import type { Demands, VerifiedEntity } from "@countersign/engine/signature/sigstore/verified-entity";
import { verifyEntity } from "@countersign/engine/signature/sigstore/verify-entity";
import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { readAttachments } from "@countersign/sources/attachments/read-attachments";
import { bareMachine } from "@countersign/testkit/registry/bare-machine";
import { answers, type Fault, refuses } from "@countersign/testkit/registry/faults";
import { manualTiming } from "@countersign/testkit/registry/manual-timing";
import { answer } from "@countersign/testkit/registry/registry-answer";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { keySigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { hashedrekord, hashedrekordV2 } from "@countersign/testkit/signing-kit/sigstore/entry-body";
import { signMessage } from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { entryAnswer } from "@countersign/testkit/sigstore-servers/rekor-server";
import { type SigstoreServers, startSigstore } from "@countersign/testkit/sigstore-servers/sigstore-servers";
import { makePredicate } from "../formats/predicate.ts";
import { imageManifests } from "../image-manifests.ts";
import { performTask } from "../perform-task.ts";
import { attestationTasks, type StoredFormat, signatureTasks } from "../signature-task.ts";
import type { SigningParty } from "../signing-party.ts";
import { keyParty, signingSite } from "../testing/signing-site.ts";
import { noWitnesses, type Witnesses } from "../witness.ts";
import { certify } from "./fulcio.ts";
import { parseIdentityToken } from "./identity-token.ts";
import { rekorV1 } from "./rekor-v1.ts";
import { rekorV2 } from "./rekor-v2.ts";
import { openServices, type ServiceClient } from "./service-client.ts";
import { timestampAuthority } from "./timestamp-authority.ts";

const { signal } = new AbortController();
const sigstore = createPocketSigstore();
const now = sigstore.now * 1000;
let servers: SigstoreServers;
let services: ServiceClient;

before(async () => {
  servers = await startSigstore(sigstore);
  services = openServices(bareMachine, manualTiming());
});
after(async () => {
  await services.close();
  await servers.close();
});

const at = ({ address }: { readonly address: string }, path = "/"): URL =>
  new URL(`http://${address}${path}`);
const trust = parseTrustedRoot(sigstore.trustedRoot);
const v1 = (): Witnesses => ({
  log: rekorV1(at(servers.rekor), services),
  timestampAuthority: undefined,
  trust,
});
const stamping = () => timestampAuthority(at(servers.timestampAuthority, "/api/v1/timestamp"), services);
const v1Stamped = (): Witnesses => ({ ...v1(), timestampAuthority: stamping() });
const v2 = (): Witnesses => ({
  log: rekorV2(at(servers.rekorTiles), services),
  timestampAuthority: stamping(),
  trust,
});
const stampedOnly = (): Witnesses => ({ log: undefined, timestampAuthority: stamping(), trust });
const certified = (): Promise<SigningParty> =>
  certify(at(servers.fulcio), parseIdentityToken(servers.oidc.token(), now), services, signal);

/** Signs an image, or attests to it, and gives what is stored. */
async function stored(
  kind: "signature" | "attestation",
  format: StoredFormat,
  party: SigningParty,
  witnesses: Witnesses,
): Promise<readonly UnverifiedSignature[]> {
  await using site = await signingSite();
  site.registry.image("app:v1");
  const app = await site.open("app");
  const subject = await imageManifests(app, { tag: "v1" }, signal);
  const names = ["registry.example/app:v1"] as const;
  const predicate = makePredicate("vuln", Buffer.from("{}"), now);
  const tasks =
    kind === "signature"
      ? signatureTasks([format], { subject, names, annotations: new Map() })
      : attestationTasks([format], { subject, names, predicate });
  for (const task of tasks)
    await performTask(app, task, { party: async () => party, witnesses, timing: site.timing }, signal);
  const place = { repository: undefined, tagPrefix: "" };
  return await readAttachments(app, { subject: subject.digest, kind: `${kind}s`, place }, signal);
}

function verified(
  signature: UnverifiedSignature | undefined,
  party: SigningParty,
  demands: Partial<Demands>,
): VerifiedEntity {
  assert.ok(signature?.type === "bundle" || signature?.type === "sigstore");
  const entity = signature.type === "bundle" ? parseBundle(signature.bytes) : cosignEntity(signature);
  const isMessage = entity.content.type === "message" && signature.type === "sigstore";
  return verifyEntity(
    entity,
    {
      signer:
        party.certificate === undefined
          ? { type: "key", keys: [party.signer.publicKey], hashAlgorithm: undefined }
          : { type: "certificate" },
      trust,
      demands: { logs: 0, timestamps: 0, scts: 1, now: 0, ...demands },
      artifact: isMessage ? { type: "bytes", bytes: signature.payload } : undefined,
    },
    certificateWork(),
  );
}

describe("what is signed without a key of one's own", () => {
  const rows: readonly (readonly [
    how: string,
    kind: "signature" | "attestation",
    format: StoredFormat,
    witnesses: () => Witnesses,
    demands: Partial<Demands>,
  ])[] = [
    ["as a bundle logged by Rekor v1", "signature", "bundle", v1, { logs: 1 }],
    [
      "as a bundle logged by Rekor v1 and stamped",
      "signature",
      "bundle",
      v1Stamped,
      { logs: 1, timestamps: 1 },
    ],
    ["as a bundle logged by Rekor v2 and stamped", "signature", "bundle", v2, { logs: 1, timestamps: 1 }],
    ["as a bundle that is stamped alone", "signature", "bundle", stampedOnly, { timestamps: 1 }],
    ["in the old format logged by Rekor v1", "signature", "legacy", v1, { logs: 1 }],
    ["in the old format logged and stamped", "signature", "legacy", v1Stamped, { logs: 1, timestamps: 1 }],
    ["of a statement as a bundle", "attestation", "bundle", v1, { logs: 1 }],
    ["of a statement as a bundle with Rekor v2", "attestation", "bundle", v2, { logs: 1, timestamps: 1 }],
    ["of a statement in the old format", "attestation", "legacy", v1Stamped, { logs: 1, timestamps: 1 }],
  ];
  for (const [how, kind, format, witnesses, demands] of rows) {
    it(`verifies ${how}`, async () => {
      const party = await certified();
      const [found, ...more] = await stored(kind, format, party, witnesses());
      assert.deepEqual(more, []);
      const { signer } = verified(found, party, demands);
      assert.ok(signer.type === "certificate");
      assert.deepEqual(signer.names, [{ type: "email", value: "dev@example.com" }]);
    });
  }

  it("certifies a workload by its URI", async () => {
    const workflow = "https://git.example/team/app/.ci/release.yml@refs/heads/main";
    const token = servers.oidc.token({ email: undefined, sub: workflow });
    const party = await certify(at(servers.fulcio), parseIdentityToken(token, now), services, signal);
    const [found] = await stored("signature", "bundle", party, v1());
    const { signer } = verified(found, party, { logs: 1 });
    assert.ok(signer.type === "certificate");
    assert.deepEqual(signer.names, [{ type: "uri", value: workflow }]);
  });
});

describe("what a key signs", () => {
  for (const [how, kind, format, witnesses, demands] of [
    ["p256", "p256", "bundle", v1, { logs: 1 }],
    ["p256 in the old format", "p256", "legacy", v1, { logs: 1 }],
    ["p256 with Rekor v2", "p256", "bundle", v2, { logs: 1, timestamps: 1 }],
    ["p384 with Rekor v2, which wants its own hash", "p384", "bundle", v2, { logs: 1 }],
    ["p521 with Rekor v2, which wants its own hash", "p521", "bundle", v2, { logs: 1 }],
    ["rsa2048 with Rekor v2", "rsa2048", "bundle", v2, { logs: 1 }],
  ] as const) {
    it(`is logged, too: ${how}`, async () => {
      const party = keyParty("release", kind);
      const [found] = await stored("signature", format, party, witnesses());
      assert.equal(verified(found, party, demands).logs, 1);
    });
  }

  it("is not taken for logged before when it was not", async () => {
    await using site = await signingSite();
    site.registry.image("app:v1");
    const app = await site.open("app");
    const subject = await imageManifests(app, { tag: "v1" }, signal);
    const party = keyParty("release");
    const [task] = signatureTasks(["bundle"], { subject, names: ["a.example/a"], annotations: new Map() });
    assert.ok(task !== undefined);
    const outcomes: string[] = [];
    for (const witnesses of [noWitnesses, v1(), v1()]) {
      outcomes.push(
        (await performTask(app, task, { party: async () => party, witnesses, timing: site.timing }, signal))
          .outcome,
      );
    }
    assert.deepEqual(outcomes, ["stored", "stored", "already there"]);
  });

  for (const [what, format] of [
    ["the old format, which has no place for it", "legacy"],
    ["an Ed25519 key", "bundle"],
  ] as const) {
    it(`is refused with Rekor v2 by ${what}`, async () => {
      const party = keyParty("release", format === "bundle" ? "ed25519" : "p256");
      await assert.rejects(stored("signature", format, party, v2()), { code: "USAGE", message: /Rekor v2/ });
    });
  }
});

describe("a service that", () => {
  const failing = async (
    server: "fulcio" | "rekor" | "rekorTiles" | "timestampAuthority",
    fault: Fault,
    sign: () => Promise<unknown>,
  ): Promise<void> => {
    servers[server].fail(/./, fault);
    try {
      await sign();
    } finally {
      servers[server].heal();
    }
  };
  const json = (value: unknown, status = 201): Fault => answers(answer(status, {}, JSON.stringify(value)));
  const byV1 = () => stored("signature", "bundle", keyParty("release"), v1());
  const byV1InOldFormat = () => stored("signature", "legacy", keyParty("release"), v1());
  const byV2 = () => stored("signature", "bundle", keyParty("release"), v2());
  const byFulcio = () => certified();
  const other = sigstore.certify().leaf;
  const stranger = keySigner(createSigningKey("another"));
  const another = { ...signMessage(stranger.key, Buffer.from("another message")), by: stranger };

  const rows: readonly (readonly [
    what: string,
    server: "fulcio" | "rekor" | "rekorTiles" | "timestampAuthority",
    fault: Fault,
    sign: () => Promise<unknown>,
    message: RegExp,
  ])[] = [
    [
      "refuses",
      "fulcio",
      json({ message: "no such issuer" }, 400),
      byFulcio,
      /^Fulcio refused: 400 "no such issuer"$/,
    ],
    ["fails", "rekor", refuses(500, "INTERNAL", "oops"), byV1, /^Rekor refused: 500 /],
    ["talks no JSON", "rekor", answers(answer(201, {}, "<html>")), byV1, /^Rekor did not answer with JSON: /],
    [
      "has no certificate",
      "fulcio",
      json({ signedCertificateEmbeddedSct: { chain: { certificates: [] } } }),
      byFulcio,
      /there is no certificate$/,
    ],
    [
      "certifies another key",
      "fulcio",
      json({ signedCertificateEmbeddedSct: { chain: { certificates: [other.pem] } } }),
      byFulcio,
      /the certificate is for another key$/,
    ],
    [
      "gives what is no certificate",
      "fulcio",
      json({ signedCertificateEmbeddedSct: { chain: { certificates: ["x"] } } }),
      byFulcio,
      /certificates\[0\]: it is no certificate: error during PEM decoding$/,
    ],
    [
      "gives nothing for a certificate",
      "fulcio",
      json({ signedCertificateEmbeddedSct: { chain: { certificates: [""] } } }),
      byFulcio,
      /certificates\[0\]: it is no certificate$/,
    ],
    [
      "gives certificates without end",
      "fulcio",
      json({ signedCertificateEmbeddedSct: { chain: { certificates: Array(17).fill(other.pem) } } }),
      byFulcio,
      /chain\.certificates: 17 certificates, 16 are allowed$/,
    ],
    [
      "proves transparency elsewhere",
      "fulcio",
      json({ signedCertificateDetachedSct: {} }),
      byFulcio,
      /is not in the certificate/,
    ],
    [
      "answers with two entries",
      "rekor",
      json({ a: {}, b: {} }),
      byV1,
      /answer: an object with one member is expected$/,
    ],
    [
      "leaves out the proof",
      "rekor",
      json({ a: { body: "e30=", integratedTime: 1, logIndex: 1, logID: "00", verification: {} } }),
      byV1,
      /a\.verification\.inclusionProof: it is missing$/,
    ],
    [
      "calls its entry what fills a screen and moves the cursor",
      "rekor",
      json({ [`\x1b[2J${"a".repeat(1_000_000)}`]: 5 }),
      byV1,
      /^Rekor answered something unexpected: answer\["\\x1b\[2Ja{396}…"\]\.body: it is missing$/,
    ],
    [
      "has a member whose name fills a screen",
      "rekorTiles",
      json({ ["a".repeat(1_000_000)]: 5 }),
      byV2,
      /^what the services answered makes no signature that could be verified: bundle: .{1000,8191}…$/,
    ],
    ["has it, and says not where", "rekor", json({}, 409), byV1, /it has the entry, and does not say where$/],
    [
      "answers with no entry",
      "rekorTiles",
      json({ surprise: 1 }),
      byV2,
      /^what the services answered makes no signature that could be verified: bundle: /,
    ],
    [
      "answers with another's entry",
      "rekorTiles",
      json(sigstore.rekorTiles.add(hashedrekordV2(another, another.by))),
      byV2,
      /could be verified: it is about another key$/,
    ],
    [
      "answers with another's entry",
      "rekor",
      json({ a: entryAnswer(sigstore.rekor.add(hashedrekord(another, another.by))) }),
      byV1InOldFormat,
      /could be verified: it is about another key$/,
    ],
    [
      "has an id that is none",
      "rekor",
      json({ a: { ...entryAnswer(sigstore.rekor.add(hashedrekord(another, another.by))), logID: "0xff" } }),
      byV1,
      /a\.logID: hexadecimal digits are expected$/,
    ],
    [
      "stamps nothing",
      "timestampAuthority",
      answers(answer(200, {}, "no")),
      byV2,
      /^the timestamp authority answered something unexpected: /,
    ],
    [
      "stamps something else",
      "timestampAuthority",
      answers(answer(200, {}, sigstore.timestampAuthority.stamp(Buffer.from("else"), sigstore.now))),
      byV2,
      /^the timestamp authority stamped something else$/,
    ],
  ];
  for (const [what, server, fault, sign, message] of rows) {
    it(`${what} signs nothing (${server})`, () =>
      assert.rejects(failing(server, fault, sign), { code: "SIGNING_SERVICE_FAILED", message }));
  }

  const asked = Buffer.from("a signature");
  const stampWith = (nonce: Buffer | undefined): Fault =>
    answers(
      answer(
        200,
        {},
        sigstore.timestampAuthority.stamp(asked, sigstore.now, nonce === undefined ? {} : { nonce }),
      ),
    );
  for (const [what, fault] of [
    ["another nonce", stampWith(Buffer.from("0123456789abcdef", "hex"))],
    ["a longer nonce", stampWith(Buffer.from("0123456789abcdef0123456789abcdef", "hex"))],
    ["no nonce", stampWith(undefined)],
  ] as const) {
    it(`stamps what it was asked with ${what} gave an old answer`, () =>
      assert.rejects(
        failing("timestampAuthority", fault, () => stamping().stamp(asked, signal)),
        {
          code: "SIGNING_SERVICE_FAILED",
          message:
            "the timestamp authority answered another request: the nonce that was sent is not in its answer",
        },
      ));
  }

  it("repeats the token it was shown has it taken out", async () => {
    const token = servers.oidc.token();
    const show = () => certify(at(servers.fulcio), parseIdentityToken(token, now), services, signal);
    await assert.rejects(failing("fulcio", json({ message: `bad token ${token}` }, 401), show), {
      message: 'Fulcio refused: 401 "bad token REDACTED"',
    });
  });

  it("has the entry already gives it again", async () => {
    const party = keyParty("release", "ed25519");
    assert.equal(createSigningKey("release", "ed25519").kind, "ed25519");
    const witnesses = v1();
    // an Ed25519 signature of the same envelope is the same entry
    await stored("signature", "bundle", party, witnesses);
    const [found] = await stored("signature", "bundle", party, witnesses);
    assert.equal(verified(found, party, { logs: 1 }).logs, 1);
    assert.ok(servers.rekor.requests.some(({ method }) => method === "GET"));
  });
});
