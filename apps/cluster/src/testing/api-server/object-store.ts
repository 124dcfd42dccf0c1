import { randomUUID } from "node:crypto";
import { type ApiKind, collectionPath, type ObjectName } from "../../kube/api-kind.ts";
import type { ApiObject, NewObject } from "../../kube/api-object.ts";
import { ApiFailure, type ObjectPage, type Selection, type WatchEvent } from "../../kube/api-server.ts";

/** One change, as the store keeps it for those who watch. */
interface Change {
  readonly version: number;
  readonly collection: string;
  readonly event: Extract<WatchEvent, { readonly object: ApiObject }>;
}

/**
 * What an API server does with objects, on the semantics of etcd: one version for everything, a history that can be
 * forgotten, lists that are consistent over all their pages.
 */
export class ObjectStore {
  readonly #objects = new Map<string, ApiObject>();
  readonly #history: Change[] = [];
  readonly #snapshots = new Map<
    string,
    { readonly objects: readonly ApiObject[]; readonly version: string }
  >();
  readonly #listeners = new Set<() => void>();
  #version = 1;
  #forgotten = 0;

  get version(): string {
    return String(this.#version);
  }

  get(kind: ApiKind, name: ObjectName): ApiObject | undefined {
    return this.#objects.get(keyOf(kind, name));
  }

  /** A page of what there is now, or of what there was when the first page was asked for. */
  list(kind: ApiKind, selection: Selection, limit: number, after: string | undefined): ObjectPage {
    const [token = "", position = "0"] = (after ?? "").split(":");
    const known = after === undefined ? undefined : this.#snapshots.get(token);
    if (after !== undefined && known === undefined) throw expired();
    const { objects, version } = known ?? { objects: this.#select(kind, selection), version: this.version };
    const start = Number(position);
    const page = objects.slice(start, start + limit);
    if (start + limit >= objects.length) return { objects: page, version, next: undefined };
    const name = known === undefined ? randomUUID() : token;
    this.#snapshots.set(name, { objects, version });
    return { objects: page, version, next: `${name}:${start + limit}` };
  }

  /** What happened to selected objects after a version; @throws ApiFailure `expired` if that was forgotten */
  changesAfter(kind: ApiKind, selection: Selection, version: number): readonly Change[] {
    if (version < this.#forgotten) throw expired();
    const collection = collectionPath(kind);
    return this.#history.filter(
      (change) =>
        change.version > version &&
        change.collection === collection &&
        isSelected(change.event.object, selection),
    );
  }

  create(kind: ApiKind, object: NewObject): ApiObject {
    const key = keyOf(kind, object.metadata);
    if (this.#objects.has(key)) throw new ApiFailure("exists", `${key} already exists`);
    const metadata = { uid: randomUUID(), generation: 1, creationTimestamp: new Date(0).toISOString() };
    return this.#put(kind, "added", { ...object, metadata: { ...object.metadata, ...metadata } });
  }

  replace(kind: ApiKind, object: ApiObject, part: "object" | "status"): ApiObject {
    const there = this.get(kind, object.metadata);
    const key = keyOf(kind, object.metadata);
    if (there === undefined) throw new ApiFailure("notFound", `${key} not found`);
    const asked = object.metadata.resourceVersion;
    if (asked !== undefined && asked !== there.metadata.resourceVersion) {
      throw new ApiFailure("conflict", `${key}: the object has been modified`);
    }
    if (
      there.data !== undefined &&
      there["immutable"] === true &&
      JSON.stringify(there.data) !== JSON.stringify(object.data)
    ) {
      throw new ApiFailure("invalid", `${key}: data is immutable`);
    }
    const merged =
      part === "status" ? { ...there, status: object.status } : { ...object, status: there.status };
    const changesSpec = part === "object" && JSON.stringify(there.spec) !== JSON.stringify(object.spec);
    const generation = (there.metadata.generation ?? 1) + (changesSpec ? 1 : 0);
    const { uid } = there.metadata;
    const metadata = { ...(part === "status" ? there : object).metadata, ...(uid && { uid }), generation };
    return this.#put(kind, "modified", { ...merged, metadata });
  }

  delete(kind: ApiKind, name: ObjectName): boolean {
    const key = keyOf(kind, name);
    const there = this.#objects.get(key);
    if (there === undefined) return false;
    this.#objects.delete(key);
    this.#record(kind, "deleted", {
      ...there,
      metadata: { ...there.metadata, resourceVersion: this.#next() },
    });
    return true;
  }

  /** Forgets what happened, as etcd's compaction does: watches from before and pages of before are `expired`. */
  compact(): void {
    this.#forgotten = this.#version;
    this.#history.length = 0;
    this.#snapshots.clear();
  }

  /** Told after each change; @returns how to stop that */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #select(kind: ApiKind, selection: Selection): readonly ApiObject[] {
    const collection = `${collectionPath(kind)} `;
    return [...this.#objects]
      .filter(([key, object]) => key.startsWith(collection) && isSelected(object, selection))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, object]) => object);
  }

  #put(kind: ApiKind, type: "added" | "modified", object: ApiObject): ApiObject {
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion: this.#next() } };
    this.#objects.set(keyOf(kind, stored.metadata), stored);
    this.#record(kind, type, stored);
    return stored;
  }

  #next(): string {
    return String(++this.#version);
  }

  #record(kind: ApiKind, type: "added" | "modified" | "deleted", object: ApiObject): void {
    this.#history.push({ version: this.#version, collection: collectionPath(kind), event: { type, object } });
    for (const listener of this.#listeners) listener();
  }
}

function keyOf(kind: ApiKind, { namespace, name }: ObjectName): string {
  return `${collectionPath(kind)} ${kind.scope === "Namespaced" ? `${namespace ?? "default"}/` : ""}${name}`;
}

function isSelected({ metadata }: ApiObject, { namespace, labels, name }: Selection): boolean {
  if (namespace !== undefined && metadata.namespace !== namespace) return false;
  if (name !== undefined && metadata.name !== name) return false;
  const pairs = labels === undefined ? [] : labels.split(",").map((pair) => pair.split("="));
  return pairs.every(([key = "", value = ""]) => metadata.labels?.[key] === value);
}

function expired(): ApiFailure {
  return new ApiFailure("expired", "the provided resource version is too old");
}
