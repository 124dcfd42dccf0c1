import type { ApiServer, WatchEvent } from "../../kube/api-server.ts";
import { ObjectStore } from "./object-store.ts";

/** An API server in this process, on an {@link ObjectStore}. */
export function apiServerInMemory(store = new ObjectStore()): ApiServer {
  return {
    async get(kind, object, signal) {
      signal.throwIfAborted();
      return store.get(kind, object);
    },
    async list(kind, query, signal) {
      signal.throwIfAborted();
      return store.list(kind, query, query.limit, query.after);
    },
    async *watch(kind, query, signal): AsyncGenerator<WatchEvent> {
      let version = Number(query.version);
      let wake = () => {};
      const stopListening = store.onChange(() => wake());
      signal.addEventListener("abort", () => wake());
      try {
        while (!signal.aborted) {
          const changes = store.changesAfter(kind, query, version);
          version = Number(store.version);
          for (const { event } of changes) yield event;
          if (changes.length > 0 || signal.aborted) continue;
          const later = new Promise<void>((resolve) => {
            wake = resolve;
          });
          if (Number(store.version) === version) await later;
        }
      } finally {
        stopListening();
      }
    },
    async create(kind, object, signal) {
      signal.throwIfAborted();
      return store.create(kind, object);
    },
    async replace(kind, object, signal) {
      signal.throwIfAborted();
      return store.replace(kind, object, "object");
    },
    async replaceStatus(kind, object, signal) {
      signal.throwIfAborted();
      return store.replace(kind, object, "status");
    },
    async delete(kind, object, signal) {
      signal.throwIfAborted();
      return store.delete(kind, object);
    },
  };
}
