import assert from "node:assert/strict";
import { policyHints } from "@countersign/engine/policy/lint/policy-hints";
import { parsePolicy, readPolicy } from "@countersign/engine/policy/parse-policy";
import type { Policy } from "@countersign/engine/policy/policy";
import { printPolicy } from "@countersign/engine/policy/print-policy";
import { readJsonDocument } from "@countersign/engine/values/json-document";
import { celExpression } from "@countersign/sources/policy-languages/cel-expression";
import { re2Pattern } from "@countersign/sources/policy-languages/re2-pattern";
import { mutateJson } from "../mutate/json.ts";
import { requireOwnWords, shapeOf } from "../outcome.ts";
import type { Target } from "../target.ts";
import { extensionSeeds, extensionWords } from "./policy-extension-words.ts";

const languages = { pattern: re2Pattern, cel: celExpression };

/**
 * A policy file that is marked. It is read or it has faults in our words, each of them somewhere; read, it can be written
 * down and read again as the same, and lint has its say of it.
 */
export function openTarget(): Target {
  return { seeds: extensionSeeds, mutate: mutateJson(extensionWords), check };
}

function check(input: Uint8Array): string {
  const { policy, faults } = readPolicy(input, languages);
  for (const { message } of faults) requireOwnWords(message);
  const [first] = faults;
  if (first !== undefined) return `refused: ${shapeOf(first.message)}`;
  assert.ok(policy !== undefined);
  const hints = policyHints(policy, readJsonDocument(input)).map(({ code }) => code);
  const written = printPolicy(policy);
  assert.deepEqual(
    contentOf(parsePolicy(written, "written", languages)),
    contentOf(policy),
    "it reads otherwise",
  );
  return `accepted: ${[...new Set(hints)].sort().join("; ")}`;
}

/** What is compiled anew has functions of its own. */
function contentOf({ digest: _, ...content }: Policy): unknown {
  return JSON.parse(
    JSON.stringify(content, (_name, value: unknown) => (value instanceof Map ? [...value] : value)),
  );
}
