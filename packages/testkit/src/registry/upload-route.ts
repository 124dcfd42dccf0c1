import { randomUUID } from "node:crypto";
import { digestOf } from "@countersign/engine/values/digest";
import { answer, type RegistryAnswer, refusal } from "./registry-answer.ts";
import type { RegistryStore } from "./registry-store.ts";
import type { RegistryRoute, RouteRequest } from "./route-request.ts";

export function blobRoute(store: RegistryStore) {
  return ({ repository, name }: RegistryRoute, { method }: RouteRequest): RegistryAnswer => {
    if (method !== "GET" && method !== "HEAD") {
      return refusal(405, "UNSUPPORTED", "The operation is unsupported.");
    }
    const found = store.blob(repository, name);
    if (found === undefined) return refusal(404, "BLOB_UNKNOWN", "blob unknown to registry");
    return answer(200, { "content-type": "application/octet-stream", "docker-content-digest": name }, found);
  };
}

/**
 * Blobs pushed in one POST, by POST and PUT, in pieces, or taken over from another repository. What a session's
 * `Location` says has to be kept, its query too: the state in it changes with every piece.
 */
export function uploadRoute(store: RegistryStore, singlePost: boolean) {
  const sessions = new Map<string, Uint8Array>();

  const told = (repository: string, id: string, soFar: Uint8Array): RegistryAnswer["headers"] => ({
    location: `/v2/${repository}/blobs/uploads/${id}?_state=${soFar.length}`,
    "docker-upload-uuid": id,
    range: `0-${Math.max(soFar.length - 1, 0)}`,
  });

  const finish = (repository: string, bytes: Uint8Array, digest: string): RegistryAnswer => {
    if (digestOf(bytes) !== digest) {
      return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    }
    store.putBlob(repository, bytes);
    return answer(201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
  };

  const begin = (repository: string, { url, body }: RouteRequest): RegistryAnswer => {
    const mount = url.searchParams.get("mount");
    const mounted = mount && store.blob(url.searchParams.get("from") ?? repository, mount);
    if (mount && mounted) return finish(repository, mounted, mount);
    const digest = url.searchParams.get("digest");
    if (singlePost && digest !== null) return finish(repository, body, digest);
    const id = randomUUID();
    sessions.set(id, new Uint8Array());
    return answer(202, told(repository, id, new Uint8Array()));
  };

  return ({ repository, name: id }: RegistryRoute, request: RouteRequest): RegistryAnswer => {
    const { method, url, headers, body } = request;
    if (id === "") {
      return method === "POST" ? begin(repository, request) : refusal(405, "UNSUPPORTED", "unsupported");
    }
    const soFar = sessions.get(id);
    if (soFar === undefined || url.searchParams.get("_state") !== String(soFar.length)) {
      return refusal(404, "BLOB_UPLOAD_UNKNOWN", "blob upload unknown to registry");
    }
    if (method === "GET") return answer(204, told(repository, id, soFar));
    if (method === "DELETE") {
      sessions.delete(id);
      return answer(204);
    }
    if (method !== "PATCH" && method !== "PUT") return refusal(405, "UNSUPPORTED", "unsupported");
    const range = String(headers["content-range"] ?? `${soFar.length}-`);
    if (!range.startsWith(`${soFar.length}-`)) return answer(416, told(repository, id, soFar));
    const whole = Buffer.concat([soFar, body]);
    if (method === "PUT") {
      sessions.delete(id);
      return finish(repository, whole, url.searchParams.get("digest") ?? "");
    }
    sessions.set(id, whole);
    return answer(202, told(repository, id, whole));
  };
}
