import type { Policy } from "@countersign/engine/policy/policy";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { type ImageReference, repositoryName } from "@countersign/engine/values/image-reference";
import { dockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import { type DenialCode, denialCode } from "@countersign/engine/verify/denial-code";
import { type InstanceChoice, rejectionPrefix } from "@countersign/engine/verify/gather";
import type { ImageSource } from "@countersign/engine/verify/ports";
import type { Verdict } from "@countersign/engine/verify/verdict";
import {
  decideWithoutEvidence,
  isOnlyWarnedOf,
  type Ports,
  verifyImage,
} from "@countersign/engine/verify/verify-image";
import { type Warning, warningsOf } from "@countersign/engine/verify/warnings";
import { runtimeChoices } from "./runtime-choices.ts";
import type { ResolvedImage } from "./verifier-call.ts";

export type Judgement =
  | { readonly allowed: true; readonly warnings: readonly Warning[] }
  | {
      readonly allowed: false;
      readonly code: DenialCode;
      /** containers/image's whole text */
      readonly text: string;
    };

/**
 * Judges the manifest that containerd resolved, under the name by which it will be stored. The tag is not asked again: it
 * may have moved, and what is pulled is the digest.
 * @throws CountersignError when it cannot be decided
 */
export async function judgeResolved(
  resolved: ResolvedImage,
  policy: Policy,
  platform: Platform,
  ports: Ports,
  signal: AbortSignal,
): Promise<Judgement> {
  const image = dockerImage(resolved.image);
  const instant = decideWithoutEvidence(policy, image);
  if (instant !== undefined) return judgement(instant.verdict, rejectionPrefix(undefined));
  if (!isOnlyWarnedOf(policy, image)) return await judgeByEvidence(resolved, policy, platform, ports, signal);
  try {
    return await judgeByEvidence(resolved, policy, platform, ports, signal);
  } catch (caught) {
    // what only warns keeps no image out, whatever is wrong
    signal.throwIfAborted();
    const { code, message } = CountersignError.from(caught);
    return { allowed: true, warnings: [{ code, reason: message }] };
  }
}

async function judgeByEvidence(
  { image, digest }: ResolvedImage,
  policy: Policy,
  platform: Platform,
  ports: Ports,
  signal: AbortSignal,
): Promise<Judgement> {
  const source = await openByDigest(image, digest, ports, signal);
  const sources = { open: async () => source };
  // through the index each time: where its signature counts, it counts for whichever entry is taken
  const verify = async (choice: InstanceChoice) =>
    await verifyImage({ image: dockerImage(image), policy, ...choice }, { ...ports, sources }, signal);
  const { verdict, instance } = await verify({ platform });
  const others = verdict.allowed ? runtimeChoices(source.manifest, platform) : [];
  for (const other of others) {
    if (other === instance) continue;
    const answer = await verify({ platform, instance: other });
    if (!answer.verdict.allowed) {
      return judgement(
        answer.verdict,
        `${other}, which containerd may take from the index: ${rejectionPrefix(undefined)}`,
      );
    }
  }
  return judgement(verdict, rejectionPrefix(instance));
}

async function openByDigest(
  { domain, path }: ImageReference,
  digest: Digest,
  { sources }: Ports,
  signal: AbortSignal,
): Promise<ImageSource> {
  const source = await sources.open(dockerImage({ domain, path, tag: undefined, digest }), signal);
  if (manifestDigest(source.manifest.bytes) === digest) return source;
  const repository = repositoryName({ domain, path, tag: undefined, digest: undefined });
  throw new CountersignError(
    "MANIFEST_DIGEST_MISMATCH",
    `${source.physical} gave another manifest of ${repository} than ${digest}`,
  );
}

function judgement(verdict: Verdict, prefix: string): Judgement {
  if (verdict.allowed) return { allowed: true, warnings: warningsOf(verdict.requirements) };
  return { allowed: false, code: denialCode(verdict), text: prefix + verdict.reason };
}
