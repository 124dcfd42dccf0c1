import { CountersignError } from "../values/error.ts";

/** A rule as it is published, opened again: what `compileImagePolicy` and `compileOpenShiftPolicy` print. */
export type PublishedRule = PublishedGlobRule | PublishedScopeRule;

export interface PublishedGlobRule extends RuleParts {
  readonly type: "globs";
  readonly globs: readonly string[];
}

/** One policy asks the same of all its scopes. */
export interface PublishedScopeRule extends RuleParts {
  readonly type: "scopes";
  readonly scopes: readonly string[];
}

interface RuleParts {
  readonly name: string;
  readonly tightens: boolean;
  readonly requirements: readonly PublishedRequirement[];
}

export interface PublishedRequirement {
  readonly type: string;
  readonly mode?: "enforce" | "warn";
  readonly authorities?: readonly PublishedAuthority[];
}

export interface PublishedAuthority {
  readonly name: string;
  readonly static?: { readonly action: "pass" | "fail" };
  readonly key?: { readonly data: string; readonly hashAlgorithm: string };
  readonly [member: string]: unknown;
}

type JsonRecord = Readonly<Record<string, unknown>>;

/**
 * Content was checked by its digest, and what comes of it is parsed strictly before anybody goes by it; here it is only
 * taken apart.
 * @throws CountersignError POLICY_INVALID for what is no rule
 */
export function openRule(text: string): PublishedRule {
  const { transports, globs, name, requirements, tightens: isTightening } = openPart(text);
  if (typeof name !== "string") throw noRule();
  const tightens = isTightening === true;
  if (isRecord(transports) && isRecord(transports["docker"])) {
    const scopes = Object.keys(transports["docker"]);
    const [list, ...others] = new Map(
      Object.values(transports["docker"]).map((each) => [JSON.stringify(each), each]),
    ).values();
    if (others.length > 0 || !Array.isArray(list)) throw noRule();
    return { type: "scopes", name, scopes, tightens, requirements: list };
  }
  if (!Array.isArray(globs) || !Array.isArray(requirements)) throw noRule();
  return { type: "globs", name, globs, tightens, requirements };
}

function noRule(): CountersignError {
  return new CountersignError("POLICY_INVALID", "a published part of a policy is no rule");
}

/** @throws CountersignError POLICY_INVALID */
export function openPart(text: string): JsonRecord {
  const value = parse(text);
  if (isRecord(value)) return value;
  throw new CountersignError("POLICY_INVALID", "a published part of a policy is no object");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new CountersignError("POLICY_INVALID", `a published part of a policy is no JSON: ${reason}`);
  }
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
