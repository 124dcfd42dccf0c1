import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Digest } from "@countersign/engine/values/digest";
import { type Access, accessControl } from "./access.ts";
import { type Attachment, storeAttachments } from "./attachments.ts";
import { type Fault, send } from "./faults.ts";
import { type ImageContent, type StoredIndex, storeImage, storeIndex, tinyImage } from "./images.ts";
import { answer, type RegistryAnswer, refusal } from "./registry-answer.ts";
import { type RegistryStore, registryStore, type StoredManifest } from "./registry-store.ts";
import { parseRoute, type RegistryRoute, registryRoutes } from "./routes.ts";

/** What somebody asked, and with which credentials. */
export interface RecordedRequest {
  readonly method: string;
  /** path and query */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string;
}

export interface TestRegistryOptions {
  readonly access?: Access;
  /** HTTPS with these; plain HTTP when undefined */
  readonly tls?: ServerOptions;
  /** where its API begins; `/v2` when undefined */
  readonly apiPath?: string;
  /** keeps what it has of other registries below their names, and is told by `ns` which one is meant */
  readonly mirrors?: true;
}

/** An OCI registry in this process. Close it, or hold it with `await using`. */
export interface TestRegistry extends AsyncDisposable {
  /** host:port to put before image names */
  readonly address: string;
  /** everything that was asked, in order */
  readonly requests: readonly RecordedRequest[];
  readonly store: RegistryStore;
  /** Stores a tiny image: `image("app:v1")`. */
  image(name: string, content?: Partial<ImageContent>): StoredManifest;
  /** Stores an image for several platforms. */
  index(name: string, contents: readonly Partial<ImageContent>[]): StoredIndex;
  attachSignatures(repository: string, subject: Digest, attachments: readonly Attachment[]): StoredManifest;
  /** Lets the next `times` requests whose `METHOD path` matches go wrong; all of them when not said. */
  fail(request: RegExp, fault: Fault, times?: number): void;
  /** Forgets all faults. */
  heal(): void;
  /** Makes the bearer tokens issued so far worthless. */
  revokeTokens(): void;
  close(): Promise<void>;
}

export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const store = registryStore();
  const requests: RecordedRequest[] = [];
  let faults: { readonly request: RegExp; readonly fault: Fault; left: number }[] = [];
  const scheme = options.tls === undefined ? "http" : "https";
  const access = accessControl(options.access ?? { type: "anonymous" }, () => `${scheme}://${address}`);
  const route = registryRoutes(store);
  const { apiPath = "/v2", mirrors = false } = options;

  const answerTo = (request: RecordedRequest, body: Uint8Array): RegistryAnswer => {
    const url = new URL(request.path, "http://registry");
    const { method } = request;
    const asked = parseRoute(url.pathname, apiPath);
    const where = asked && (mirrors ? below(url.searchParams.get("ns"), asked) : asked);
    const question = {
      method,
      url,
      authorization: request.headers["authorization"] as string | undefined,
      body: request.body,
      repository: where?.repository,
    };
    if (url.pathname === "/token") return access.issue(question);
    const denied = access.check(question);
    if (denied !== undefined) return denied;
    if (url.pathname === `${apiPath}/`) return answer(200, { "content-type": "application/json" }, "{}");
    if (where === undefined) return refusal(404, "UNSUPPORTED", "The operation is unsupported.");
    return route(where, { method, url, contentType: String(request.headers["content-type"] ?? ""), body });
  };

  const handle = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await buffer(incoming);
    const { method = "", url: path = "", headers } = incoming;
    const request = { method, path, headers, body: body.toString() };
    requests.push(request);
    const honest = answerTo(request, body);
    const active = faults.find((entry) => entry.left > 0 && entry.request.test(`${method} ${path}`));
    if (active === undefined) return send(honest, response);
    active.left--;
    active.fault(honest, response);
  };

  const listener = (incoming: IncomingMessage, response: ServerResponse): void => {
    // A client that goes away in the middle of a request is part of many tests.
    handle(incoming, response).catch(() => response.destroy());
  };
  const server: Server =
    options.tls === undefined ? createServer(listener) : createTlsServer(options.tls, listener);
  const address = await listen(server);

  const close = (): Promise<void> => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  };
  return {
    address,
    requests,
    store,
    image(name, content) {
      const { repository, tag } = splitName(name);
      return storeImage(store, repository, { ...tinyImage, ...content }, tag);
    },
    index(name, contents) {
      const { repository, tag } = splitName(name);
      return storeIndex(
        store,
        repository,
        contents.map((content) => ({ ...tinyImage, ...content })),
        tag,
      );
    },
    attachSignatures: (repository, subject, attachments) =>
      storeAttachments(store, repository, subject, attachments),
    fail(request, fault, times = Number.POSITIVE_INFINITY) {
      faults.push({ request, fault, left: times });
    },
    heal() {
      faults = [];
    },
    revokeTokens: () => access.revoke(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function below(namespace: string | null, route: RegistryRoute): RegistryRoute {
  return { ...route, repository: `${namespace ?? "nowhere"}/${route.repository}` };
}

function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const [repository = "", tag = "latest"] = name.split(":");
  return { repository, tag };
}

function listen(server: Server): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });
}
