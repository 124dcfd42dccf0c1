import { version } from "@countersign/gateway/version";
import { chartFiles } from "./chart/chart-files.ts";
import { definitions } from "./crds/definitions.ts";
import { yamlFile } from "./yaml-file.ts";

/** Every generated text file that is committed, by its path. */
export function generatedTexts(): ReadonlyMap<string, string> {
  const crds = definitions.map(
    (definition) =>
      [`deploy/crds/${definition.metadata.name}.yaml`, yamlFile("tools/crds", [definition])] as const,
  );
  return new Map([...crds, ...chartFiles(version)]);
}
