import { resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { run } from "../peers/programs.ts";
import { binary } from "./binaries.ts";

export const chart = resolve(import.meta.dirname, "../../deploy/charts/countersign");

/** An object that Helm rendered. */
export interface RenderedObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What `helm install` would bring into a namespace. @throws with what Helm says of the values */
export async function helmTemplate(
  release: string,
  namespace: string,
  valuesFile: string,
): Promise<readonly RenderedObject[]> {
  const text = await run(binary("helm"), [
    ...["template", release, chart, "--namespace", namespace, "-f", valuesFile],
    ...["--kube-version", "1.36.0"],
  ]);
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0)
      throw new Error(`Helm rendered what is no YAML: ${document.errors[0]}\n${text}`);
    return (document.toJS() as RenderedObject | null) ?? [];
  });
}

export function helmLint(): Promise<string> {
  return run(binary("helm"), ["lint", "--strict", chart]);
}
