import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import { readString } from "../values/go-value.ts";
import { isNameOnly, type NamedReference, parseNamedReference } from "../values/image-reference.ts";
import { isDomain, isDomainAndPath } from "../values/reference-grammar.ts";
import { memberPath, type Reader, type Report, readExactObject } from "../values/strict-object.ts";
import type { IdentityMatch } from "./policy.ts";
import { readTypeField } from "./type-field.ts";

/** How a signed name must relate to the image: a matcher, all of whose keys are mandatory. */
export const readIdentityMatch: Reader<IdentityMatch> = (json, path, report) => {
  const type = readTypeField(json, path, report, {
    struct: "signature.prmCommon",
    member: "signature.prmTypeIdentifier",
  });
  if (type === undefined) return undefined;
  const reader = readers.get(type);
  if (reader !== undefined) return reader(json, path, report);
  report(path, `Unknown policy reference match type ${quote(type)}`);
  return undefined;
};

function typeOnly(match: IdentityMatch): Reader<IdentityMatch> {
  return (json, path, report) => readExactObject(json, path, report, { type: readString }) && match;
}

const readExactReference: Reader<IdentityMatch> = (json, path, report) => {
  const fields = readExactObject(json, path, report, { type: readString, dockerReference: readString });
  if (fields === undefined) return undefined;
  const text = fields.dockerReference;
  const reference = readName("dockerReference", text, path, report);
  if (reference === undefined) return undefined;
  if (isNameOnly(reference)) {
    const message = `dockerReference ${quote(text)} contains neither a tag nor digest`;
    report(memberPath(path, "dockerReference"), message);
    return undefined;
  }
  return { type: "exactReference", reference };
};

const readExactRepository: Reader<IdentityMatch> = (json, path, report) => {
  const fields = readExactObject(json, path, report, { type: readString, dockerRepository: readString });
  if (fields === undefined) return undefined;
  const repository = readName("dockerRepository", fields.dockerRepository, path, report);
  return repository && { type: "exactRepository", repository };
};

const readRemapIdentity: Reader<IdentityMatch> = (json, path, report) => {
  const fields = readExactObject(json, path, report, {
    type: readString,
    prefix: readString,
    signedPrefix: readString,
  });
  if (fields === undefined) return undefined;
  const { prefix, signedPrefix } = fields;
  const isWhole =
    checkPrefix(prefix, memberPath(path, "prefix"), report) &&
    checkPrefix(signedPrefix, memberPath(path, "signedPrefix"), report);
  return isWhole ? { type: "remapIdentity", prefix, signedPrefix } : undefined;
};

const readers: ReadonlyMap<string, Reader<IdentityMatch>> = new Map([
  ["matchExact", typeOnly({ type: "matchExact" })],
  ["matchRepoDigestOrExact", typeOnly({ type: "matchRepoDigestOrExact" })],
  ["matchRepository", typeOnly({ type: "matchRepository" })],
  ["exactReference", readExactReference],
  ["exactRepository", readExactRepository],
  ["remapIdentity", readRemapIdentity],
]);

function readName(key: string, text: string, path: string, report: Report): NamedReference | undefined {
  try {
    return parseNamedReference(text);
  } catch (error) {
    const message = `Invalid format of ${key} ${quote(text)}: ${CountersignError.from(error).message}`;
    report(memberPath(path, key), message);
    return undefined;
  }
}

/** A bare domain, or a domain and a path. Short names such as `busybox` pass, but match nothing. */
function checkPrefix(prefix: string, path: string, report: Report): boolean {
  if (isDomain(prefix) || isDomainAndPath(prefix)) return true;
  report(path, `prefix ${quote(prefix)} is not valid`);
  return false;
}
