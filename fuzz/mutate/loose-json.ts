/** JSON of something; whatever it holds may be wrong. */
export type LooseJson = Record<string | number, unknown>;

export function isObject(value: unknown): value is LooseJson {
  return typeof value === "object" && value !== null;
}

/** Undefined if it is no JSON object, or one nested so deeply that JSON.stringify could not write it again. */
export function readLoose(input: Uint8Array): LooseJson | undefined {
  try {
    const json: unknown = JSON.parse(Buffer.from(input).toString());
    JSON.stringify(json);
    return isObject(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

export function writeLoose(json: LooseJson): Buffer {
  return Buffer.from(JSON.stringify(json));
}
