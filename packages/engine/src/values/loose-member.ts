import { CountersignError } from "./error.ts";
import { quote } from "./go-format.ts";
import { foldName } from "./json-names.ts";
import type { Json } from "./strict-json.ts";

/**
 * A member as Go's encoding/json finds it for a struct, whatever the case of its name; null counts as absent.
 * There the last of several wins, elsewhere the first, and some readers mind the case: whoever writes a name twice
 * shows different things to different readers, so that is an error here.
 * @throws CountersignError MANIFEST_INVALID if the name comes twice, or `json` is no object
 */
export function looseMember(json: Json, name: string): Json | undefined {
  if (json.kind !== "object") {
    throw new CountersignError("MANIFEST_INVALID", `JSON object expected, got ${json.kind}`);
  }
  const folded = foldName(name);
  const [only, another] = json.members.filter(([candidate]) => foldName(candidate) === folded);
  if (another !== undefined) {
    throw new CountersignError(
      "MANIFEST_INVALID",
      `rejecting ambiguous manifest, key ${quote(name)} occurs more than once`,
    );
  }
  const value = only?.[1];
  return value?.kind === "null" ? undefined : value;
}
