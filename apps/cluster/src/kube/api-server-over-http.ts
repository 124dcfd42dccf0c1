import { Agent, type Dispatcher, request } from "undici";
import type { ApiAccess } from "./api-access.ts";
import { type ApiKind, collectionPath, objectPath } from "./api-kind.ts";
import type { ApiObject } from "./api-object.ts";
import { ApiFailure, type ApiServer, type Selection } from "./api-server.ts";
import { apiFailure } from "./api-status.ts";
import { readJsonBody } from "./json-body.ts";
import { parseObject, parsePage } from "./parse-object.ts";
import { readWatchEvents } from "./watch-events.ts";

export interface OpenApiServer extends ApiServer {
  close(): Promise<void>;
}

/** Longer than an API server lets a request take that is no watch. */
const patienceMs = 65_000;
const connectMs = 30_000;
/** Of HTTP/1.1, where each watch has one to itself: what a controller follows, and as many calls as are made at once. */
const mostConnections = 32;
/** How long a watch is asked to last; the server may end it sooner. */
const watchSeconds = 300;
/** A watch that says nothing for so long, not even a bookmark, is taken for dead: a minute more than bookmarks take. */
const silenceMs = 120_000;

/**
 * Speaks to an API server by its REST interface.
 * @param withinMs how long a call may take that is no watch, until the last byte of its answer
 */
export function apiServerOverHttp(access: ApiAccess, withinMs = patienceMs): OpenApiServer {
  const connections = new Agent({
    connect: {
      timeout: connectMs,
      ...(access.ca && { ca: Buffer.from(access.ca) }),
      ...(access.certificate && {
        cert: Buffer.from(access.certificate.certificate),
        key: Buffer.from(access.certificate.key),
      }),
    },
    headersTimeout: patienceMs,
    bodyTimeout: silenceMs,
    // of HTTP/2 one is enough, which its watch keeps open: a node need not shake hands for what a change has it fetch
    allowH2: true,
    connections: mostConnections,
  });

  async function send(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    try {
      const token = await access.token();
      return await request(`${access.url}${path}`, {
        method,
        dispatcher: connections,
        signal,
        headers: {
          accept: "application/json",
          "user-agent": "countersign",
          ...(token && { authorization: `Bearer ${token}` }),
          ...(body && { "content-type": "application/json" }),
        },
        ...(body && { body: JSON.stringify(body) }),
      });
    } catch (cause) {
      signal.throwIfAborted();
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new ApiFailure("unreachable", `${method} ${access.url}${path}: ${reason}`, { cause });
    }
  }

  async function call(
    method: "GET" | "POST" | "PUT" | "DELETE",
    path: string,
    body: object | undefined,
    signal: AbortSignal,
  ): Promise<unknown> {
    const late = AbortSignal.timeout(withinMs);
    const within = AbortSignal.any([signal, late]);
    const answer = await send(method, path, body, within).catch((error) => {
      signal.throwIfAborted();
      if (!late.aborted) throw error;
      throw new ApiFailure("unreachable", `${method} ${access.url}${path}: no answer within ${withinMs} ms`);
    });
    const json = await readJsonBody(answer.body);
    if (answer.statusCode >= 200 && answer.statusCode < 300) return json;
    throw apiFailure(answer.statusCode, answer.headers, json);
  }

  return {
    async get(kind, object, signal) {
      try {
        return parseObject(await call("GET", objectPath(kind, object), undefined, signal));
      } catch (error) {
        if (error instanceof ApiFailure && error.code === "notFound") return undefined;
        throw error;
      }
    },
    async list(kind, query, signal) {
      const extra = { limit: String(query.limit), ...(query.after && { continue: query.after }) };
      return parsePage(await call("GET", selectionPath(kind, query, extra), undefined, signal));
    },
    async *watch(kind, query, signal) {
      const extra = {
        watch: "true",
        allowWatchBookmarks: "true",
        resourceVersion: query.version,
        timeoutSeconds: String(watchSeconds),
      };
      const answer = await send("GET", selectionPath(kind, query, extra), undefined, signal);
      if (answer.statusCode !== 200) {
        throw apiFailure(answer.statusCode, answer.headers, await readJsonBody(answer.body));
      }
      yield* readWatchEvents(answer.body, signal);
    },
    async create(kind, object, signal) {
      const path = collectionPath(kind, namespaceOf(kind, object));
      return parseObject(await call("POST", path, object, signal));
    },
    async replace(kind, object, signal) {
      return parseObject(await call("PUT", objectPath(kind, object.metadata), object, signal));
    },
    async replaceStatus(kind, object, signal) {
      return parseObject(await call("PUT", `${objectPath(kind, object.metadata)}/status`, object, signal));
    },
    async delete(kind, object, signal) {
      try {
        await call("DELETE", objectPath(kind, object), undefined, signal);
        return true;
      } catch (error) {
        if (error instanceof ApiFailure && error.code === "notFound") return false;
        throw error;
      }
    },
    async close() {
      await connections.close();
    },
  };
}

function namespaceOf({ scope }: ApiKind, { metadata }: ApiObject): string | undefined {
  return scope === "Namespaced" ? (metadata.namespace ?? "default") : undefined;
}

function selectionPath(
  kind: ApiKind,
  { namespace, labels, name }: Selection,
  extra: Readonly<Record<string, string>>,
): string {
  const query = new URLSearchParams({
    ...(labels && { labelSelector: labels }),
    ...(name && { fieldSelector: `metadata.name=${name}` }),
    ...extra,
  });
  return `${collectionPath(kind, namespace)}?${query}`;
}
