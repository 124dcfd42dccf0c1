import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";

/** What a reader made of an input: a value, or a refusal that it may make. */
export type Reading<T> =
  | { readonly type: "accepted"; readonly value: T }
  | { readonly type: "refused"; readonly message: string; readonly outcome: string };

/**
 * Lets a reader read.
 * @param codes with which it may refuse
 * @throws whatever else it throws, also when a refusal's words are those of a fault that was caught and passed on
 */
export function reading<T>(codes: readonly ErrorCode[], read: () => T): Reading<T> {
  try {
    return { type: "accepted", value: read() };
  } catch (caught) {
    return refusal(codes, caught);
  }
}

/** The same of a reader that waits. */
export async function readingAsync<T>(
  codes: readonly ErrorCode[],
  read: () => Promise<T>,
): Promise<Reading<T>> {
  try {
    return { type: "accepted", value: await read() };
  } catch (caught) {
    return refusal(codes, caught);
  }
}

function refusal(codes: readonly ErrorCode[], caught: unknown): Reading<never> {
  if (!(caught instanceof CountersignError) || !codes.includes(caught.code)) throw caught;
  const { code, message } = caught;
  requireOwnWords(message);
  const { cause } = caught;
  const why = cause instanceof Error && cause.message !== message ? `: ${shapeOf(cause.message)}` : "";
  return { type: "refused", message, outcome: `${code} ${shapeOf(message)}${why}` };
}

const enginesWords =
  /Maximum call stack|Cannot (?:read|set|convert|create)|is not (?:a function|iterable|defined|a constructor)|Invalid (?:array|string|regular|time|count)|out of memory|The value of .* is out of range|Assertion|\[object |circular structure/;

/** A refusal in V8's words is a crash that something caught. */
export function requireOwnWords(message: string): void {
  const words = enginesWords.exec(withoutQuotes(message))?.[0];
  if (words !== undefined) throw new Error(`a refusal hides a fault of ours: ${message.slice(0, 500)}`);
}

const longest = 200;

/** A message without what it says of the one input: two inputs that are refused alike have the same shape. */
export function shapeOf(message: string): string {
  return withoutQuotes(message)
    .replaceAll(/[0-9a-f]{8,}/gi, "#")
    .replaceAll(/\d+/g, "#")
    .slice(0, longest);
}

function withoutQuotes(message: string): string {
  return message
    .slice(0, 4000)
    .replaceAll(/"(?:[^"\\]|\\.)*"?/gs, '"…"')
    .replaceAll(/'(?:[^'\\]|\\.){1,12}'/gs, "'…'");
}
