import type { CelInput } from "@bufbuild/cel";
import type { Json } from "@countersign/engine/values/strict-json";

const int64 = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

/** JSON as CEL sees it: whole numbers that fit are ints, all others doubles; of two equal names the last counts. */
export function jsonToCel(json: Json): CelInput {
  switch (json.kind) {
    case "array":
      return json.items.map(jsonToCel);
    case "object":
      return new Map(json.members.map(([name, value]) => [name, jsonToCel(value)]));
    case "number":
      return numberToCel(json.text);
    case "string":
    case "boolean":
      return json.value;
    default:
      return null;
  }
}

function numberToCel(text: string): bigint | number {
  if (!/^-?\d{1,19}$/.test(text)) return Number(text);
  const whole = BigInt(text);
  return whole >= int64.least && whole <= int64.most ? whole : Number(text);
}
