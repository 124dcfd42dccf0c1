import { digestOf } from "../values/digest.ts";
import { CountersignError } from "../values/error.ts";
import { readJsonDocument } from "../values/json-document.ts";
import { jsonSource, lineAndColumn } from "../values/json-source.ts";
import { type Json, readJson } from "../values/strict-json.ts";
import { quoteShort, type Reader, type Report, readMembers, readObject } from "../values/strict-object.ts";
import { isMarked, marker, readMarker } from "./extension/marker.ts";
import { extendedReader } from "./extension/parse-extended.ts";
import { imageRulesReader } from "./extension/parse-image-rule.ts";
import { noLanguages, type PolicyLanguages } from "./extension/policy-languages.ts";
import { mistakenJson, mistakenText } from "./mistaken-file.ts";
import { readRequirements } from "./parse-requirement.ts";
import type { ImageRule, Policy, Requirements } from "./policy.ts";
import { type PolicyFault, PolicyInvalid } from "./policy-invalid.ts";
import { isValidScope } from "./scope-grammar.ts";

export type PolicyReading =
  | { readonly policy: Policy; readonly faults: readonly [] }
  | { readonly policy: undefined; readonly faults: readonly [PolicyFault, ...PolicyFault[]] };

/** More would help nobody, and each carries text of the file. */
const maxFaults = 100;

/**
 * Reads a containers-policy.json(5) as containers/image does, and reports every fault of it (the first 100). The
 * first is the one that containers/image would report, in its words. A file with the marker `"countersign": 1` may use
 * the extension besides, which containers/image would refuse. The caller bounds the size.
 * Source: containers/image signature/policy_config.go.
 */
export function readPolicy(bytes: Uint8Array, languages: PolicyLanguages = noLanguages): PolicyReading {
  const source = jsonSource(bytes);
  let json: Json;
  try {
    json = readJson(source);
  } catch (error) {
    const { message } = CountersignError.from(error);
    const fault = { path: "", place: lineAndColumn(source), message };
    return { policy: undefined, faults: [withRemedy(fault, mistakenText(bytes))] };
  }
  const faults: Pick<PolicyFault, "path" | "message">[] = [];
  const report: Report = (path, message) => {
    if (faults.length < maxFaults) faults.push({ path, message });
  };
  const content = isMarked(json)
    ? readMarkedContent(json, languages, report)
    : readContent(json, readRequirements, {}, report);
  if (content !== undefined && faults.length === 0) {
    return { policy: { ...content, digest: digestOf(bytes) }, faults: [] };
  }
  // only now, as places cost another reading
  const { placeOf } = readJsonDocument(bytes);
  const [first, ...others] = faults.map((fault) => ({ ...fault, place: placeOf(fault.path) }));
  if (first === undefined) throw new CountersignError("INTERNAL", "a policy without fault was not read");
  return { policy: undefined, faults: [withRemedy(first, mistakenJson(json)), ...others] };
}

function withRemedy(fault: PolicyFault, remedy: string | undefined): PolicyFault {
  return remedy === undefined ? fault : { ...fault, remedy };
}

/**
 * Parses a containers-policy.json(5).
 * @param origin the file's name, for the message
 * @throws PolicyInvalid (POLICY_INVALID) with the first fault, as containers/image words it
 */
export function parsePolicy(
  bytes: Uint8Array,
  origin: string,
  languages: PolicyLanguages = noLanguages,
): Policy {
  return policyOf(readPolicy(bytes, languages), origin);
}

/** @throws PolicyInvalid as {@link parsePolicy} does */
export function policyOf({ policy, faults }: PolicyReading, origin: string): Policy {
  if (policy !== undefined) return policy;
  throw new PolicyInvalid(origin, faults[0]);
}

type PolicyContent = Omit<Policy, "digest">;

function readMarkedContent(
  json: Json,
  languages: PolicyLanguages,
  report: Report,
): PolicyContent | undefined {
  const readRequirements = extendedReader(languages);
  const readers = { [marker]: readMarker, images: imageRulesReader(readRequirements) };
  return readContent(json, readRequirements, readers, report);
}

function readContent(
  json: Json,
  readRequirements: Reader<Requirements>,
  others: { readonly [marker]?: Reader<1>; readonly images?: Reader<readonly ImageRule[]> },
  report: Report,
): PolicyContent | undefined {
  const readers = { ...others, default: readRequirements, transports: transportsReader(readRequirements) };
  const fields = readObject(json, "", report, readers);
  if (fields === undefined) return undefined;
  if (!Object.hasOwn(fields, "default")) report("", "Default policy is missing");
  if (fields.default === undefined) return undefined;
  const { transports = new Map(), images = [] } = fields;
  return { default: fields.default, transports, images };
}

type Scopes = ReadonlyMap<string, Requirements>;

function transportsReader(readRequirements: Reader<Requirements>): Reader<ReadonlyMap<string, Scopes>> {
  return (json, path, report) =>
    withoutFaulty(readMembers(json, path, report, (transport) => scopesReader(transport, readRequirements)));
}

function scopesReader(transport: string, readRequirements: Reader<Requirements>): Reader<Scopes> {
  return (json, path, report) =>
    withoutFaulty(
      readMembers(
        json,
        path,
        report,
        (scope) => (isValidScope(transport, scope) ? readRequirements : undefined),
        scopePath,
      ),
    );
}

function scopePath(path: string, scope: string): string {
  return `${path}[${quoteShort(scope)}]`;
}

function withoutFaulty<T>(
  members: ReadonlyMap<string, T | undefined> | undefined,
): ReadonlyMap<string, T> | undefined {
  if (members === undefined) return undefined;
  return new Map([...members].filter((member): member is [string, T] => member[1] !== undefined));
}
