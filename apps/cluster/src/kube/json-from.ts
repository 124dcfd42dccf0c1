import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";

/** Deeper than any schema of ours, and far from what the stack bears. */
const maxDepth = 64;

/**
 * An object of the API server as the engine's parsers read JSON. Members that are undefined are not there.
 * @throws CountersignError JSON_INVALID for what is no JSON, or nested too deep
 */
export function jsonFrom(value: unknown, depth = 0): Json {
  if (depth > maxDepth) throw new CountersignError("JSON_INVALID", `nested more than ${maxDepth} deep`);
  switch (typeof value) {
    case "string":
      return { kind: "string", value };
    case "number":
      return { kind: "number", text: String(value) };
    case "boolean":
      return { kind: "boolean", value };
    case "object":
      if (value === null) return { kind: "null" };
      if (Array.isArray(value))
        return { kind: "array", items: value.map((item) => jsonFrom(item, depth + 1)) };
      return {
        kind: "object",
        members: Object.entries(value)
          .filter(([, member]) => member !== undefined)
          .map(([name, member]) => [name, jsonFrom(member, depth + 1)] as const),
      };
    default:
      throw new CountersignError("JSON_INVALID", `a ${typeof value} is no JSON`);
  }
}
