import { CountersignError } from "../values/error.ts";

/** A rule as it is published, opened again: what `compileImagePolicy` and `compileOpenShiftPolicy` print. */
export type PublishedRule =
  | {
      readonly type: "globs";
      readonly name: string;
      readonly globs: readonly string[];
      readonly tightens: boolean;
      readonly requirements: readonly PublishedRequirement[];
    }
  | {
      readonly type: "scopes";
      readonly scopes: ReadonlyMap<string, readonly object[]>;
      readonly tightens: boolean;
    };

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
  const rule = openPart(text);
  const { transports, globs, name, requirements } = rule;
  const tightens = rule["tightens"] === true;
  if (isRecord(transports) && isRecord(transports["docker"])) {
    const scopes = Object.entries(transports["docker"]).map(
      ([scope, list]) => [scope, Array.isArray(list) ? (list as readonly object[]) : []] as const,
    );
    return { type: "scopes", scopes: new Map(scopes), tightens };
  }
  if (typeof name !== "string" || !Array.isArray(globs) || !Array.isArray(requirements)) {
    throw new CountersignError("POLICY_INVALID", "a published part of a policy is no rule");
  }
  return { type: "globs", name, globs, tightens, requirements };
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
