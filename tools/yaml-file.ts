import { stringify } from "yaml";

/** Kubernetes objects as a file of YAML documents, always the same text for the same objects. */
export function yamlFile(source: string, objects: readonly object[]): string {
  const documents = objects.map((each) =>
    // no anchors: not every reader of manifests knows them
    stringify(each, { aliasDuplicateObjects: false, lineWidth: 0, version: "1.1" }),
  );
  return `# Written by tools/generate.ts from ${source}: change that.\n${documents.join("---\n")}`;
}
