import type { Json } from "@countersign/engine/values/json";
import type { JsonDocument } from "@countersign/engine/values/json-document";
import type { TextPlace } from "@countersign/engine/values/json-source";
import { memberOf, textOf } from "./json-members.ts";

/** What is wrong with a resource, and where. */
export interface ResourceFault {
  /** `""`: it is nobody's alone */
  readonly file: string;
  /** of the file, from 1; 0: the whole file */
  readonly document: number;
  /** `ClusterImagePolicy signed`; `""` where it is not known */
  readonly resource: string;
  readonly place: TextPlace | undefined;
  /** `spec.authorities[0].key.data` */
  readonly path: string;
  readonly message: string;
}

/** One object in a file. */
export interface PlacedResource {
  readonly root: Json;
  /** `v1 Secret` */
  readonly kind: string;
  faultAt(path: string, message: string): ResourceFault;
}

/** What `kubectl get -o yaml` prints of several objects is one List; each kind has such a list too. */
export function resourcesIn(document: JsonDocument, file: string, number: number): readonly PlacedResource[] {
  const { root } = document;
  const items = memberOf(root, "items");
  const roots =
    kindOf(root).endsWith("List") && items?.kind === "array"
      ? items.items.map((item, at) => ({ root: item, at: `items[${at}]` }))
      : [{ root, at: "" }];
  return roots.map(({ root, at }) => ({
    root,
    kind: kindOf(root),
    faultAt(within, message) {
      const inDocument = [at, within].filter((part) => part !== "").join(".");
      const place = document.placeOf(inDocument);
      return { file, document: number, resource: nameOf(root), place, path: within, message };
    },
  }));
}

function kindOf(root: Json): string {
  return `${textOf(root, "apiVersion")} ${textOf(root, "kind")}`;
}

function nameOf(root: Json): string {
  const metadata = memberOf(root, "metadata");
  const names = [textOf(metadata, "namespace"), textOf(metadata, "name")].filter((name) => name !== "");
  return [textOf(root, "kind"), names.join("/")].filter((part) => part !== "").join(" ");
}
