import assert from "node:assert/strict";
import type { SigstoreTrust, TrustSource } from "@countersign/engine/policy/policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { cosignAnnotation } from "@countersign/engine/signature/cosign-annotation";
import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { noEvidence } from "@countersign/engine/verify/evidence";
import { judgeSigstoreSigned } from "@countersign/engine/verify/judge-sigstore";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { cosignSignatureType } from "@countersign/testkit/signing-kit/cosign-signature";
import { defaultEmail, defaultOidcIssuer } from "@countersign/testkit/signing-kit/fulcio";
import { createSigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import { mutateBytes } from "../mutate/bytes.ts";
import { mutateJson } from "../mutate/json.ts";
import type { Mutate } from "../mutate/mutate.ts";
import { mutatePem } from "../mutate/pem.ts";
import { reading, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";

/**
 * A signature as it is attached to an image: a payload and annotations, here as JSON. By whatever it is made out to be
 * signed, it counts only with the very payload that somebody trusted has signed.
 */
export function openTarget(): Target {
  return { seeds: honest.map(written), mutate, check };
}

const kit = createSigningKit();
const manifestDigest = digestOf(Buffer.from("manifest"));
const image = { digest: manifestDigest, reference: "registry.example/app" };
const key = kit.key("release");
const stranger = kit.key("stranger");
const other = { ...image, digest: digestOf(Buffer.from("another manifest")) };

const honest: readonly SigstoreAttachment[] = [
  kit.sign(key, image),
  kit.signLogged(key, image),
  kit.signKeyless({}, image),
  kit.signPki(defaultEmail, image),
  // parts of these must not make up for parts of the others
  kit.signLogged(key, other),
  kit.signKeyless({}, other),
  kit.signKeyless({ email: "mallory@example.com" }, image),
  kit.sign(stranger, image),
];
const signed = new Set(honest.slice(0, 4).map(({ payload }) => Buffer.from(payload).toString()));

const inline = (text: string): TrustSource => ({ type: "inline", data: [Buffer.from(text)] });
const rekor = inline(kit.log.publicKeyPem);
const fulcio = { ca: inline(kit.fulcio.caPem), oidcIssuer: defaultOidcIssuer, subjectEmail: defaultEmail };
const pki = {
  ...{ roots: inline(kit.pki.root.pem), intermediates: undefined },
  ...{ subjectEmail: defaultEmail, subjectHostname: undefined },
};
const trusts: readonly SigstoreTrust[] = [
  { type: "keys", keys: inline(key.publicKeyPem), rekor: undefined },
  { type: "keys", keys: inline(key.publicKeyPem), rekor },
  { type: "fulcio", fulcio, rekor },
  { type: "pki", pki },
];
const subject = policySubject(parseDockerImage("registry.example/app:1"));

/** As JSON writes it. */
interface Written {
  readonly payload: string;
  readonly annotations: Readonly<Record<string, string>>;
}

function written({ payload, annotations }: SigstoreAttachment): Buffer {
  const whole: Written = {
    payload: Buffer.from(payload).toString("base64"),
    annotations: Object.fromEntries(annotations),
  };
  return Buffer.from(JSON.stringify(whole));
}

function read(input: Uint8Array): Written | undefined {
  try {
    const { payload, annotations } = JSON.parse(Buffer.from(input).toString());
    const texts = Object.entries<unknown>(annotations ?? {}).filter(([, value]) => typeof value === "string");
    return { payload: String(payload), annotations: Object.fromEntries(texts) as Written["annotations"] };
  } catch {
    return undefined;
  }
}

const mutatePayload = mutateJson({
  names: ["critical", "optional", "image", "identity", "type", "docker-reference", "docker-manifest-digest"],
  values: [other.digest, manifestDigest, "registry.example/other", "cosign container image signature"],
});
const mutateSet = mutateJson({
  names: ["SignedEntryTimestamp", "Payload", "body", "integratedTime", "logIndex", "logID", "payload"],
  values: ["", "AAAA"],
});

const mutateInside: Readonly<Record<string, Mutate>> = {
  payload: mutatePayload,
  [cosignAnnotation.bundle]: mutateSet,
  [cosignAnnotation.certificate]: mutatePem,
  [cosignAnnotation.chain]: mutatePem,
  [cosignAnnotation.signature]: mutateBytes,
};

const mutate: Mutate = (draw, input, otherInput) => {
  const one = read(input);
  const another = read(otherInput) ?? one;
  if (one === undefined || another === undefined) return mutateBytes(draw, input, otherInput);
  const parts: Record<string, string> = { payload: one.payload, ...one.annotations };
  const theirs: Readonly<Record<string, string>> = { payload: another.payload, ...another.annotations };
  const name = draw.one(["payload", ...Object.keys(parts), ...Object.keys(theirs)]);
  if (draw.chance(0.3)) parts[name] = theirs[name] ?? "";
  else if (draw.chance(0.1)) delete parts[name];
  else {
    const bytes = (text = "") => (name === "payload" ? Buffer.from(text, "base64") : Buffer.from(text));
    const mutated = (mutateInside[name] ?? mutateBytes)(draw, bytes(parts[name]), bytes(theirs[name]));
    parts[name] = mutated.toString(name === "payload" ? "base64" : "utf8");
  }
  const { payload = "", ...annotations } = parts;
  return Buffer.from(JSON.stringify({ payload, annotations } satisfies Written));
};

function check(input: Uint8Array): string {
  const found = read(input);
  if (found === undefined) return "no signature";
  const payload = Buffer.from(found.payload, "base64");
  const signature: SigstoreAttachment = {
    type: "sigstore",
    mediaType: cosignSignatureType,
    payload,
    annotations: new Map(Object.entries(found.annotations)),
    location: "here",
  };
  const evidence = { ...noEvidence, manifestDigest, signatures: [signature], now: kit.now };
  const outcomes = trusts.map((trust) => {
    const requirement = { type: "sigstoreSigned", trust, identity: { type: "matchRepository" } } as const;
    const judged = reading(["TOO_LARGE"], () => judgeSigstoreSigned(requirement, subject, evidence));
    if (judged.type === "refused") return judged.outcome;
    if (judged.value.outcome !== "satisfied")
      return shapeOf("reason" in judged.value ? judged.value.reason : "");
    assert.ok(signed.has(payload.toString()), `counts as ${trust.type}, and nobody signed it`);
    return "accepted";
  });
  return [...new Set(outcomes)].join("; ");
}
