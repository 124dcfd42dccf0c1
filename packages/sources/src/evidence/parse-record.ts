import { type Digest, digestAlgorithm, digestOf, parseDigest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { parseDockerImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import { parsePlatform } from "@countersign/engine/values/platform";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";
import { type Reader, type Report, readExactObject } from "@countersign/engine/values/strict-object";
import { exactly, listOf, mapOf, readText, textAs } from "@countersign/engine/values/strict-value";
import type { FetchedManifest, UnverifiedSignature } from "@countersign/engine/verify/ports";
import { recordVersion } from "./print-record.ts";
import type { RecordedImage } from "./record-image.ts";

/**
 * Reads what `printRecord` wrote, and nothing else: every blob must be what its digest says, so that a recording which
 * was edited, merged or cut short is noticed.
 * @throws CountersignError EVIDENCE_UNUSABLE, naming the first place that is wrong
 */
export function parseRecord(bytes: Uint8Array): RecordedImage {
  const record = readExactObject(parseSyntax(bytes), "", refuse, readers);
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
};

/** A cosign signature has a media type; that it says `sigstore` too is then checked. */
function signatureEntry(json: Json, path: string, report: Report) {
  return has(json, "mediaType")
    ? readExactObject(json, path, report, signatureReaders.sigstore)
    : readExactObject(json, path, report, signatureReaders.simpleSigning);
}

type SignatureEntry = NonNullable<ReturnType<typeof signatureEntry>>;

function signature(entry: SignatureEntry, bytesOf: (digest: Digest) => Uint8Array): UnverifiedSignature {
  const { type, location, blob } = entry;
  if (type === "simpleSigning") return { type, location, bytes: bytesOf(blob) };
  const { mediaType, annotations } = entry;
  return { type, location, mediaType, annotations, payload: bytesOf(blob) };
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

const readers = {
  evidence: exactly(recordVersion),
  image: textAs(parseDockerImage),
  recorded: textAs(parseTime),
  platforms: listOf(textAs(platform)),
  manifest: manifestEntry,
  instances: mapOf(parseDigest, manifestEntry),
  signatures: mapOf(parseDigest, listOf<SignatureEntry>(signatureEntry)),
  blobs,
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

function has(json: Json, name: string): boolean {
  return json.kind === "object" && json.members.some(([member]) => member === name);
}

function mapValues<T, U>(map: ReadonlyMap<Digest, T>, convert: (value: T) => U): ReadonlyMap<Digest, U> {
  return new Map([...map].map(([digest, value]) => [digest, convert(value)]));
}
