import { CountersignError } from "./error.ts";
import { decodeBase64 } from "./strict-base64.ts";
import type { Json } from "./strict-json.ts";
import type { Reader, Report } from "./strict-object.ts";

/**
 * Readers that accept what Go's encoding/json accepts for a variable of the type, with its error texts. There null
 * is no error: it leaves the variable as it was, which is empty (`""`, 0) or, for bytes and lists, nil: null here.
 */

/** Into a `string`. */
export const readString: Reader<string> = (value, path, report) => {
  if (value.kind === "string") return value.value;
  if (value.kind === "null") return "";
  report(path, cannotUnmarshal(value, "string"));
  return undefined;
};

/** Into a `[]byte`: base64 in a string, or, rarely seen, a list of numbers. */
export const readBytes: Reader<Uint8Array | null> = (value, path, report) => {
  if (value.kind === "null") return null;
  if (value.kind === "string") return readBase64(value.value, path, report);
  if (value.kind === "array") {
    const bytes = readItems(value.items, path, report, readByte);
    return bytes === undefined ? undefined : Uint8Array.from(bytes);
  }
  report(path, cannotUnmarshal(value, "[]uint8"));
  return undefined;
};

/** Into a `[]string`. */
export const readStrings: Reader<readonly string[] | null> = (value, path, report) => {
  if (value.kind === "null") return null;
  if (value.kind === "array") return readItems(value.items, path, report, readString);
  report(path, cannotUnmarshal(value, "[]string"));
  return undefined;
};

/** Into a `[][]byte`. A null among them is an empty one. */
export const readByteStrings: Reader<readonly Uint8Array[] | null> = (value, path, report) => {
  if (value.kind === "null") return null;
  if (value.kind === "array") {
    return readItems(value.items, path, report, readBytes)?.map((bytes) => bytes ?? new Uint8Array());
  }
  report(path, cannotUnmarshal(value, "[][]uint8"));
  return undefined;
};

/** Into a `float64`. */
export const readFloat64: Reader<number> = (value, path, report) => {
  if (value.kind === "null") return 0;
  const number = value.kind === "number" ? Number(value.text) : Number.NaN;
  if (Number.isFinite(number)) return number;
  report(path, cannotUnmarshal(value, "float64"));
  return undefined;
};

/** Into an `int64`: a bigint, so that none of its 64 bits is lost. */
export const readInt64: Reader<bigint> = (value, path, report) => {
  if (value.kind === "null") return 0n;
  if (value.kind === "number" && isInteger(value.text)) {
    const number = BigInt(value.text);
    if (number === BigInt.asIntN(64, number)) return number;
  }
  report(path, cannotUnmarshal(value, "int64"));
  return undefined;
};

/** Into an `any`: whatever it is, but every number in it, however deep, must fit a `float64`. */
export const readAny: Reader<Json> = (value, path, report) => {
  const waiting: Json[] = [value];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "number" && !Number.isFinite(Number(next.text))) {
      report(path, cannotUnmarshal(next, "float64"));
      return undefined;
    }
    // pushed one by one: a hostile payload has more items than a call may have arguments
    if (next.kind === "array") for (const item of next.items.toReversed()) waiting.push(item);
    if (next.kind === "object") for (const [, item] of next.members.toReversed()) waiting.push(item);
  }
  return value;
};

/** Go's text for a value of the wrong type. Its numeric types quote a number that does not fit. */
export function cannotUnmarshal(value: Json, goType: string): string {
  return `json: cannot unmarshal ${describe(value, goType)} into Go value of type ${goType}`;
}

function describe(value: Json, goType: string): string {
  if (value.kind === "boolean") return "bool";
  if (value.kind === "number" && numericTypes.has(goType)) return `number ${value.text}`;
  return value.kind;
}

const numericTypes: ReadonlySet<string> = new Set(["uint8", "int", "int64", "float64"]);

const readByte: Reader<number> = (value, path, report) => {
  if (value.kind === "null") return 0;
  const number = value.kind === "number" && isInteger(value.text) ? Number(value.text) : -1;
  if (number >= 0 && number <= 255 && !Object.is(number, -0)) return number;
  report(path, cannotUnmarshal(value, "uint8"));
  return undefined;
};

/** Go reads an integer only from plain digits: neither `1.0` nor `1e3` is one. Bounded, as BigInt is not linear. */
function isInteger(number: string): boolean {
  return /^-?[0-9]{1,19}$/.test(number);
}

function readBase64(text: string, path: string, report: Report): Uint8Array | undefined {
  try {
    return decodeBase64(text);
  } catch (error) {
    report(path, CountersignError.from(error).message);
    return undefined;
  }
}

/** Every item, or undefined if one reported a fault. */
function readItems<T>(
  items: readonly Json[],
  path: string,
  report: Report,
  readItem: Reader<T>,
): readonly T[] | undefined {
  const read = items.map((item, index) => readItem(item, `${path}[${index}]`, report));
  const whole = read.filter((item) => item !== undefined);
  return whole.length === read.length ? whole : undefined;
}
