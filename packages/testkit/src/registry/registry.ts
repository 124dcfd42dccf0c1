import type { ServerOptions } from "node:https";
import type { Digest } from "@countersign/engine/values/digest";
import { type Access, accessControl } from "./access.ts";
import { type Attachment, storeAttachments } from "./attachments.ts";
import { type FaultyServer, type RecordedRequest, startFaultyServer } from "./faulty-server.ts";
import { type ImageContent, type StoredIndex, storeImage, storeIndex, tinyImage } from "./images.ts";
import { listByTag, type ReferrerContent, storeReferrer } from "./referrers.ts";
import type { ReferrersMode } from "./referrers-route.ts";
import { json, type RegistryAnswer, refusal } from "./registry-answer.ts";
import { type RegistryStore, registryStore, type StoredManifest } from "./registry-store.ts";
import type { RegistryRoute } from "./route-request.ts";
import { parseRoute, registryRoutes } from "./routes.ts";
import { signatureLists } from "./signature-lists.ts";

export type { RecordedRequest };

export interface TestRegistryOptions {
  readonly access?: Access;
  /** HTTPS with these; plain HTTP when undefined */
  readonly tls?: ServerOptions;
  /** where its API begins; `/v2` when undefined */
  readonly apiPath?: string;
  /** keeps what it has of other registries below their names, and is told by `ns` which one is meant */
  readonly mirrors?: true;
  /** what it says of `X-Registry-Supports-Signatures`; `1` stands for a list of its own instead of a lookaside */
  readonly supportsSignatures?: string;
  /** whether it lists referrers; everything at once when undefined */
  readonly referrers?: ReferrersMode;
  /** `sessions`: a POST that brings a whole blob only opens a session, as the specification allows */
  readonly uploads?: "sessions";
}

/** An OCI registry in this process; its address is what stands before image names. */
export interface TestRegistry extends FaultyServer {
  readonly store: RegistryStore;
  /** Stores a tiny image: `image("app:v1")`. */
  image(name: string, content?: Partial<ImageContent>): StoredManifest;
  /** Stores an image for several platforms. */
  index(name: string, contents: readonly Partial<ImageContent>[]): StoredIndex;
  attachSignatures(repository: string, subject: Digest, attachments: readonly Attachment[]): StoredManifest;
  /** Stores what refers to a manifest, and lists it by tag where the registry itself lists nothing. */
  attachReferrer(repository: string, subject: Digest, content: ReferrerContent): StoredManifest;
  /** Lists simple signatures of a manifest, if the registry lists any. */
  listSignatures(repository: string, subject: Digest, signatures: readonly Uint8Array[]): void;
  /** Makes the bearer tokens issued so far worthless. */
  revokeTokens(): void;
}

export async function startRegistry(options: TestRegistryOptions = {}): Promise<TestRegistry> {
  const store = registryStore();
  const scheme = options.tls === undefined ? "http" : "https";
  const access = accessControl(options.access ?? { type: "anonymous" }, () => `${scheme}://${address}`);
  const { apiPath = "/v2", mirrors = false, supportsSignatures, referrers = { type: "api" } } = options;
  const route = registryRoutes(store, {
    referrers,
    tellsSubject: referrers.type === "api",
    singlePost: options.uploads !== "sessions",
  });
  const lists = signatureLists();
  const greeting: RegistryAnswer["headers"] =
    supportsSignatures === undefined ? {} : { "x-registry-supports-signatures": supportsSignatures };

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
      repository: where?.repository ?? lists.repositoryIn(url.pathname),
    };
    if (url.pathname === "/token") return access.issue(question);
    const denied = access.check(question);
    const isGreeting = url.pathname === `${apiPath}/`;
    if (denied !== undefined) {
      return isGreeting ? { ...denied, headers: { ...denied.headers, ...greeting } } : denied;
    }
    if (isGreeting) return json(200, {}, greeting);
    const list = lists.answerTo(url.pathname);
    if (list !== undefined) return list;
    if (where === undefined) return refusal(404, "UNSUPPORTED", "The operation is unsupported.");
    return route(where, { method, url, headers: request.headers, body });
  };

  const server = await startFaultyServer(answerTo, options.tls);
  const { address } = server;
  return {
    ...server,
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
    attachReferrer(repository, subject, content) {
      const stored = storeReferrer(store, repository, subject, content);
      const { digest, mediaType, bytes } = stored;
      if (referrers.type === "none") {
        listByTag(store, repository, subject, { digest, mediaType, size: bytes.length });
      }
      return stored;
    },
    listSignatures: lists.put,
    revokeTokens: () => access.revoke(),
  };
}

function below(namespace: string | null, route: RegistryRoute): RegistryRoute {
  return { ...route, repository: `${namespace ?? "nowhere"}/${route.repository}` };
}

function splitName(name: string): { readonly repository: string; readonly tag: string } {
  const [repository = "", tag = "latest"] = name.split(":");
  return { repository, tag };
}
