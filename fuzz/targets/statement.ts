import assert from "node:assert/strict";
import { cosignEntity, dsseEnvelopeType } from "@countersign/engine/signature/sigstore/cosign-entity";
import { parseStatement } from "@countersign/engine/signature/sigstore/statement";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { predicateTypes, statement } from "@countersign/testkit/signing-kit/sigstore/in-toto-statement";
import {
  envelopeJson,
  inTotoPayloadType,
  signEnvelope,
} from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { mutateJson } from "../mutate/json.ts";
import { reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * What an attestation says: the statement by itself, and the envelope that is a layer of cosign's older `.att`. What is
 * read of either is what any reader of JSON finds there.
 */
export function openTarget(): Target {
  const key = createSigningKey("fuzzed");
  const statements = [predicateTypes.provenance, predicateTypes.signature].map((predicateType) =>
    statement({
      subjects: [{ name: "image", digest: { sha256: "0".repeat(64) } }],
      predicateType,
      predicate: {},
    }),
  );
  const layers = statements.map((payload) => envelopeJson(signEnvelope(key, payload)));
  return { seeds: [...statements, ...layers], mutate, check };
}

const mutate = mutateJson({
  names: [
    "_type",
    ...["subject", "predicateType", "predicate", "name", "digest", "sha256", "annotations"],
    ...["payload", "payloadType", "signatures", "sig", "keyid", "__proto__", "constructor"],
  ],
  values: ["https://in-toto.io/Statement/v0.1", inTotoPayloadType, "", "sha512", "=="],
});

function check(input: Uint8Array): string {
  const read = reading(["SIGNATURE_INVALID"], () =>
    parseStatement({
      type: "envelope",
      payloadType: inTotoPayloadType,
      payload: input,
      keyId: "",
      signature: Buffer.of(),
      stored: undefined,
    }),
  );
  if (read.type === "accepted") {
    const theirs = JSON.parse(Buffer.from(input).toString());
    const { subjects, predicateType } = read.value;
    assert.equal(predicateType, theirs.predicateType);
    assert.deepEqual(
      subjects.map(({ digests }) => Object.fromEntries(digests)),
      theirs.subject.map(({ digest }: { digest?: object }) => ({ ...digest })),
    );
  }
  const layer = { mediaType: dsseEnvelopeType, payload: input, annotations: new Map<string, string>() };
  const entity = reading(["SIGNATURE_INVALID"], () => cosignEntity(layer));
  if (entity.type === "accepted") {
    const { content } = entity.value;
    assert.ok(content.type === "envelope");
    const theirs = JSON.parse(Buffer.from(input).toString());
    assert.deepEqual(Buffer.from(content.payload), Buffer.from(theirs.payload, "base64"));
    assert.equal(content.payloadType, theirs.payloadType);
  }
  return [read, entity].map((one) => (one.type === "accepted" ? "accepted" : one.outcome)).join("; ");
}
