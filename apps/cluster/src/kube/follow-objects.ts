import type { ApiKind } from "./api-kind.ts";
import type { ApiObject } from "./api-object.ts";
import { ApiFailure, type ApiServer, type Selection } from "./api-server.ts";

/** What a follower is told: all there is, at first and whenever something may have been missed, then each change. */
export type ObjectChange =
  | { readonly type: "listed"; readonly objects: readonly ApiObject[] }
  | { readonly type: "set"; readonly object: ApiObject }
  | { readonly type: "removed"; readonly object: ApiObject };

export interface Following {
  readonly server: ApiServer;
  readonly kind: ApiKind;
  readonly selection: Selection;
  /** Waits before the server is asked again; `failures` in a row, `retryAfter` as the server asked. */
  pause(failures: number, retryAfter: number | undefined, signal: AbortSignal): Promise<void>;
  /** the server could not be asked; it will be, again */
  failed(error: ApiFailure): void;
}

const pageSize = 500;

/**
 * Follows objects until `signal` ends it: a list in pages, then a watch from its version, again from the last version
 * seen when it ends, and a list anew when that is too old. Nothing is missed, whatever happens in between.
 * Source: kubernetes.io/docs/reference/using-api/api-concepts, Efficient detection of changes.
 */
export async function* followObjects(
  following: Following,
  signal: AbortSignal,
): AsyncGenerator<ObjectChange> {
  const { server, kind, selection } = following;
  let version: string | undefined;
  let failures = 0;
  while (!signal.aborted) {
    try {
      if (version === undefined) {
        const list = await listAll(following, signal);
        version = list.version;
        yield { type: "listed", objects: list.objects };
      }
      for await (const event of server.watch(kind, { ...selection, version }, signal)) {
        failures = 0;
        if (event.type === "bookmark") {
          version = event.version;
          continue;
        }
        version = event.object.metadata.resourceVersion ?? version;
        yield { type: event.type === "deleted" ? "removed" : "set", object: event.object };
      }
      // a server that ends watches at once must not be asked in a loop
      if (!signal.aborted) await following.pause(failures++, undefined, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof ApiFailure)) throw error;
      if (error.code === "silent") {
        // whether the server is still there, the next watch shows
        failures = 0;
        continue;
      }
      if (error.code === "expired") version = undefined;
      else following.failed(error);
      await following.pause(failures++, error.retryAfter, signal);
    }
  }
}

/** All pages of one list; a list that expired meanwhile begins anew. */
async function listAll(
  { server, kind, selection }: Following,
  signal: AbortSignal,
): Promise<{ readonly objects: readonly ApiObject[]; readonly version: string }> {
  const objects: ApiObject[] = [];
  let page = await server.list(kind, { ...selection, limit: pageSize }, signal);
  objects.push(...page.objects);
  while (page.next !== undefined) {
    page = await server.list(kind, { ...selection, limit: pageSize, after: page.next }, signal);
    objects.push(...page.objects);
  }
  return { objects, version: page.version };
}
