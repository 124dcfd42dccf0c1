import { randomUUID } from "node:crypto";
import { digestOf } from "@countersign/engine/values/digest";
import { answer, json, type RegistryAnswer, refusal } from "./registry-answer.ts";
import type { RegistryStore } from "./registry-store.ts";

export interface RouteRequest {
  readonly method: string;
  readonly url: URL;
  readonly contentType: string;
  readonly body: Uint8Array;
}

/** A path below the API's, taken apart. */
export interface RegistryRoute {
  readonly repository: string;
  readonly kind: "manifests" | "blobs" | "uploads" | "tags";
  readonly name: string;
}

export function parseRoute(path: string, apiPath = "/v2"): RegistryRoute | undefined {
  const rest = path.startsWith(`${apiPath}/`) ? path.slice(apiPath.length) : "";
  const [, repository = "", kind = "", name = ""] =
    /^\/(.+)\/(manifests|blobs\/uploads|blobs|tags)\/([^/]*)$/.exec(rest) ?? [];
  if (repository === "") return undefined;
  return { repository, kind: kind === "blobs/uploads" ? "uploads" : (kind as RegistryRoute["kind"]), name };
}

/** Answers as the OCI distribution specification says, pulls and pushes. */
export function registryRoutes(
  store: RegistryStore,
): (route: RegistryRoute, request: RouteRequest) => RegistryAnswer {
  const uploads = new Map<string, Uint8Array>();

  const manifests = ({ repository, name }: RegistryRoute, { method, contentType, body }: RouteRequest) => {
    if (method === "PUT") {
      const tag = name.startsWith("sha256:") ? undefined : name;
      const { digest } = store.putManifest(repository, body, contentType, tag);
      return answer(201, {
        location: `/v2/${repository}/manifests/${digest}`,
        "docker-content-digest": digest,
      });
    }
    const found = store.manifest(repository, name);
    if (found === undefined) return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown");
    return answer(
      200,
      { "content-type": found.mediaType, "docker-content-digest": found.digest },
      found.bytes,
    );
  };

  const blobs = ({ repository, name }: RegistryRoute) => {
    const found = store.blob(repository, name);
    if (found === undefined) return refusal(404, "BLOB_UNKNOWN", "blob unknown to registry");
    return answer(200, { "content-type": "application/octet-stream", "docker-content-digest": name }, found);
  };

  const upload = ({ repository, name }: RegistryRoute, { method, url, body }: RouteRequest) => {
    const id = name === "" ? randomUUID() : name;
    const soFar = Buffer.concat([uploads.get(id) ?? new Uint8Array(), body]);
    const digest = url.searchParams.get("digest");
    const here = { location: `/v2/${repository}/blobs/uploads/${id}`, "docker-upload-uuid": id };
    if (digest === null) {
      uploads.set(id, soFar);
      return answer(202, { ...here, range: `0-${Math.max(soFar.length - 1, 0)}` });
    }
    uploads.delete(id);
    if (method !== "POST" && method !== "PUT") return answer(405);
    if (digestOf(soFar) !== digest) {
      return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    }
    store.putBlob(repository, soFar);
    return answer(201, { location: `/v2/${repository}/blobs/${digest}`, "docker-content-digest": digest });
  };

  return (route, request) => {
    switch (route.kind) {
      case "manifests":
        return manifests(route, request);
      case "blobs":
        return blobs(route);
      case "uploads":
        return upload(route, request);
      case "tags":
        return json(200, { name: route.repository, tags: store.tags(route.repository) });
    }
  };
}
