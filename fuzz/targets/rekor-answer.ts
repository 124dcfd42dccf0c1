import assert from "node:assert/strict";
import { cosignEntity } from "@countersign/engine/signature/sigstore/cosign-entity";
import { parseBundle } from "@countersign/engine/signature/sigstore/parse-bundle";
import type { SignedEntity } from "@countersign/engine/signature/sigstore/signed-entity";
import { makeBundle } from "@countersign/signing/formats/bundle";
import {
  attestationLayer,
  type CosignLayer,
  signatureLayer,
} from "@countersign/signing/formats/cosign-layer";
import { signEnvelope } from "@countersign/signing/formats/envelope";
import { rekorV1 } from "@countersign/signing/keyless/rekor-v1";
import { rekorV2 } from "@countersign/signing/keyless/rekor-v2";
import { keySigner } from "@countersign/signing/keys/key-signer";
import { noWitnesses } from "@countersign/signing/witness";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { keySigner as bundleSigner } from "@countersign/testkit/signing-kit/sigstore/bundle-signer";
import { dsse, hashedrekord, hashedrekordV2 } from "@countersign/testkit/signing-kit/sigstore/entry-body";
import {
  signEnvelope as madeEnvelope,
  signMessage,
} from "@countersign/testkit/signing-kit/sigstore/made-signature";
import { createPocketSigstore } from "@countersign/testkit/signing-kit/sigstore/pocket-sigstore";
import { entryAnswer } from "@countersign/testkit/sigstore-servers/rekor-server";
import { mutateJson } from "../mutate/json.ts";
import { anyOf, type Mutate } from "../mutate/mutate.ts";
import { type Reading, readingAsync } from "../outcome.ts";
import type { Target } from "../target.ts";
import { answeringService } from "../testing/answering-service.ts";

/**
 * What a transparency log answers, Rekor v1 and v2, to one who signs with an Ed25519 key (whose signatures are always the
 * same, so that an honest answer can be had beforehand). Whatever it is: what is published then can be read by those who
 * verify, it is our signature by our key, and of log entries it has the one.
 */
export function openTarget(): Target {
  return { seeds: seeds.map((seed) => Buffer.from(JSON.stringify(seed))), mutate, check };
}

const sigstore = createPocketSigstore();
const { rekor, rekorTiles } = sigstore;
const key = createSigningKey("fuzzed", "ed25519");
const byKey = bundleSigner(key);
const party = { signer: keySigner(key.privateKey), certificate: undefined };
const p256 = createSigningKey("fuzzed", "p256");
const p256Party = { signer: keySigner(p256.privateKey), certificate: undefined };
const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');

const seeds: readonly unknown[] = [
  { uuid: entryAnswer(rekor.add(dsse(madeEnvelope(key, payload), byKey))) },
  { uuid: entryAnswer(rekor.add(hashedrekord(signMessage(key, payload), byKey))) },
  rekorTiles.add(hashedrekordV2(madeEnvelope(p256, payload), bundleSigner(p256))),
  rekorTiles.add(hashedrekordV2(madeEnvelope(key, payload), byKey)),
];

const mutateStructure = mutateJson({
  names: [
    ...([
      "body",
      "integratedTime",
      "logID",
      "logIndex",
      "verification",
      "inclusionProof",
      "checkpoint",
    ] as const),
    ...[
      "hashes",
      "rootHash",
      "treeSize",
      "signedEntryTimestamp",
      "canonicalizedBody",
      "kindVersion",
      "logId",
    ],
    ...["keyId", "inclusionPromise", "envelope", "kind", "version", "__proto__", "toJSON"],
  ],
  values: [
    "hashedrekord",
    "0.0.1",
    "0.0.2",
    "dsse",
    "ff",
    "AAAA",
    "",
    "9007199254740993",
    "rekor.pocket.example\n",
  ],
});

const mutateEntry = mutateJson({
  names: [
    "apiVersion",
    "kind",
    "spec",
    "data",
    "hash",
    "value",
    "signature",
    "content",
    "publicKey",
    "signatures",
  ],
  values: ["0.0.1", "0.0.2", "hashedrekord", "dsse", "sha256", "ff", "AAAA"],
});

/** The entry is JSON in base64 in JSON. */
const mutateBody: Mutate = (draw, input, other) => {
  const [, before = "", body = "", after = ""] =
    /^(.*"(?:body|canonicalizedBody)":")([^"]*)(".*)$/s.exec(input.toString("latin1")) ?? [];
  if (body === "") return mutateStructure(draw, input, other);
  const entry = Buffer.from(body, "base64");
  return Buffer.from(before + mutateEntry(draw, entry, entry).toString("base64") + after, "latin1");
};

const mutate = anyOf(mutateStructure, mutateStructure, mutateBody);

const { signal } = new AbortController();
const url = new URL("https://rekor.example");

async function check(input: Uint8Array): Promise<string> {
  const services = answeringService(() => input);
  const first = { ...noWitnesses, log: rekorV1(url, services) };
  const second = { ...noWitnesses, log: rekorV2(url, services) };
  const envelope = await signEnvelope(party.signer, payload, "sha256", signal);
  const p256Envelope = await signEnvelope(p256Party.signer, payload, "sha256", signal);
  const outcomes = [
    published(await made(() => makeBundle(envelope, party, first, signal)), parseBundle, envelope.signature),
    published(
      await made(() => makeBundle(p256Envelope, p256Party, second, signal)),
      parseBundle,
      p256Envelope.signature,
    ),
    published(await made(() => signatureLayer(payload, party, first, signal)), entityOf, key.sign(payload)),
    published(
      await made(() => attestationLayer(envelope, "https://a.example", party, first, signal)),
      entityOf,
      envelope.signature,
    ),
  ];
  return outcomes.join("; ");
}

function made<T>(make: () => Promise<T>): Promise<Reading<T>> {
  return readingAsync(["SIGNING_SERVICE_FAILED"], make);
}

function published<T>(read: Reading<T>, entityOf: (value: T) => SignedEntity, signature: Uint8Array): string {
  if (read.type === "refused") return read.outcome;
  const { content, signer, logEntries, timestamps } = entityOf(read.value);
  assert.deepEqual(Buffer.from(content.signature), Buffer.from(signature), "another signature");
  assert.equal(signer.type, "key");
  assert.equal(logEntries.length, 1);
  assert.equal(timestamps.length, 0);
  if (content.type === "envelope") assert.deepEqual(Buffer.from(content.payload), payload, "another payload");
  return `published ${logEntries[0]?.kind} ${logEntries[0]?.version}`;
}

function entityOf({ mediaType, bytes, annotations }: CosignLayer): SignedEntity {
  return cosignEntity({ mediaType, payload: bytes, annotations: new Map(Object.entries(annotations)) });
}
