import assert from "node:assert/strict";
import { isUtf8 } from "node:buffer";
import { parsePolicy } from "@countersign/engine/policy/parse-policy";
import type { Policy } from "@countersign/engine/policy/policy";
import { printPolicy } from "@countersign/engine/policy/print-policy";
import { mutateJson } from "../mutate/json.ts";
import { reading, requireOwnWords } from "../outcome.ts";
import type { Target } from "../target.ts";
import { readWithOutcome } from "./policy-outcome.ts";
import { policySeeds, policyWords } from "./policy-words.ts";

/**
 * A policy file. It is read or it has faults, each of them somewhere; read, it means what the same file means to
 * JSON.parse, and what it means can be written down and read again.
 */
export function openTarget(): Target {
  return { seeds: policySeeds, mutate: mutateJson(policyWords), check };
}

function check(input: Uint8Array): string {
  const { policy, faults, outcome } = readWithOutcome(input);
  const parsed = reading(["POLICY_INVALID"], () => parsePolicy(input, "file"));
  assert.equal(parsed.type === "accepted", policy !== undefined, "parsePolicy and readPolicy disagree");
  for (const { path, message } of faults) {
    requireOwnWords(message);
    assert.equal(typeof path, "string");
  }
  if (policy !== undefined) checkMeaning(input, policy);
  return outcome;
}

function checkMeaning(input: Uint8Array, { digest: _, ...content }: Policy): void {
  assert.deepEqual(contentOf(printPolicy(content)), content, "written and read again it differs");
  const plain: unknown = JSON.parse(new TextDecoder("utf-8", { ignoreBOM: true }).decode(input));
  if (!isUtf8(input)) return;
  assert.deepEqual(contentOf(Buffer.from(JSON.stringify(plain))), content, "JSON.parse reads something else");
}

function contentOf(text: Uint8Array): Omit<Policy, "digest"> {
  const { digest: _, ...content } = parsePolicy(text, "written");
  return content;
}
