import { type Digest, digestAlgorithm, digestOf, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import {
  isNameOnly,
  type NamedReference,
  parseNamedReference,
} from "@countersign/engine/values/image-reference";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { parsePlatform } from "@countersign/engine/values/platform";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import { type Reader, type Report, readExactObject } from "@countersign/engine/values/strict-object";
import { exactly, listOf, mapOf, readText, textAs } from "@countersign/engine/values/strict-value";
import type { AttachmentQuery, FetchedManifest, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { recordVersion } from "./print-record.ts";
import type { RecordedAttachments, RecordedImage } from "./recorded-image.ts";

/**
 * Reads what `printRecord` wrote, and nothing else: every blob must be what its digest says, so that a recording which
 * was edited, merged or cut short is noticed.
 * @throws CountersignError EVIDENCE_UNUSABLE, naming the first place that is wrong
 */
export function parseRecord(bytes: Uint8Array): RecordedImage {
  const json = parseSyntax(bytes);
  const record = has(json, "attachments")
    ? readExactObject(json, "", refuse, readers)
    : readExactObject(json, "", refuse, readersOfVersion1);
  if (record === undefined) throw new CountersignError("INTERNAL", "a record without fault was not read");
  const bytesOf = (digest: Digest) => record.blobs.get(digest) ?? refuse("blobs", `${digest} is missing`);
  const manifest = ({ mediaType, blob }: ManifestEntry) => ({ mediaType, bytes: bytesOf(blob) });
  return {
    image: record.image,
    platforms: record.platforms,
    at: record.recorded,
    manifest: manifest(record.manifest),
    instances: mapValues<ManifestEntry, FetchedManifest>(record.instances, manifest),
    signatures: mapValues(record.signatures, (found) => found.map((entry) => signature(entry, bytesOf))),
    attachments:
      "attachments" in record ? record.attachments.map((entry) => attachments(entry, bytesOf)) : [],
  };
}

type ManifestEntry = { readonly mediaType: string; readonly blob: Digest };

const manifestEntry: Reader<ManifestEntry> = (json, path, report) =>
  readExactObject(json, path, report, { mediaType: readText, blob: textAs(parseDigest) });

const signatureReaders = {
  simpleSigning: { type: exactly("simpleSigning"), location: readText, blob: textAs(parseDigest) },
  sigstore: {
    type: exactly("sigstore"),
    location: readText,
    mediaType: readText,
    annotations: mapOf(String, readText),
    blob: textAs(parseDigest),
  },
  bundle: { type: exactly("bundle"), location: readText, blob: textAs(parseDigest) },
  unreadable: { type: exactly("unreadable"), location: readText, reason: readText },
};

function signatureEntry(json: Json, path: string, report: Report) {
  switch (typeOf(json)) {
    case "sigstore":
      return readExactObject(json, path, report, signatureReaders.sigstore);
    case "bundle":
      return readExactObject(json, path, report, signatureReaders.bundle);
    case "unreadable":
      return readExactObject(json, path, report, signatureReaders.unreadable);
    default:
      return readExactObject(json, path, report, signatureReaders.simpleSigning);
  }
}

type SignatureEntry = NonNullable<ReturnType<typeof signatureEntry>>;

function signature(entry: SignatureEntry, bytesOf: (digest: Digest) => Uint8Array): UnverifiedSignature {
  const { type, location } = entry;
  switch (type) {
    case "sigstore": {
      const { mediaType, annotations, blob } = entry;
      return { type, location, mediaType, annotations, payload: bytesOf(blob) };
    }
    case "unreadable":
      return { type, location, reason: entry.reason };
    default:
      return { type, location, bytes: bytesOf(entry.blob) };
  }
}

const attachmentsEntry = (json: Json, path: string, report: Report) =>
  readExactObject(json, path, report, {
    subject: textAs(parseDigest),
    kind: textAs(kindOf),
    repository: textAs(repositoryOf),
    tagPrefix: readText,
    found: listOf<SignatureEntry>(signatureEntry),
  });

type AttachmentsEntry = NonNullable<ReturnType<typeof attachmentsEntry>>;

function attachments(
  { subject, kind, repository: [repository], tagPrefix, found }: AttachmentsEntry,
  bytesOf: (digest: Digest) => Uint8Array,
): RecordedAttachments {
  const query = { subject, kind, place: { repository, tagPrefix } };
  return { query, found: found.map((entry) => signature(entry, bytesOf)) };
}

function kindOf(text: string): AttachmentQuery["kind"] {
  return text === "signatures" || text === "attestations"
    ? text
    : refuse("", "neither signatures nor attestations");
}

/** One, or none for the image's own. */
function repositoryOf(text: string): readonly NamedReference[] {
  if (text === "") return [];
  const name = parseNamedReference(text);
  return isNameOnly(name) ? [name] : refuse("", "a repository is expected");
}

const blob: Reader<Uint8Array> = (json, path, report) =>
  has(json, "text")
    ? readExactObject(json, path, report, { text: textAs(Buffer.from) })?.text
    : readExactObject(json, path, report, { base64: textAs(decodeBase64) })?.base64;

const blobs: Reader<ReadonlyMap<Digest, Uint8Array>> = (json, path, report) => {
  const found = mapOf(parseDigest, blob)(json, path, report);
  for (const [digest, bytes] of found ?? []) {
    const actual = digestOf(bytes, digestAlgorithm(digest));
    if (actual !== digest) report(`${path}[${quote(digest)}]`, `this was changed: it is ${actual} now`);
  }
  return found;
};

const readersOfVersion1 = {
  evidence: exactly("1"),
  image: textAs(parseDockerImage),
  recorded: textAs(parseTime),
  platforms: listOf(textAs(platform)),
  manifest: manifestEntry,
  instances: mapOf(parseDigest, manifestEntry),
  signatures: mapOf(parseDigest, listOf<SignatureEntry>(signatureEntry)),
  blobs,
};

const readers = {
  ...readersOfVersion1,
  evidence: exactly(recordVersion),
  attachments: listOf<AttachmentsEntry>(attachmentsEntry),
};

function platform(text: string): Platform {
  return parsePlatform(text) ?? refuse("", "not a platform");
}

function parseTime(text: string): number {
  const time = Date.parse(text);
  if (Number.isFinite(time) && new Date(time).toISOString() === text) return time;
  return refuse("", "not a time as it is written here");
}

function parseSyntax(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes);
  } catch (error) {
    return refuse("", CountersignError.from(error).message);
  }
}

/** The first fault is enough: nobody corrects by hand what no hand wrote. */
function refuse(path: string, message: string): never {
  throw new CountersignError("EVIDENCE_UNUSABLE", path === "" ? message : `${path}: ${message}`);
}

function typeOf(json: Json): string {
  const type = json.kind === "object" ? json.members.find(([name]) => name === "type")?.[1] : undefined;
  return type?.kind === "string" ? type.value : "";
}

function has(json: Json, name: string): boolean {
  return json.kind === "object" && json.members.some(([member]) => member === name);
}

function mapValues<T, U>(map: ReadonlyMap<Digest, T>, convert: (value: T) => U): ReadonlyMap<Digest, U> {
  return new Map([...map].map(([digest, value]) => [digest, convert(value)]));
}
