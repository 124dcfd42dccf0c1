import { CountersignError } from "../../values/error.ts";
import { decodeBase64 } from "../../values/strict-base64.ts";
import type { Json } from "../../values/strict-json.ts";
import { type ObjectFields, type Reader, type Report, readObject } from "../../values/strict-object.ts";
import { refuse } from "../invalid.ts";

/**
 * Readers of protobuf's JSON form, strict where others are lax: an unknown or doubled member is a fault, and base64 is
 * the standard alphabet with its padding. A member that is null is absent, as the form demands.
 * Source: protobuf.dev/programming-guides/json
 */
export function message<R extends Readonly<Record<string, Reader<unknown>>>>(
  readers: R,
): Reader<ObjectFields<R>> {
  return (json, path, report) => readObject(withoutNulls(json), path, report, readers);
}

function withoutNulls(json: Json): Json {
  if (json.kind !== "object") return json;
  return { kind: "object", members: json.members.filter(([, { kind }]) => kind !== "null") };
}

/** @param most how many items there may be; whoever wrote them chooses how much work they are */
export function repeated<T>(reader: Reader<T>, most: number): Reader<readonly T[]> {
  return (json, path, report) => {
    if (json.kind !== "array") return reported(report, path, `a list is expected, not ${json.kind}`);
    const { items } = json;
    if (items.length > most) return reported(report, path, `${items.length} items, ${most} are allowed`);
    const read = items.map((item, at) => reader(item, `${path}[${at}]`, report));
    return read.filter((item) => item !== undefined);
  };
}

/** @param most bytes; undefined: whatever fits the whole */
export function bytesUpTo(most: number): Reader<Uint8Array> {
  return (json, path, report) => {
    if (json.kind !== "string") return reported(report, path, `base64 is expected, not ${json.kind}`);
    if (json.value.length > Math.ceil(most / 3) * 4) return reported(report, path, `over ${most} bytes`);
    try {
      return decodeBase64(json.value);
    } catch (caught) {
      return reported(report, path, CountersignError.from(caught).message);
    }
  };
}

/** An int64: decimal digits in a string, which is how it is written, or a number without fraction and exponent. */
export const int64: Reader<bigint> = (json, path, report) => {
  const text = json.kind === "string" ? json.value : json.kind === "number" ? json.text : "";
  // bounded before it becomes a BigInt, which is not linear
  const value = /^-?(?:0|[1-9][0-9]{0,18})$/.test(text) ? BigInt(text) : undefined;
  if (value !== undefined && value === BigInt.asIntN(64, value)) return value;
  return reported(report, path, "an integer of 64 bits is expected");
};

/** The same where less than nothing makes no sense. */
export const count: Reader<bigint> = (json, path, report) => {
  const value = int64(json, path, report);
  return value !== undefined && value < 0n ? reported(report, path, `${value} is negative`) : value;
};

/** One of a protobuf enum's names, as what it stands for. */
export function oneOf<T>(names: Readonly<Record<string, T>>): Reader<T> {
  return (json, path, report) => {
    const name = json.kind === "string" ? json.value : "";
    if (Object.hasOwn(names, name)) return names[name];
    return reported(report, path, `one of ${Object.keys(names).join(", ")} is expected`);
  };
}

/** HashAlgorithm of sigstore_common.proto, as far as signatures use it. */
export const hashAlgorithm = oneOf({
  SHA2_256: "sha256",
  SHA2_384: "sha384",
  SHA2_512: "sha512",
} as const);

/** What is wrong first is what is told, with its place. */
export const refuseAt: Report = (path, fault) => refuse(path === "" ? fault : `${path}: ${fault}`);

/** A member that must be there. */
export function present<T>(value: T | undefined, path: string): T {
  return value ?? refuse(`${path} is missing`);
}

function reported(report: Report, path: string, fault: string): undefined {
  report(path, fault);
  return undefined;
}
