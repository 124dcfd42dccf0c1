import { readFile } from "node:fs/promises";
import {
  type PolicyResource,
  policyKinds,
  readPolicyResource,
} from "@countersign/engine/cluster/parse-resource";
import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import type { JsonDocument } from "@countersign/engine/values/json-document";
import type { TextPlace } from "@countersign/engine/values/json-source";
import { readYamlDocuments } from "@countersign/sources/files/yaml-document";
import { plain } from "../render/policy-show-json.ts";

/** What files say: policies, and the objects that policies refer to. */
export interface ReadResources {
  readonly policies: readonly PlacedResource[];
  /** Secrets, ConfigMaps, TrustRoots and Namespaces, as an API server would have them */
  readonly objects: readonly ReferredObject[];
  readonly faults: readonly ResourceFault[];
}

export interface PlacedResource {
  readonly file: string;
  readonly resource: Exclude<PolicyResource, { readonly type: "trustRoot" }>;
  readonly document: JsonDocument;
}

/** An object in plain JavaScript. */
export type ReferredObject = Readonly<Record<string, unknown>>;

export interface ResourceFault {
  readonly file: string;
  readonly place: TextPlace | undefined;
  readonly path: string;
  readonly message: string;
}

const referredKinds: ReadonlySet<string> = new Set(["v1 Secret", "v1 ConfigMap", "v1 Namespace"]);

/** Reads YAML or JSON files of Kubernetes objects. Every fault of every file is told. */
export async function readResources(files: readonly string[]): Promise<ReadResources> {
  const policies: PlacedResource[] = [];
  const objects: ReferredObject[] = [];
  const faults: ResourceFault[] = [];
  for (const file of files) {
    for (const document of await documentsOf(file, faults)) {
      const kind = kindOf(document.root);
      if (referredKinds.has(kind)) {
        objects.push(plain(document.root) as ReferredObject);
        continue;
      }
      const resource = readPolicyResource(document.root, (path, message) =>
        faults.push({ file, place: document.placeOf(path), path, message }),
      );
      if (resource === undefined) continue;
      if (resource.type === "trustRoot") objects.push(plain(document.root) as ReferredObject);
      else policies.push({ file, resource, document });
    }
  }
  return { policies, objects, faults };
}

async function documentsOf(file: string, faults: ResourceFault[]): Promise<readonly JsonDocument[]> {
  try {
    const text = await readFile(file, "utf8").catch((cause: Error) => {
      throw new CountersignError("USAGE", `${file} cannot be read: ${cause.message}`, { cause });
    });
    return readYamlDocuments(text);
  } catch (caught) {
    const { message, code } = CountersignError.from(caught);
    if (code === "USAGE") throw caught;
    faults.push({ file, place: undefined, path: "", message });
    return [];
  }
}

function kindOf(root: Json): string {
  const member = (name: string) => {
    const value = root.kind === "object" ? root.members.find(([each]) => each === name)?.[1] : undefined;
    return value?.kind === "string" ? value.value : "";
  };
  return `${member("apiVersion")} ${member("kind")}`;
}

/** For those who ask what is read. */
export const readKinds: readonly string[] = [...policyKinds.keys(), ...referredKinds];
