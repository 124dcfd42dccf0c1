import type { UnverifiedSignature } from "@countersign/engine/verify/ports";
import { attachmentTag } from "@countersign/sources/attachments/attachment-tag";
import { attachmentLimits } from "@countersign/sources/attachments/limits";
import { readTagged } from "@countersign/sources/attachments/read-layers";
import { readReferrers } from "@countersign/sources/attachments/read-referrers";
import type { OpenRepository } from "@countersign/sources/open-repositories";
import type { Timing } from "@countersign/sources/timing";
import { bundleType, makeBundle } from "./formats/bundle.ts";
import { attestationLayer, type CosignLayer, signatureLayer } from "./formats/cosign-layer.ts";
import { signEnvelope } from "./formats/envelope.ts";
import { simpleSigningPayload } from "./formats/simple-signing-payload.ts";
import { imageSignaturePredicate, type Predicate, statement } from "./formats/statement.ts";
import type { SignatureTask } from "./signature-task.ts";
import type { SigningParty } from "./signing-party.ts";
import { findAsGood } from "./store/already-there.ts";
import { attachLayers } from "./store/attach-layers.ts";
import { attachReferrer } from "./store/attach-referrer.ts";
import type { Witnesses } from "./witness.ts";

/** Who signs, who sees it, and what time it is. */
export interface SigningMeans {
  /** asked for each signature anew: a certificate lasts some minutes */
  party(signal: AbortSignal): Promise<SigningParty>;
  readonly witnesses: Witnesses;
  readonly timing: Timing;
}

export interface PerformedTask {
  readonly task: SignatureTask;
  /** `already there`: one as good was, and nothing was signed */
  readonly outcome: "stored" | "already there";
  /** as `explain` names it */
  readonly location: string;
}

/**
 * Signs, and stores the signature beside the image; unless one as good is there.
 * @throws CountersignError with a registry code, SIGNER_FAILED, SIGNING_SERVICE_FAILED or REGISTRY_CONFLICT
 */
export async function performTask(
  repository: OpenRepository,
  task: SignatureTask,
  means: SigningMeans,
  signal: AbortSignal,
): Promise<PerformedTask> {
  const payload = payloadOf(task);
  const party = await means.party(signal);
  const stored = await readStored(repository, task, signal);
  const same = findAsGood(stored, { party, witnesses: means.witnesses, format: task.format, payload });
  if (same !== undefined) return { task, outcome: "already there", location: same.location };
  const location =
    task.format === "bundle"
      ? await storeBundle(repository, task, payload, { ...means, party }, signal)
      : await storeLayer(repository, task, payload, { ...means, party }, signal);
  return { task, outcome: "stored", location };
}

/** The same for one signature. */
type Means = Omit<SigningMeans, "party"> & { readonly party: SigningParty };

/** What is signed: the first format signs a payload of its own, all else a statement. */
function payloadOf(task: SignatureTask): Uint8Array {
  const { digest } = task.subject;
  if (task.type === "attestation") {
    return statement({ digest, names: task.names, annotations: new Map() }, task.predicate);
  }
  const [name] = task.names;
  return task.format === "legacy"
    ? simpleSigningPayload(digest, name, task.annotations)
    : statement({ digest, names: task.names, annotations: task.annotations }, imageSignaturePredicate);
}

/**
 * What is stored where the format is read, and nothing else: `sigstoreSigned` looks for the old format under its tag alone.
 * Whoever moves such a signature to a manifest that refers to the image would otherwise keep us from signing, while every
 * node denies the image.
 */
async function readStored(
  repository: OpenRepository,
  task: SignatureTask,
  signal: AbortSignal,
): Promise<readonly UnverifiedSignature[]> {
  const kind = task.type === "signature" ? "signatures" : "attestations";
  if (task.format === "legacy")
    return await readTagged(repository, tagOf(task), attachmentLimits[kind], signal);
  const place = { repository: undefined, tagPrefix: "" };
  return await readReferrers(repository, { subject: task.subject.digest, kind, place }, signal);
}

/** Where the old format is. */
function tagOf(task: SignatureTask): string {
  return attachmentTag(task.subject.digest, task.type === "signature" ? ".sig" : ".att");
}

async function storeBundle(
  repository: OpenRepository,
  task: SignatureTask,
  payload: Uint8Array,
  { party, witnesses, timing }: Means,
  signal: AbortSignal,
): Promise<string> {
  // SHA-256 whatever the curve, if it is up to us: cosign 3 and sigstore-js verify nothing else by a key
  const hash = witnesses.log?.hashFor(party.signer.publicKey) ?? "sha256";
  const envelope = await signEnvelope(party.signer, payload, hash, signal);
  const bytes = await makeBundle(envelope, party, witnesses, signal);
  const annotations = {
    "dev.sigstore.bundle.content": "dsse-envelope",
    "dev.sigstore.bundle.predicateType": predicateOf(task).type,
    "org.opencontainers.image.created": `${new Date(timing.now()).toISOString().slice(0, 19)}Z`,
  };
  const artifact = { type: bundleType, bytes, annotations };
  return `${repository.name}@${await attachReferrer(repository, task.subject, artifact, timing, signal)}`;
}

async function storeLayer(
  repository: OpenRepository,
  task: SignatureTask,
  payload: Uint8Array,
  means: Means,
  signal: AbortSignal,
): Promise<string> {
  const tag = tagOf(task);
  const layer = await makeLayer(task, payload, means, signal);
  await attachLayers(repository, tag, [layer], means.timing, signal);
  return `${repository.name}:${tag}`;
}

async function makeLayer(
  task: SignatureTask,
  payload: Uint8Array,
  { party, witnesses }: Means,
  signal: AbortSignal,
): Promise<CosignLayer> {
  if (task.type === "signature") return await signatureLayer(payload, party, witnesses, signal);
  const envelope = await signEnvelope(party.signer, payload, "sha256", signal);
  return await attestationLayer(envelope, task.predicate.type, party, witnesses, signal);
}

function predicateOf(task: SignatureTask): Predicate {
  return task.type === "signature" ? imageSignaturePredicate : task.predicate;
}
