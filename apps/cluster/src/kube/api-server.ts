import type { ApiKind, ObjectName } from "./api-kind.ts";
import type { ApiObject, NewObject } from "./api-object.ts";

/**
 * A Kubernetes API server, as far as this program needs one: whole objects, their status, pages of lists, and watches.
 * Every call may throw {@link ApiFailure}.
 * Source: kubernetes.io/docs/reference/using-api/api-concepts.
 */
export interface ApiServer {
  /** undefined if there is none */
  get(kind: ApiKind, object: ObjectName, signal: AbortSignal): Promise<ApiObject | undefined>;
  /** one page, and how to ask for the next; a list that takes too long to page through ends with `expired` */
  list(kind: ApiKind, query: ListQuery, signal: AbortSignal): Promise<ObjectPage>;
  /**
   * What happens from a version on. It ends when the server likes; the caller asks again from the last version it saw,
   * and lists anew after `expired`.
   */
  watch(kind: ApiKind, query: WatchQuery, signal: AbortSignal): AsyncIterable<WatchEvent>;
  /** @throws ApiFailure `exists` */
  create(kind: ApiKind, object: NewObject, signal: AbortSignal): Promise<ApiObject>;
  /** @throws ApiFailure `conflict` if it changed since `metadata.resourceVersion` */
  replace(kind: ApiKind, object: ApiObject, signal: AbortSignal): Promise<ApiObject>;
  /** As {@link replace}, of the status alone. */
  replaceStatus(kind: ApiKind, object: ApiObject, signal: AbortSignal): Promise<ApiObject>;
  /** whether it was there */
  delete(kind: ApiKind, object: ObjectName, signal: AbortSignal): Promise<boolean>;
}

export interface Selection {
  /** undefined: of every namespace */
  readonly namespace?: string | undefined;
  /** `key=value,…` */
  readonly labels?: string | undefined;
  /** one object only */
  readonly name?: string | undefined;
}

export interface ListQuery extends Selection {
  readonly limit: number;
  /** as the page before said; undefined: the first page */
  readonly after?: string | undefined;
}

export interface ObjectPage {
  readonly objects: readonly ApiObject[];
  /** of the whole list: a watch from here misses nothing */
  readonly version: string;
  readonly next: string | undefined;
}

export interface WatchQuery extends Selection {
  readonly version: string;
}

export type WatchEvent =
  | { readonly type: "added" | "modified" | "deleted"; readonly object: ApiObject }
  /** nothing happened up to this version */
  | { readonly type: "bookmark"; readonly version: string };

/** Why a call failed. Codes are what callers decide by. */
export class ApiFailure extends Error {
  override readonly name = "ApiFailure";
  readonly code: ApiFailureCode;
  /** how long the server asks to be left alone; milliseconds */
  readonly retryAfter: number | undefined;

  constructor(code: ApiFailureCode, message: string, options?: ErrorOptions & { retryAfter?: number }) {
    super(message, options);
    this.code = code;
    this.retryAfter = options?.retryAfter;
  }
}

export type ApiFailureCode =
  /** the object changed meanwhile: read it again */
  | "conflict"
  | "exists"
  | "notFound"
  /** a version or a page is too old: list anew */
  | "expired"
  /** the server does not know who asks */
  | "unauthorized"
  | "forbidden"
  /** the object is not valid, or an admission webhook refused it */
  | "invalid"
  /** the server has too much to do */
  | "busy"
  /** nothing came of a watch for long, as happens where nothing happens: watch again from the same version */
  | "silent"
  /** said by this program itself: another controller may lead by now */
  | "deposed"
  | "unreachable";
