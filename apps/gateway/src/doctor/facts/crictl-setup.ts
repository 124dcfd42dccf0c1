import { CountersignError } from "@countersign/engine/values/error";
import { type NodeFiles, readText } from "../node/node-files.ts";
import { yamlScalars } from "./yaml-scalars.ts";

/** Where crictl finds the runtime. Source: cri-tools docs/crictl.md. */
export type CrictlSetup =
  | { readonly type: "missing" }
  | { readonly type: "barred"; readonly why: string }
  | { readonly type: "read"; readonly runtimeEndpoint: string; readonly imageEndpoint: string };

export const crictlFile = "/etc/crictl.yaml";
const maxSize = 64 * 1024;

export async function crictlSetup(files: NodeFiles): Promise<CrictlSetup> {
  const text = await readText(files, crictlFile, maxSize);
  if (text.type !== "read") return text;
  try {
    const scalars = await yamlScalars(text.text);
    return {
      type: "read",
      runtimeEndpoint: scalars.get("runtime-endpoint") ?? "",
      imageEndpoint: scalars.get("image-endpoint") ?? "",
    };
  } catch (caught) {
    return { type: "barred", why: `${crictlFile}: ${CountersignError.from(caught).message}` };
  }
}
