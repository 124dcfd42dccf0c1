import type { ApiObject } from "./api-object.ts";
import { ApiFailure, type ObjectPage } from "./api-server.ts";

/**
 * Whether something is an object as API servers have them. They are believed, as everything in a cluster rests on them;
 * this only tells a proxy's page from an answer.
 * @throws ApiFailure `unreachable`
 */
export function parseObject(json: unknown, kindOfList?: ListKind): ApiObject {
  const object = isRecord(json) && isRecord(json["metadata"]) ? json : undefined;
  const name = isRecord(object?.["metadata"]) ? object["metadata"]["name"] : undefined;
  if (object === undefined || typeof name !== "string") {
    throw new ApiFailure("unreachable", "the API server's answer is no object");
  }
  // the members of a list do not say again what kind they are
  return { ...kindOfList, ...object } as unknown as ApiObject;
}

interface ListKind {
  readonly apiVersion: string;
  readonly kind: string;
}

/** @throws ApiFailure `unreachable` */
export function parsePage(json: unknown): ObjectPage {
  if (!isRecord(json) || !isRecord(json["metadata"]) || !Array.isArray(json["items"] ?? [])) {
    throw new ApiFailure("unreachable", "the API server's answer is no list");
  }
  const { resourceVersion, continue: next } = json["metadata"];
  const kind = { apiVersion: String(json["apiVersion"]), kind: String(json["kind"]).replace(/List$/, "") };
  const items: readonly unknown[] = json["items"] === undefined ? [] : (json["items"] as unknown[]);
  return {
    objects: items.map((item) => parseObject(item, kind)),
    version: String(resourceVersion),
    next: typeof next === "string" && next !== "" ? next : undefined,
  };
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
