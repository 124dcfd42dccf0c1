import { CountersignError } from "@countersign/engine/values/error";
import { parse, YAMLParseError } from "yaml";

/**
 * Parses one YAML document; mappings become Maps, so that no key is a property name. Loaded only when there is
 * something to parse: the library takes longer to load than a registry to answer.
 * @throws CountersignError CONFIG_INVALID, with line and column
 */
export function parseYaml(text: string): unknown {
  try {
    return parse(text, { mapAsMap: true, merge: true, maxAliasCount: 100, logLevel: "error" });
  } catch (error) {
    const [reason = ""] = error instanceof Error ? error.message.split("\n", 1) : [];
    if (error instanceof YAMLParseError || error instanceof ReferenceError) {
      throw new CountersignError("CONFIG_INVALID", `yaml: ${reason.replace(/:$/, "")}`);
    }
    throw error;
  }
}
