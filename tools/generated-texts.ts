import { definitions } from "./crds/definitions.ts";
import { yamlFile } from "./yaml-file.ts";

/** Every generated text file that is committed, by its path. */
export function generatedTexts(): ReadonlyMap<string, string> {
  return new Map(
    definitions.map((definition) => [
      `deploy/crds/${definition.metadata.name}.yaml`,
      yamlFile("tools/crds", [definition]),
    ]),
  );
}
