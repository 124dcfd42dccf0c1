import { readFile } from "node:fs/promises";
import type { CompiledResource } from "@countersign/engine/cluster/compile-cluster";
import { policyKinds, readPolicyResource } from "@countersign/engine/cluster/parse-resource";
import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import type { JsonDocument } from "@countersign/engine/values/json-document";
import type { TextPlace } from "@countersign/engine/values/json-source";
import { readYamlDocuments } from "@countersign/sources/files/yaml-document";
import { plain } from "../render/policy-show-json.ts";

/** What files say: policies, and the objects that policies refer to. */
export interface ReadResources {
  readonly policies: readonly CompiledResource[];
  /** Secrets, ConfigMaps, TrustRoots and Namespaces, as an API server would have them */
  readonly objects: readonly ReferredObject[];
  readonly faults: readonly ResourceFault[];
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
  const policies: CompiledResource[] = [];
  const objects: ReferredObject[] = [];
  const faults: ResourceFault[] = [];
  for (const file of files) {
    for (const document of await documentsOf(file, faults)) {
      for (const { root, at } of objectsIn(document.root)) {
        if (referredKinds.has(kindOf(root))) {
          objects.push(plain(root) as ReferredObject);
          continue;
        }
        const resource = readPolicyResource(root, (within, message) => {
          const path = [at, within].filter((part) => part !== "").join(".");
          faults.push({ file, place: document.placeOf(path), path, message });
        });
        if (resource === undefined) continue;
        if (resource.type === "trustRoot") objects.push(plain(root) as ReferredObject);
        else policies.push(resource);
      }
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

interface PlacedObject {
  readonly root: Json;
  /** its path in the document, `items[3]`; empty: it is the document */
  readonly at: string;
}

/** What `kubectl get -o yaml` prints of several objects is one List. */
function objectsIn(root: Json): readonly PlacedObject[] {
  if (kindOf(root) !== "v1 List" || root.kind !== "object") return [{ root, at: "" }];
  const items = root.members.find(([name]) => name === "items")?.[1];
  if (items?.kind !== "array") return [{ root, at: "" }];
  return items.items.map((item, number) => ({ root: item, at: `items[${number}]` }));
}

/** For those who ask what is read. */
export const readKinds: readonly string[] = [...policyKinds.keys(), ...referredKinds];
