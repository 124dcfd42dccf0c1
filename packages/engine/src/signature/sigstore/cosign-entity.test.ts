import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { describe, it } from "node:test";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import {
  type BundleSigner,
  keySigner,
  signingKeyOf,
} from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import {
  cosignAttestationLayer,
  cosignSignatureLayer,
} from "@countersign/testkit/signing-kit/sigstore/cosign-attachment";
import {
  dsse,
  type EntryBody,
  entryBody,
  hashedrekord,
  intoto,
} from "@countersign/testkit/signing-kit/sigstore/entry-body";
import {
  base64,
  envelopeJson,
  type MadeEnvelope,
  signEnvelope,
  signMessage,
} from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { certificateWork } from "../certificate-work.ts";
import { cosignAnnotation } from "../cosign-annotation.ts";
import { parsePkix } from "../public-key-pem.ts";
import { bareTrustedRoot } from "./bare-trust.ts";
import { type CosignAttachment, cosignEntity } from "./cosign-entity.ts";
import { parseTrustedRoot } from "./parse-trusted-root.ts";
import type { TrustedRoot } from "./trusted-root.ts";
import { verifyEntity } from "./verify-entity.ts";

const sigstore = createPocketSigstore();
const { rekor, timestampAuthority, now } = sigstore;
const keyless = sigstore.certify();
const key = keySigner(createSigningKey("release"));
const payload = Buffer.from('{"critical":{}}');
const trust = parseTrustedRoot(sigstore.trustedRoot);
const bare = bareTrustedRoot({
  ca: Buffer.from(sigstore.fulcio.caPem),
  rekorKeys: [Buffer.from(rekor.key.publicKeyPem)],
});

function verify(attachment: CosignAttachment, signer: BundleSigner, by: TrustedRoot, logs: number) {
  const expected =
    signer.type === "key"
      ? ({ type: "key", keys: [parsePkix(signer.key.spki)], hashAlgorithm: undefined } as const)
      : ({ type: "certificate" } as const);
  const scts = by === trust ? 1 : 0;
  return verifyEntity(
    cosignEntity(attachment),
    {
      signer: expected,
      trust: by,
      demands: { logs, timestamps: 0, scts, now },
      artifact: { type: "bytes", bytes: attachment.payload },
    },
    certificateWork(),
  );
}

const message = (signer: BundleSigner, salt = "") => signMessage(signingKeyOf(signer), payload, { salt });
const attestation = (signer: BundleSigner) => signEnvelope(signingKeyOf(signer), Buffer.from("{}"));
const intotoV1 = (made: MadeEnvelope, signer: BundleSigner): EntryBody => {
  const { spec } = JSON.parse(Buffer.from(hashedrekord(made, signer).bytes).toString());
  const content = { hash: { algorithm: "sha256", value: hash("sha256", envelopeJson(made)) } };
  return entryBody("intoto", "0.0.1", { content, publicKey: spec.signature.publicKey.content });
};

for (const [name, by] of [
  ["a trusted root", trust],
  ["bare keys", bare],
] as const) {
  describe(`what cosign attached is verified by ${name}:`, () => {
    for (const signer of [keyless, key]) {
      it(`a signature by a ${signer.type}, logged`, () => {
        const made = message(signer);
        const logEntry = rekor.add(hashedrekord(made, signer));
        const { times, logs } = verify(cosignSignatureLayer(made, signer, { logEntry }), signer, by, 1);
        assert.deepEqual([times, logs], [[{ source: "log", seconds: now }], 1]);
      });
      for (const [kind, body] of [
        ["dsse", dsse],
        ["intoto", intoto],
        ["old intoto", intotoV1],
      ] as const) {
        it(`an attestation by a ${signer.type}, logged as ${kind}`, () => {
          const made = attestation(signer);
          const logEntry = rekor.add(body(made, signer));
          const { content } = verify(cosignAttestationLayer(made, "x", signer, { logEntry }), signer, by, 1);
          assert.equal(content.type, "envelope");
        });
      }
    }
    it("a signature by a key, alone", () => verified(cosignSignatureLayer(message(key), key), key, by, 0));
    it("a signature by a key, with a certificate that nobody asks for", () => {
      const made = signMessage(keyless.leaf.key, payload);
      verified(cosignSignatureLayer(made, keyless), keySigner(keyless.leaf.key), by, 0);
    });
  });
}

function verified(...question: Parameters<typeof verify>): void {
  assert.ok(verify(...question).content.signature.length > 0);
}

describe("what cosign attached is verified with a timestamp over", () => {
  it("a signature", () => {
    const made = message(keyless);
    const timestamp = timestampAuthority.stamp(made.signature, now);
    verified(cosignSignatureLayer(made, keyless, { timestamp }), keyless, trust, 0);
  });
  it("an attestation's signature", () => {
    const made = attestation(keyless);
    const timestamp = timestampAuthority.stamp(made.signature, now);
    verified(cosignAttestationLayer(made, "x", keyless, { timestamp }), keyless, trust, 0);
  });
  it("an attestation's envelope, as it is stored", () => {
    const made = attestation(keyless);
    const timestamp = timestampAuthority.stamp(envelopeJson(made), now);
    const { times } = verify(cosignAttestationLayer(made, "x", keyless, { timestamp }), keyless, trust, 0);
    assert.deepEqual(times, [{ source: "timestamp authority", seconds: now }]);
  });
});

describe("what cosign attached is refused", () => {
  const made = message(keyless);
  const logEntry = rekor.add(hashedrekord(made, keyless));
  const annotated = (annotations: Readonly<Record<string, string | undefined>>) =>
    cosignSignatureLayer(made, keyless, { logEntry, annotations });
  const bundle = JSON.parse(annotated({}).annotations.get(cosignAnnotation.bundle) ?? "");
  const bundled = (changes: object) =>
    annotated({
      [cosignAnnotation.bundle]: JSON.stringify({ ...bundle, Payload: { ...bundle.Payload, ...changes } }),
    });
  const statement = attestation(keyless);
  const other = signEnvelope(keyless.leaf.key, Buffer.from('{"other":1}'));
  const attested = (entry: EntryBody) =>
    cosignAttestationLayer(statement, "x", keyless, { logEntry: rekor.add(entry) });
  const { pem } = keyless.leaf;
  const rows: ReadonlyArray<readonly [why: string, attachment: CosignAttachment, says: RegExp]> = [
    [
      "of another type",
      { ...annotated({}), mediaType: "text/plain" },
      /^not a signature: its type is "text\/plain"/,
    ],
    [
      "with another payload",
      { ...annotated({}), payload: Buffer.from("{}") },
      /not of the certificate's key/,
    ],
    [
      "without signature",
      annotated({ [cosignAnnotation.signature]: undefined }),
      /^missing dev.cosignproject.cosign\/signature annotation/,
    ],
    [
      "with a signature that is no base64",
      annotated({ [cosignAnnotation.signature]: "!" }),
      /^dev.cosignproject.cosign\/signature: illegal base64/,
    ],
    [
      "with a certificate that is none",
      annotated({ [cosignAnnotation.certificate]: "x" }),
      /^dev.sigstore.cosign\/certificate: error during PEM decoding/,
    ],
    [
      "with two certificates",
      annotated({ [cosignAnnotation.certificate]: pem + pem }),
      /more than one certificate/,
    ],
    [
      "with a chain that is none",
      annotated({ [cosignAnnotation.chain]: "x" }),
      /^dev.sigstore.cosign\/chain: /,
    ],
    [
      "with a promise that is no JSON",
      annotated({ [cosignAnnotation.bundle]: "{" }),
      /^dev.sigstore.cosign\/bundle: unexpected end/,
    ],
    [
      "with a promise of a huge entry",
      annotated({ [cosignAnnotation.bundle]: " ".repeat(1_100_000) }),
      /over 1048576 bytes/,
    ],
    [
      "with a promise that has more to say",
      annotated({ [cosignAnnotation.bundle]: JSON.stringify({ ...bundle, more: 1 }) }),
      /Unknown key "more"/,
    ],
    [
      "with a promise for another time",
      bundled({ integratedTime: now - 1 }),
      /^log entry 1: its promise does not verify/,
    ],
    ["with a promise for another place", bundled({ logIndex: 1 }), /its promise does not verify/],
    ["with a promise for a place before the first", bundled({ logIndex: -1 }), /a time or index is negative/],
    ["with a promise of a log that is no hash", bundled({ logID: "x" }), /64 hexadecimal digits/],
    ["with a promise of another log", bundled({ logID: "0".repeat(64) }), /^0 trusted logs took/],
    ["with an entry that is no JSON", bundled({ body: base64("{") }), /Payload.body: unexpected end/],
    ["with an entry that is not UTF-8", bundled({ body: base64(Buffer.of(0x22, 0xff, 0x22)) }), /not UTF-8/],
    ["with an entry without kind", bundled({ body: base64("{}") }), /Payload.body: kind is no text/],
    [
      "with another's entry",
      cosignSignatureLayer(made, keyless, {
        logEntry: rekor.add(hashedrekord(message(keyless, "again"), keyless)),
      }),
      /^log entry 1: it is about another signature/,
    ],
    [
      "with a timestamp that is no JSON",
      annotated({ [cosignAnnotation.timestamp]: "x" }),
      /^dev.sigstore.cosign\/rfc3161timestamp: /,
    ],
    [
      "when an attestation is no envelope",
      { ...attested(dsse(statement, keyless)), payload: Buffer.from("{}") },
      /^envelope: signatures is missing/,
    ],
    [
      "when an attestation has more values than it could need, which would fill the memory before anything is verified",
      {
        ...attested(dsse(statement, keyless)),
        payload: Buffer.from(`{"payload":[${"0,".repeat(20_000)}0],"payloadType":"x","signatures":[]}`),
      },
      /^envelope: more than 10000 values/,
    ],
    [
      "when an attestation is logged under another envelope's hash",
      attested(intotoV1(other, keyless)),
      /it is about another envelope/,
    ],
    [
      "when an attestation is logged with another's signature",
      attested(dsse(other, keyless)),
      /it is about another signature/,
    ],
    [
      "when an attestation is logged with another's payload",
      attested(withSignature(dsse(other, keyless), statement)),
      /it is about another payload/,
    ],
  ];
  for (const [why, attachment, message] of rows) {
    it(why, () =>
      assert.throws(() => verify(attachment, keyless, trust, 1), { code: "SIGNATURE_INVALID", message }),
    );
  }
});

/** The entry of one envelope with the signature of another. */
function withSignature({ kind, version, bytes }: EntryBody, { signature }: MadeEnvelope): EntryBody {
  const { spec } = JSON.parse(Buffer.from(bytes).toString());
  const [first] = spec.signatures;
  return entryBody(kind, version, { ...spec, signatures: [{ ...first, signature: base64(signature) }] });
}
