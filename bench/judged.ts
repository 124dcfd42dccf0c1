import { performance } from "node:perf_hooks";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import { policySubject } from "@countersign/engine/policy/policy-subject";
import { selectScope } from "@countersign/engine/policy/select-scope";
import { digestOf } from "@countersign/engine/values/digest";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import { noEvidence } from "@countersign/engine/verify/evidence";
import { judge } from "@countersign/engine/verify/judge";
import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import { createSigningKit, type SigningKit } from "@countersign/testkit/signing-kit/signing-kit";
import type { Effort } from "./effort.ts";

export const kit: SigningKit = createSigningKit();
const subject = policySubject(parseDockerImage("registry.example/app:v1"));
export const signed = { digest: digestOf(Buffer.from("a manifest")), reference: "registry.example/app" };

/**
 * Asks the judge about one signature, and about the next one the next time; throws if the answer is not "allowed", so
 * that no refusal is timed.
 */
export function judgement(requirement: object, signatures: readonly SigstoreAttachment[]): () => void {
  const policy = parsePolicy(Buffer.from(JSON.stringify({ default: [requirement] })), "bench");
  const { requirements } = selectScope(policy, subject);
  const evidences = signatures.map((signature) => ({
    ...noEvidence,
    manifestDigest: signed.digest,
    signatures: [signature],
    now: kit.now,
  }));
  let turn = 0;
  return () => {
    const evidence = evidences[turn++ % evidences.length];
    const verdict = evidence && judge(requirements, subject, evidence);
    if (!verdict?.allowed) throw new Error(verdict?.reason);
  };
}

export function base64(text: string | Uint8Array): string {
  return Buffer.from(text).toString("base64");
}

/** Until V8 has optimised what there is to optimise; a gateway is that warm after its first minutes. */
const warmUp = { calls: 2000, milliseconds: 3000 };

/**
 * Milliseconds a call of each takes, the means of batches; they are timed in turn, so that a machine whose speed drifts
 * slows all.
 */
export function timeInTurn(
  works: readonly (() => void)[],
  effort: Effort,
  perBatch: number,
): readonly (readonly number[])[] {
  const batches = effort === "full" ? 40 : 1;
  if (effort === "full") for (const work of works) warm(work);
  const times = works.map((): number[] => []);
  for (let batch = 0; batch < batches; batch++) {
    for (const [at, work] of works.entries()) {
      const began = performance.now();
      for (let i = 0; i < perBatch; i++) work();
      times[at]?.push((performance.now() - began) / perBatch);
    }
  }
  return times;
}

function warm(work: () => void): void {
  const began = performance.now();
  for (let i = 0; i < warmUp.calls && performance.now() - began < warmUp.milliseconds; i++) work();
}
