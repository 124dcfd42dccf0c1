import { json, type RegistryAnswer } from "../registry/registry-answer.ts";

/** The JSON of a request; undefined if it is none. */
export function requestJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** What a JSON value holds under these names and indexes, one below the other. */
export function valueAt(value: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>(
    (at, name) => (typeof at === "object" && at !== null ? Reflect.get(at, name) : undefined),
    value,
  );
}

/** The text there; `""` if there is none. */
export function textAt(value: unknown, ...path: readonly (string | number)[]): string {
  const text = valueAt(value, ...path);
  return typeof text === "string" ? text : "";
}

export function bytesAt(value: unknown, ...path: readonly (string | number)[]): Buffer {
  return Buffer.from(textAt(value, ...path), "base64");
}

/** How Sigstore's services refuse: gRPC's codes in JSON. */
export function refusal(status: number, message: string): RegistryAnswer {
  const codes: Readonly<Record<number, number>> = { 400: 3, 401: 16, 404: 5, 405: 12, 409: 6 };
  return json(status, { code: codes[status] ?? 2, message, details: [] });
}
