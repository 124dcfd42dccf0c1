import { digestOf } from "@countersign/engine/values/digest";
import { answer, type RegistryAnswer, refusal } from "./registry-answer.ts";
import type { RegistryStore, StoredManifest } from "./registry-store.ts";
import type { RegistryRoute, RouteRequest } from "./route-request.ts";

export interface ManifestRules {
  /** whether who pushes a referrer is told so by `OCI-Subject` */
  readonly tellsSubject: boolean;
}

/** Manifests by tag and digest, pulled and pushed. */
export function manifestRoute(store: RegistryStore, { tellsSubject }: ManifestRules) {
  return ({ repository, name }: RegistryRoute, { method, headers, body }: RouteRequest): RegistryAnswer => {
    const found = store.manifest(repository, name);
    if (method === "GET" || method === "HEAD") {
      if (found === undefined) return refusal(404, "MANIFEST_UNKNOWN", "manifest unknown");
      return answer(200, { "content-type": found.mediaType, ...identity(found) }, found.bytes);
    }
    if (method !== "PUT") return refusal(405, "UNSUPPORTED", "The operation is unsupported.");
    if (!meets(headers, found)) return answer(412);
    const asDigest = name.includes(":");
    if (asDigest && digestOf(body) !== name) {
      return refusal(400, "DIGEST_INVALID", "provided digest did not match uploaded content");
    }
    const content = contentOf(body);
    if (content === undefined) return refusal(400, "MANIFEST_INVALID", "manifest invalid");
    const missing = missingPart(store, repository, content);
    if (missing !== undefined) {
      return refusal(404, "MANIFEST_BLOB_UNKNOWN", `manifest references an unknown ${missing}`);
    }
    const mediaType = String(headers["content-type"] ?? "");
    const stored = store.putManifest(repository, body, mediaType, asDigest ? undefined : name);
    const subject = tellsSubject && content.subject ? { "oci-subject": content.subject.digest } : {};
    const location = `/v2/${repository}/manifests/${stored.digest}`;
    return answer(201, { location, ...identity(stored), ...subject });
  };
}

function identity({ digest }: StoredManifest) {
  return { "docker-content-digest": digest, etag: `"${digest}"` };
}

/** RFC 9110, section 13.1: what who writes believes to be there, so that nobody writes over what he has not seen. */
function meets(headers: RouteRequest["headers"], found: StoredManifest | undefined): boolean {
  const names = (header: string) => String(headers[header] ?? "").split(/\s*,\s*/);
  const isNamed = (name: string): boolean =>
    found !== undefined && (name === "*" || name === `"${found.digest}"`);
  if (headers["if-match"] !== undefined && !names("if-match").some(isNamed)) return false;
  return headers["if-none-match"] === undefined || !names("if-none-match").some(isNamed);
}

interface ManifestContent {
  readonly config?: { readonly digest: string };
  readonly layers?: readonly { readonly digest: string }[];
  readonly manifests?: readonly { readonly digest: string }[];
  readonly subject?: { readonly digest: string };
}

function contentOf(body: Uint8Array): ManifestContent | undefined {
  try {
    return JSON.parse(Buffer.from(body).toString()) as ManifestContent;
  } catch {
    return undefined;
  }
}

/** A manifest comes after everything that it refers to, except for its subject. */
function missingPart(store: RegistryStore, repository: string, content: ManifestContent): string | undefined {
  const { config, layers = [], manifests = [] } = content;
  const blobs = config === undefined ? layers : [config, ...layers];
  const blob = blobs.find(({ digest }) => store.blob(repository, digest) === undefined);
  if (blob !== undefined) return `blob ${blob.digest}`;
  const manifest = manifests.find(({ digest }) => store.manifest(repository, digest) === undefined);
  return manifest && `manifest ${manifest.digest}`;
}
