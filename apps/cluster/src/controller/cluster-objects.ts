import { type ApiKind, collectionPath } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import type { ObjectChange } from "../kube/follow-objects.ts";

/** Objects of several kinds as they are now, kept by whoever follows them. */
export class ClusterObjects {
  readonly #byKind = new Map<string, Map<string, ApiObject>>();

  apply(kind: ApiKind, change: ObjectChange): void {
    const path = collectionPath(kind);
    switch (change.type) {
      case "listed":
        this.#byKind.set(path, new Map(change.objects.map((object) => [keyOf(object), object])));
        return;
      case "set":
        this.#of(path).set(keyOf(change.object), change.object);
        return;
      case "removed":
        this.#of(path).delete(keyOf(change.object));
        return;
    }
  }

  /** Whether all of a kind are known: until then what is missing may only not have been told yet. */
  knows(kind: ApiKind): boolean {
    return this.#byKind.has(collectionPath(kind));
  }

  all(kind: ApiKind): readonly ApiObject[] {
    return [...(this.#byKind.get(collectionPath(kind))?.values() ?? [])];
  }

  find(kind: ApiKind, name: string, namespace?: string): ApiObject | undefined {
    return this.#byKind
      .get(collectionPath(kind))
      ?.get(namespace === undefined ? name : `${namespace}/${name}`);
  }

  #of(path: string): Map<string, ApiObject> {
    const known = this.#byKind.get(path) ?? new Map<string, ApiObject>();
    this.#byKind.set(path, known);
    return known;
  }
}

function keyOf({ metadata: { namespace, name } }: ApiObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}
