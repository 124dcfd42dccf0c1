import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { ApiKind } from "../../kube/api-kind.ts";
import type { ApiObject } from "../../kube/api-object.ts";
import { ApiFailure, type ApiFailureCode, type Selection } from "../../kube/api-server.ts";
import type { ObjectStore } from "./object-store.ts";

export interface ApiServerOnHttp {
  readonly url: string;
  /** requests so far, by `METHOD plural`; watches are `WATCH plural` */
  readonly requests: ReadonlyMap<string, number>;
  /** bytes sent so far */
  readonly sent: () => number;
  /** Ends every watch, as a server does that restarts. */
  dropWatches(): void;
  /** Answers every call with this status until told otherwise; undefined: answers as it should */
  failWith(status: number | undefined): void;
  close(): Promise<void>;
}

/** Serves an {@link ObjectStore} by the REST interface of an API server. */
export async function apiServerOnHttp(store: ObjectStore): Promise<ApiServerOnHttp> {
  const requests = new Map<string, number>();
  const watches = new Set<ServerResponse>();
  let sent = 0;
  let failure: number | undefined;

  const send = (response: ServerResponse, status: number, body: object) => {
    const text = `${JSON.stringify(body)}\n`;
    sent += text.length;
    response.writeHead(status, { "content-type": "application/json" }).end(text);
  };

  async function answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const call = parseCall(incoming);
    const verb = call.query.get("watch") === "true" ? "WATCH" : incoming.method;
    const name = `${verb} ${call.kind.plural}`;
    requests.set(name, (requests.get(name) ?? 0) + 1);
    if (failure !== undefined)
      return send(response, failure, statusBody("unreachable", "told to fail", failure));
    if (verb === "WATCH") return watch(call, response);
    const object =
      incoming.method === "POST" || incoming.method === "PUT" ? await readObject(incoming) : undefined;
    send(
      response,
      incoming.method === "POST" ? 201 : 200,
      answerOf(call, incoming.method ?? "", object, store),
    );
  }

  function watch(call: Call, response: ServerResponse): void {
    let version = Number(call.query.get("resourceVersion"));
    const tell = () => {
      const changes = store.changesAfter(call.kind, call.selection, version);
      version = Number(store.version);
      for (const { event } of changes) {
        const line = `${JSON.stringify({ type: event.type.toUpperCase(), object: event.object })}\n`;
        sent += line.length;
        response.write(line);
      }
    };
    // the version is looked at first: one that was forgotten is an answer, not an event
    store.changesAfter(call.kind, call.selection, version);
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    watches.add(response);
    const stop = store.onChange(tell);
    response.on("close", () => {
      stop();
      watches.delete(response);
    });
    tell();
  }

  const server = createServer((incoming, response) => {
    answer(incoming, response).catch((error: unknown) => {
      const { code, message } =
        error instanceof ApiFailure ? error : new ApiFailure("invalid", String(error));
      send(response, statusOf[code], statusBody(code, message, statusOf[code]));
    });
  });
  // the caller closes what it no longer uses: one that is closed here as it is used again is a failed call
  server.keepAliveTimeout = 0;
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    sent: () => sent,
    dropWatches() {
      for (const response of watches) response.destroy();
    },
    failWith(status) {
      failure = status;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

interface Call {
  readonly kind: ApiKind;
  readonly selection: Selection;
  readonly name: string | undefined;
  readonly isStatus: boolean;
  readonly query: URLSearchParams;
}

const pathPattern =
  /^\/(?:api|apis\/(?<group>[^/]+))\/(?<version>[^/]+)\/(?:namespaces\/(?<namespace>[^/]+)\/(?=.))?(?<plural>[^/]+)(?:\/(?<name>[^/]+))?(?<status>\/status)?$/;

function parseCall({ url = "" }: IncomingMessage): Call {
  const { pathname, searchParams: query } = new URL(url, "http://api.invalid");
  const parts = pathPattern.exec(pathname)?.groups;
  if (parts === undefined) throw new ApiFailure("notFound", `no such path: ${pathname}`);
  const { group = "", version = "", namespace, plural = "", name, status } = parts;
  const kind: ApiKind = {
    group,
    version,
    plural,
    scope: namespace === undefined && clusterScoped.has(plural) ? "Cluster" : "Namespaced",
  };
  const field = /^metadata\.name=(.+)$/.exec(query.get("fieldSelector") ?? "")?.[1];
  const selection = { namespace, labels: query.get("labelSelector") ?? undefined, name: field };
  return { kind, selection, name, isStatus: status !== undefined, query };
}

const clusterScoped: ReadonlySet<string> = new Set([
  "namespaces",
  "clusterimagepolicies",
  "trustroots",
  "nodes",
]);

function answerOf(
  { kind, selection, name, isStatus, query }: Call,
  method: string,
  object: ApiObject | undefined,
  store: ObjectStore,
): object {
  if (method === "POST" && object !== undefined) return store.create(kind, object);
  if (name === undefined) {
    const limit = Number(query.get("limit") ?? "500");
    const page = store.list(kind, selection, limit, query.get("continue") ?? undefined);
    const metadata = { resourceVersion: page.version, ...(page.next && { continue: page.next }) };
    return { apiVersion: "v1", kind: "List", metadata, items: page.objects };
  }
  const named = { namespace: selection.namespace, name };
  if (method === "PUT" && object !== undefined)
    return store.replace(kind, object, isStatus ? "status" : "object");
  const there = store.get(kind, named);
  if (there === undefined) throw new ApiFailure("notFound", `${kind.plural} "${name}" not found`);
  if (method === "DELETE") store.delete(kind, named);
  return there;
}

const statusOf: Readonly<Record<ApiFailureCode, number>> = {
  conflict: 409,
  exists: 409,
  notFound: 404,
  expired: 410,
  unauthorized: 401,
  forbidden: 403,
  invalid: 422,
  busy: 429,
  deposed: 503,
  unreachable: 503,
  silent: 500,
};

function statusBody(code: ApiFailureCode, message: string, status: number): object {
  const reason = code === "exists" ? "AlreadyExists" : code;
  return { kind: "Status", apiVersion: "v1", status: "Failure", message, reason, code: status };
}

async function readObject(incoming: IncomingMessage): Promise<ApiObject> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString());
}
