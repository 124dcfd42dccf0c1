import type { Readable } from "node:stream";
import { type Digest, digestOf, isDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { manifestDigest } from "@countersign/engine/values/manifest-digest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import { begunAnew } from "../begun-anew.ts";
import type { Timing } from "../timing.ts";
import { requireBoundedJson } from "./bounded-json.ts";
import { headerValue } from "./header-values.ts";
import { type HttpAnswer, isSuccess } from "./http-message.ts";
import { simpleMediaType } from "./media-type.ts";
import { readRefusal, refusalCode } from "./refusal.ts";
import type { RegistryPushClient } from "./registry-client.ts";
import { parseWebAddress } from "./web-address.ts";

/** What a tag led to when it was read, so that it is replaced only if it still does. */
export interface ManifestInPlace extends FetchedManifest {
  /** undefined if the registry gives none */
  readonly etag: string | undefined;
}

/** What a registry made of a manifest. */
export interface StoredManifest {
  readonly digest: Digest;
  /** whether it said that it lists the manifest among its subject's referrers (`OCI-Subject`) */
  readonly listsReferrers: boolean;
}

/** Brings manifests and blobs into one repository. Source: OCI distribution-spec 1.1. */
export interface RepositoryWriter {
  /** the repository as messages name it: `quay.io/team/app` */
  readonly name: string;
  hasBlob(digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** whether this very manifest is there */
  hasManifest(digest: Digest, signal: AbortSignal): Promise<boolean>;
  /** what a tag leads to; undefined if it leads nowhere */
  inPlace(tag: string, signal: AbortSignal): Promise<ManifestInPlace | undefined>;
  /** a blob that is held in memory, unless it is there already */
  putBlob(bytes: Uint8Array, signal: AbortSignal): Promise<Digest>;
  /**
   * Takes a blob over from another repository of the same registry.
   * @param from - its path, without the registry
   * @returns whether it is here now; a registry may decline
   */
  mountBlob(digest: Digest, from: string, signal: AbortSignal): Promise<boolean>;
  /** @param size - bytes that `body` gives; who has it destroy itself before its end has nothing stored */
  uploadBlob(digest: Digest, size: number, body: Readable, signal: AbortSignal): Promise<void>;
  /** @throws CountersignError */
  putManifest(tagOrDigest: string, manifest: FetchedManifest, signal: AbortSignal): Promise<StoredManifest>;
  /**
   * The same for a tag that was read before. Few registries look at the condition: who must not lose anything reads the
   * tag again afterwards.
   * @param found - what it led to
   * @returns undefined if it leads elsewhere since, and nothing was stored
   */
  replaceManifest(
    tag: string,
    manifest: FetchedManifest,
    found: ManifestInPlace | undefined,
    signal: AbortSignal,
  ): Promise<StoredManifest | undefined>;
}

const maxAnswer = 1024 * 1024;
/** The limit of every registry. */
const maxManifestSize = 4 * 1024 * 1024;

export function repositoryWriter(name: string, client: RegistryPushClient, timing: Timing): RepositoryWriter {
  const refused = (doing: string, answer: HttpAnswer): CountersignError => {
    const refusal = readRefusal(answer);
    return new CountersignError(refusalCode(refusal), `${doing} in ${name}: ${refusal.text}`);
  };
  const isThere = async (target: string, accept: string, signal: AbortSignal): Promise<boolean> => {
    const request = { method: "HEAD", target, headers: { accept }, bodyLimit: 0 } as const;
    const answer = await client.send(request, signal);
    if (answer.status === 200) return true;
    if (answer.status === 404) return false;
    throw refused(`looking for ${target.replace("/", " ")}`, answer);
  };
  /** Where the registry wants the bytes of an upload. */
  const placeOf = (answer: HttpAnswer): URL => {
    const location = headerValue(answer.headers, "location");
    const address = location === undefined ? undefined : parseWebAddress(location, answer.url);
    if (address !== undefined) return address;
    const message = `starting an upload in ${name}: the registry does not say where to`;
    throw new CountersignError("REGISTRY_ANSWER_INVALID", message);
  };
  const startUpload = (
    query: string,
    scopes: readonly string[],
    signal: AbortSignal,
  ): Promise<HttpAnswer> => {
    const request = { method: "POST", headers: { "content-length": "0" }, bodyLimit: maxAnswer } as const;
    return client.send({ ...request, target: `blobs/uploads/${query}`, scopes }, signal);
  };
  const upload = async (
    digest: Digest,
    size: number,
    body: Uint8Array | Readable,
    signal: AbortSignal,
  ): Promise<void> => {
    const started = await startUpload("", [], signal);
    if (started.status !== 202) throw refused("starting an upload", started);
    const target = placeOf(started);
    // appended as it is: what the registry wrote there may not survive being read and written again
    target.search += `${target.search === "" ? "" : "&"}digest=${encodeURIComponent(digest)}`;
    const headers = { "content-type": "application/octet-stream", "content-length": String(size) };
    const request = { method: "PUT", target, headers, body, bodyLimit: maxAnswer, once: true } as const;
    const answer = await client.send(request, signal);
    if (isSuccess(answer.status)) return;
    const error = refused(`uploading blob ${digest}`, answer);
    // a registry of several servers that lost the session takes the blob in a new one
    throw readRefusal(answer).code === "BLOB_UPLOAD_UNKNOWN"
      ? new CountersignError("REGISTRY_UNREACHABLE", error.message)
      : error;
  };

  const put = (
    tagOrDigest: string,
    { bytes, mediaType }: FetchedManifest,
    condition: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> => {
    const headers = { "content-type": mediaType, ...condition };
    const request = { method: "PUT", headers, body: bytes, bodyLimit: maxAnswer } as const;
    return client.send({ ...request, target: `manifests/${tagOrDigest}` }, signal);
  };
  const stored = (tagOrDigest: string, { bytes }: FetchedManifest, answer: HttpAnswer): StoredManifest => {
    if (!isSuccess(answer.status)) throw refused(`writing manifest ${tagOrDigest}`, answer);
    const said = headerValue(answer.headers, "docker-content-digest") ?? "";
    const digest = manifestDigest(bytes);
    if (isDigest(said) && said !== digest) {
      const message = `writing manifest ${tagOrDigest} in ${name}: the registry stored ${said} instead of ${digest}`;
      throw new CountersignError("REGISTRY_ANSWER_INVALID", message);
    }
    return { digest, listsReferrers: headerValue(answer.headers, "oci-subject") !== undefined };
  };

  return {
    name,
    hasBlob: (digest, signal) => isThere(`blobs/${digest}`, "*/*", signal),
    hasManifest: (digest, signal) => isThere(`manifests/${digest}`, "*/*", signal),
    async inPlace(tag, signal) {
      const answer = await client.send(
        { method: "GET", target: `manifests/${tag}`, headers: { accept }, bodyLimit: maxManifestSize },
        signal,
      );
      if (answer.status !== 200) {
        if (saysAbsent(answer)) return undefined;
        throw refused(`reading manifest ${tag}`, answer);
      }
      requireBoundedJson(answer.body);
      const mediaType = simpleMediaType(headerValue(answer.headers, "content-type"));
      return { bytes: answer.body, mediaType, etag: headerValue(answer.headers, "etag") };
    },
    async putBlob(bytes, signal) {
      const digest = digestOf(bytes);
      if (await isThere(`blobs/${digest}`, "*/*", signal)) return digest;
      await begunAnew(() => upload(digest, bytes.length, bytes, signal), timing, signal);
      return digest;
    },
    async mountBlob(digest, from, signal) {
      const query = new URLSearchParams({ mount: digest, from });
      const answer = await startUpload(`?${query}`, [`repository:${from}:pull`], signal);
      if (answer.status === 201) return true;
      // 202 is an upload that was begun instead, and is left to run out; a refusal may be about the other repository
      if (answer.status === 202 || answer.status < 500) return false;
      throw refused(`mounting blob ${digest} from ${from}`, answer);
    },
    uploadBlob: upload,
    async putManifest(tagOrDigest, manifest, signal) {
      const answer = await put(tagOrDigest, manifest, {}, signal);
      return stored(tagOrDigest, manifest, answer);
    },
    async replaceManifest(tag, manifest, found, signal) {
      const answer = await put(tag, manifest, conditionOf(found), signal);
      return answer.status === 412 ? undefined : stored(tag, manifest, answer);
    },
  };
}

/** RFC 9110, section 13.1. */
function conditionOf(found: ManifestInPlace | undefined): Readonly<Record<string, string>> {
  if (found === undefined) return { "if-none-match": "*" };
  return found.etag === undefined ? {} : { "if-match": found.etag };
}

/**
 * Whether a refusal means that there is nothing to lose. Anything else is trouble: a list of signatures that is taken
 * for missing would be replaced.
 */
function saysAbsent(answer: HttpAnswer): boolean {
  const { code } = readRefusal(answer);
  return answer.status === 404 && (code === undefined || absent.has(code));
}

const absent: ReadonlySet<string> = new Set(["MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"]);

const accept = [
  "application/vnd.oci.image.index.v1+json",
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.docker.distribution.manifest.v2+json",
].join(", ");
