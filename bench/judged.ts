import { performance } from "node:perf_hooks";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { digestOf } from "@countersign/engine/values/digest";
import { parseImageReference } from "@countersign/engine/values/image-reference";
import { judge } from "@countersign/engine/verify/judge";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { createSigningKit, type SigningKit } from "@countersign/testkit/signing-kit/signing-kit";

export const kit: SigningKit = createSigningKit();
export const image = parseImageReference("registry.example/app:v1");
export const signed = { digest: digestOf(Buffer.from("a manifest")), reference: "registry.example/app" };

/** Asks the warm judge one question; throws if the answer is not "allowed", so that no refusal is timed. */
export function judgement(requirement: object, signature: SigstoreAttachment): () => void {
  const policy = parsePolicy(Buffer.from(JSON.stringify({ default: [requirement] })), "bench");
  const { requirements } = selectScope(policy, image);
  const evidence = {
    manifestDigest: signed.digest,
    signatures: [signature],
    trustFiles: new Map(),
    now: kit.now,
  };
  return () => {
    const verdict = judge(requirements, image, evidence);
    if (!verdict.allowed) throw new Error(verdict.reason);
  };
}

export function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64");
}

/** Until V8 has optimised what there is to optimise; a gateway is that warm after its first minutes. */
const warmUp = 2000;

/**
 * Milliseconds a call takes, medians of batches; the two are timed in turn, so that a machine whose speed drifts
 * slows both.
 */
export function timeInTurn(
  a: () => void,
  b: () => void,
  batches = 40,
  perBatch = 50,
): readonly [a: number[], b: number[]] {
  const times: [number[], number[]] = [[], []];
  for (const work of [a, b]) for (let i = 0; i < warmUp; i++) work();
  for (let batch = 0; batch < batches; batch++) {
    for (const [at, work] of [a, b].entries()) {
      const began = performance.now();
      for (let i = 0; i < perBatch; i++) work();
      const took = (performance.now() - began) / perBatch;
      times[at]?.push(took);
    }
  }
  return times;
}
