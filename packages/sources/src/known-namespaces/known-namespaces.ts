import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import { parseJson } from "@countersign/engine/values/strict-json";
import type { Reader, Report } from "@countersign/engine/values/strict-object";
import { recordOf } from "@countersign/engine/values/strict-record";
import { listOf, readText } from "@countersign/engine/values/strict-value";

/**
 * Which namespaces' policies are on a node: what `countersign sync` writes when all of a publication's files are there, and the
 * gateway waits for.
 */
export interface KnownNamespaces {
  /** of the publication */
  readonly generation: number;
  readonly namespaces: ReadonlySet<string>;
}

export function printKnownNamespaces({ generation, namespaces }: KnownNamespaces): string {
  return `${JSON.stringify({ countersignNamespaces: 1, generation, namespaces: [...namespaces].sort() })}\n`;
}

const readCount: Reader<number> = (json: Json, path: string, report: Report) => {
  const value = json.kind === "number" ? Number(json.text) : Number.NaN;
  if (Number.isSafeInteger(value) && value >= 0) return value;
  report(path, "a whole number is expected");
  return undefined;
};

const readVersion: Reader<1> = (json, path, report) => {
  if (json.kind === "number" && json.text === "1") return 1;
  report(path, "this version is not known; gateway and sync should be of the same release");
  return undefined;
};

const read = recordOf(
  { countersignNamespaces: readVersion, generation: readCount, namespaces: listOf(readText) },
  {},
);

/** @throws CountersignError POLICY_INVALID naming the file and the place that is wrong */
export function parseKnownNamespaces(bytes: Uint8Array, file: string): KnownNamespaces {
  const refuse = (path: string, message: string): never => {
    const place = path === "" ? "" : `${path}: `;
    throw new CountersignError("POLICY_INVALID", `${file}: ${place}${message}`);
  };
  const known = read(parsed(bytes, refuse), "", refuse);
  if (known === undefined) return refuse("", "it is no list of namespaces");
  return { generation: known.generation, namespaces: new Set(known.namespaces) };
}

function parsed(bytes: Uint8Array, refuse: (path: string, message: string) => never): Json {
  try {
    return parseJson(bytes);
  } catch (error) {
    return refuse("", CountersignError.from(error).message);
  }
}
