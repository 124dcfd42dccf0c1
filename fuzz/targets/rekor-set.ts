import assert from "node:assert/strict";
import { parsePublicKeyPem } from "@countersign/engine/signature/public-key-pem";
import {
  type LoggedSignature,
  type RekorKey,
  requireEntryOf,
  verifyRekorSet,
} from "@countersign/engine/signature/rekor-set";
import { createSigningKey } from "@countersign/testkit/signing-kit/signing-key";
import { createLog, hashedrekord, logPayload } from "@countersign/testkit/signing-kit/transparency-log";
import { mutateJson } from "../mutate/json.ts";
import { anyOf, type Mutate } from "../mutate/mutate.ts";
import { type Reading, reading } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * What a log is said to have promised: the `Payload` of the bundle annotation. Whatever text it is, a log that signed
 * the canonical form of it (as written down here, apart) is believed to have, and nobody else; and an entry that is
 * taken for our signature's holds our signature.
 */
export function openTarget(): Target {
  const body = hashedrekord({ signer: key.publicKeyPem, signature, payload, integratedTime: 0 });
  const seeds = [
    logPayload(log.key, body, 1_700_000_000),
    logPayload(log.key, { ...body, kind: "intoto" }, 0),
    '{"body":"e30=","integratedTime":1,"logIndex":-1,"logID":"","extra":{"\u20ac":1,"\\r":2,"\ud83d\ude00":[1e21,1e-7,0.1]}}',
  ];
  return { seeds: seeds.map((seed) => Buffer.from(seed)), mutate, check };
}

const log = createLog("fuzzed log");
const logKey = parsePublicKeyPem(Buffer.from(log.publicKeyPem)) as RekorKey;
const strangersKey = parsePublicKeyPem(Buffer.from(createSigningKey("stranger").publicKeyPem)) as RekorKey;
const key = createSigningKey("signer");
const payload = Buffer.from("payload");
const signature = key.sign(payload);
const logged: LoggedSignature = {
  signer: () => key.spki,
  base64Signature: Buffer.from(signature).toString("base64"),
  payload,
};

/** Base64 says the same with line ends inside, and with other bits where its last digit has some to spare. */
const essential = logged.base64Signature.slice(0, -4);

const mutatePayload = mutateJson({
  names: [
    "body",
    "integratedTime",
    "logIndex",
    "logID",
    "Body",
    "extra",
    "\u20ac",
    "\ufb33",
    "\ud83d\ude00",
    "1",
    "10",
    "2",
  ],
  values: ["e30=", "", "\u0000", "\u20ac", logged.base64Signature],
});

const mutateEntry = mutateJson({
  names: [
    ...([
      "apiVersion",
      "kind",
      "spec",
      "data",
      "hash",
      "algorithm",
      "value",
      "signature",
      "content",
    ] as const),
    ...["publicKey", "Kind", "SPEC", "\u017fpec", "url"],
  ],
  values: ["0.0.1", "0.0.2", "hashedrekord", "sha256", "sha512", "SHA256", "", "ff", logged.base64Signature],
});

/** The entry is JSON in base64 in JSON. */
const mutateBody: Mutate = (draw, input, other) => {
  const [, before = "", body = "", after = ""] =
    /^(.*"body":")([^"]*)(".*)$/s.exec(input.toString("latin1")) ?? [];
  if (body === "") return mutatePayload(draw, input, other);
  const entry = Buffer.from(body, "base64");
  const mutated = mutateEntry(draw, entry, entry).toString("base64");
  return Buffer.from(before + mutated + after, "latin1");
};

const mutate = anyOf(mutatePayload, mutateBody, mutateBody);

function check(input: Uint8Array): string {
  const text = Buffer.from(input).toString();
  const signed = canonical(text);
  const set = (bytes: string) => {
    const promise = Buffer.from(log.key.sign(Buffer.from(bytes))).toString("base64");
    return `{"SignedEntryTimestamp":"${promise}","Payload":${text}}`;
  };
  const honest = readSet([strangersKey, logKey], set(signed ?? text));
  assert.equal(readSet([strangersKey], set(signed ?? text)).type, "refused", "a promise without the log");
  const tampered = readSet([logKey], set(`${signed ?? text} `));
  assert.equal(tampered.type, "refused", "a promise of something else");
  if (signed === undefined)
    assert.equal(honest.type, "refused", "what has no canonical form was signed by nobody");
  if (honest.type === "refused") {
    const isUnsigned = honest.message.endsWith("signature verification of Rekor SET failed");
    assert.ok(signed === undefined || !isUnsigned, "what the log signed is not believed");
    return honest.outcome;
  }
  const entry = reading(["SIGNATURE_INVALID"], () => requireEntryOf(honest.value.entry, logged));
  if (entry.type === "refused") return entry.outcome;
  const body = JSON.stringify(JSON.parse(Buffer.from(JSON.parse(text).body, "base64").toString()));
  assert.ok(body.replaceAll(/\\[rn]/g, "").includes(essential), "an entry for another signature");
  return "accepted";
}

function readSet(keys: readonly RekorKey[], set: string): Reading<ReturnType<typeof verifyRekorSet>> {
  return reading(["SIGNATURE_INVALID"], () => verifyRekorSet(keys, set));
}

/** RFC 8785 in a few lines, on Node's JSON; undefined for what has no canonical form. */
function canonical(text: string): string | undefined {
  try {
    return write(JSON.parse(text));
  } catch {
    return undefined;
  }
}

function write(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  if (typeof value !== "object" || value === null) return writeScalar(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${writeScalar(name)}:${write(member)}`).join(",")}}`;
}

function writeScalar(value: unknown): string {
  if (typeof value === "string" && !value.isWellFormed()) throw new Error("half a surrogate pair");
  if (typeof value === "number" && !Number.isFinite(value)) throw new Error("too large a number");
  return JSON.stringify(value);
}
