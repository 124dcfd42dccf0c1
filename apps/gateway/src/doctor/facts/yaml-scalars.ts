import { unreadable } from "./unreadable.ts";

/**
 * The plain values at the top of a YAML file: `name: value`. Loaded with the first file there is.
 * @throws CountersignError CONFIG_INVALID, which says where, and nothing of the text: that could be a secret
 */
export async function yamlScalars(text: string): Promise<ReadonlyMap<string, string>> {
  const { parseYaml } = await import("@countersign/sources/containers-config/parse-yaml");
  const scalars = new Map<string, string>();
  try {
    const document = parseYaml(text);
    if (document.kind !== "mapping") return scalars;
    for (const [name, value] of document.members()) {
      if (value.kind === "scalar") scalars.set(name, value.text);
    }
    return scalars;
  } catch (caught) {
    throw unreadable("YAML", caught);
  }
}
