import type { Digest } from "@countersign/engine/values/digest";
import { digestAlgorithm, digestOf } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { FetchedManifest } from "@countersign/engine/verify/ports";
import type { AttachmentStore } from "../attachments/attachment-store.ts";
import { requireBoundedJson } from "./bounded-json.ts";
import { headerValue } from "./header-values.ts";
import { simpleMediaType } from "./media-type.ts";
import { nextPage } from "./next-page.ts";
import type { ReferrersMemory } from "./referrers-memory.ts";
import { type Refusal, readRefusal, refusalCode } from "./refusal.ts";
import type { RegistryClient } from "./registry-client.ts";
import { readSignatureList } from "./signature-list.ts";

/** The limit of every registry, and of containers/image (internal/iolimits). */
const maxManifestSize = 4 * 1024 * 1024;

/** In the order in which containers/image asks for them. */
const manifestTypes = [
  "application/vnd.oci.image.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.v2+json",
  "application/vnd.docker.distribution.manifest.v1+prettyjws",
  "application/vnd.docker.distribution.manifest.v1+json",
  "application/vnd.docker.distribution.manifest.list.v2+json",
  "application/vnd.oci.image.index.v1+json",
].join(", ");

/** Reads manifests and blobs of one repository, in the words of containers/image; and what is attached to them. */
export interface RepositoryReader extends AttachmentStore {
  /** @throws CountersignError, also when the registry has none */
  manifest(tagOrDigest: string, signal: AbortSignal): Promise<FetchedManifest>;
  /** undefined when the registry says that there is none */
  findManifest(tag: string, signal: AbortSignal): Promise<FetchedManifest | undefined>;
  /** the signatures that the registry itself lists for a manifest; undefined when it lists none of any image */
  listedSignatures(manifest: Digest, signal: AbortSignal): Promise<readonly Uint8Array[] | undefined>;
}

export function repositoryReader(
  name: string,
  client: RegistryClient,
  memory: ReferrersMemory,
): RepositoryReader {
  const fetch = async (
    tagOrDigest: string,
    signal: AbortSignal,
    limit = maxManifestSize,
  ): Promise<FetchedManifest | Refusal> => {
    const answer = await namingTheTooLarge(`reading manifest body ${tagOrDigest} in ${name}`, async () => {
      const got = await client.get(`manifests/${tagOrDigest}`, manifestTypes, limit, signal);
      requireBoundedJson(got.body);
      return got;
    });
    if (answer.status !== 200) return readRefusal(answer);
    return { bytes: answer.body, mediaType: simpleMediaType(headerValue(answer.headers, "content-type")) };
  };
  const refused = (tagOrDigest: string, refusal: Refusal): CountersignError =>
    new CountersignError(refusalCode(refusal), `reading manifest ${tagOrDigest} in ${name}: ${refusal.text}`);

  return {
    name,
    async manifest(tagOrDigest, signal) {
      const manifest = await fetch(tagOrDigest, signal);
      if ("status" in manifest) throw refused(tagOrDigest, manifest);
      return manifest;
    },
    async findManifest(tag, signal) {
      const manifest = await fetch(tag, signal);
      if (!("status" in manifest)) return manifest;
      if (saysUnknown(manifest)) return undefined;
      throw refused(tag, manifest);
    },
    async lookUp(tagOrDigest, limit, signal) {
      const manifest = await fetch(tagOrDigest, signal, limit);
      if (!("status" in manifest)) return manifest;
      if (manifest.status === 404 || isOfNoKnownKind(manifest)) return undefined;
      throw refused(tagOrDigest, manifest);
    },
    async referrers(subject, query, limit, signal) {
      if (query === "" && memory.listsNone(client.address)) return undefined;
      const answer = await namingTheTooLarge(`reading the referrers of ${subject} in ${name}`, () =>
        client.getReferrers(subject, query, limit, signal),
      );
      const type = simpleMediaType(headerValue(answer.headers, "content-type"));
      if (answer.status === 200 && type === mediaTypes.ociIndex) {
        return { bytes: answer.body, next: nextPage(answer, `/referrers/${subject}`) };
      }
      if (answer.status === 200 || withoutReferrers.has(answer.status)) {
        if (query === "") memory.keep(client.address);
        return undefined;
      }
      const refusal = readRefusal(answer);
      const message = `reading the referrers of ${subject} in ${name}: ${refusal.text}`;
      throw new CountersignError(refusalCode(refusal), message);
    },
    async blob(digest, limit, signal) {
      const answer = await namingTheTooLarge(`reading blob ${digest} in ${name}`, () =>
        client.get(`blobs/${digest}`, "*/*", limit, signal),
      );
      if (answer.status !== 200) {
        const refusal = readRefusal(answer);
        const code = isOfNoKnownKind(refusal) ? "REGISTRY_NOT_FOUND" : refusalCode(refusal);
        throw new CountersignError(code, `fetching blob: ${refusal.text}`);
      }
      const found = digestOf(answer.body, digestAlgorithm(digest));
      if (found === digest) return answer.body;
      const message = `digest mismatch, expected ${quote(digest)}, got ${quote(found)}`;
      throw new CountersignError("REGISTRY_ANSWER_INVALID", message);
    },
    listedSignatures: (manifest, signal) => readSignatureList(name, client, manifest, signal),
  };
}

/**
 * How registries refuse that list no referrers. All else is trouble, never "no signatures".
 * Source: go-containerregistry pkg/v1/remote, fetchReferrers.
 */
const withoutReferrers: ReadonlySet<number> = new Set([400, 404, 406]);

/**
 * Whether a refusal means that there is no such manifest: its error code, the two ways in which known registries
 * get the code wrong, or a 404 whose body says nothing. Everything else is trouble, never "unsigned": who can
 * make a registry fail must not be able to make signatures vanish.
 * Source: containers/image docker/docker_client.go, isManifestUnknownError.
 */
function saysUnknown({ status, code, message }: Refusal): boolean {
  if (code === undefined) return status === 404;
  if (code === "UNKNOWN") return message?.toLowerCase().includes("not found") ?? false;
  return code === "MANIFEST_UNKNOWN";
}

/**
 * Whether a registry says that it has nothing by such a digest: its storage does not know the algorithm. Whoever pushes a
 * list chooses the digests in it.
 */
function isOfNoKnownKind({ status, code }: Refusal): boolean {
  return status === 400 && code === "DIGEST_INVALID";
}

async function namingTheTooLarge<T>(what: string, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (caught) {
    const error = CountersignError.from(caught);
    if (error.code !== "TOO_LARGE") throw error;
    throw new CountersignError(error.code, `${what}: ${error.message}`, { cause: error });
  }
}
