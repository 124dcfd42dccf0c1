import { policyHints } from "@countersign/engine/policy/lint/policy-hints";
import { type PolicyReading, readPolicy } from "@countersign/engine/policy/parse-policy";
import type { Policy } from "@countersign/engine/policy/policy";
import { readJsonDocument } from "@countersign/engine/values/json-document";
import { shapeOf } from "../outcome.ts";
import { policyTransports } from "./policy-words.ts";

/** A policy file as we read it, and in a few words what that was. */
export function readWithOutcome(input: Uint8Array): PolicyReading & { readonly outcome: string } {
  const read = readPolicy(input);
  const { policy, faults } = read;
  const outcome = policy === undefined ? `refused: ${shapeOf(faults[0].message)}` : acceptedAs(policy, input);
  return { ...read, outcome };
}

function acceptedAs(policy: Policy, input: Uint8Array): string {
  const hints = policyHints(policy, readJsonDocument(input)).map(({ code }) => code);
  return `accepted: ${kindsIn(policy)} ${[...new Set(hints)].sort().join("; ")}`;
}

function transportKind(name: string): string {
  return policyTransports.has(name) ? name : "unknown transport";
}

/** Which kinds of things a policy says, each once. */
function kindsIn({ default: defaults, transports }: Policy): string {
  const scoped = [...transports.values()].flatMap((scopes) => [...scopes.values()]);
  const kinds = [defaults, ...scoped].flat().map((requirement) => {
    const trust = "trust" in requirement ? requirement.trust.type : "";
    const identity = "identity" in requirement ? requirement.identity.type : "";
    return `${requirement.type} ${trust} ${identity}`;
  });
  return [...new Set([...kinds, ...[...transports.keys()].map(transportKind)])]
    .sort()
    .slice(0, 12)
    .join(", ");
}
