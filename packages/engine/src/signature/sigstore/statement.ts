import { quote } from "../../values/go-format.ts";
import { type Json, type JsonMember, parseJson } from "../../values/strict-json.ts";
import { memberPath } from "../../values/strict-object.ts";
import { refuse, refusing } from "../invalid.ts";
import type { SignedEnvelope } from "./signed-entity.ts";

/** An in-toto statement: what somebody says (the predicate) about some artifacts (the subjects). */
export interface Statement {
  readonly subjects: readonly Subject[];
  readonly predicateType: string;
  /** all of it, for policies to look into */
  readonly json: Json;
}

export interface Subject {
  /** `""` if it has none; cosign's image signatures have none */
  readonly name: string;
  /** hexadecimal, by the algorithm's name: `sha256` */
  readonly digests: ReadonlyMap<string, string>;
  /** those that are texts, as all of cosign's are */
  readonly annotations: ReadonlyMap<string, string>;
}

/** What cosign's image signatures say since version 3: that it was signed, and nothing else. */
export const imageSignatureType = "https://sigstore.dev/cosign/sign/v1";

/**
 * Reads the statement in an envelope. To be believed only if the envelope was verified: parsing it before would let
 * anybody choose how much there is to parse. Members that are not known are ignored, as in-toto demands; none may come
 * twice, or two readers would see two statements.
 * Source: in-toto/attestation spec/v1/statement.md; versions 0.1 and 1.
 * @throws CountersignError SIGNATURE_INVALID
 */
export function parseStatement({ payloadType, payload }: SignedEnvelope): Statement {
  if (payloadType !== inTotoType) {
    refuse(`envelope: its payload is ${quote(payloadType)}, not ${quote(inTotoType)}`);
  }
  return refusing("statement: ", () => {
    const json = parseJson(payload);
    refuseDoubledNames(json);
    const type = text(member(json, "_type"), "_type");
    if (!statementTypes.has(type)) refuse(`_type: ${quote(type)} is not known`);
    const subjects = items(member(json, "subject"), "subject", 1024).map(readSubject);
    if (subjects.length === 0) refuse("subject: there is none");
    return { subjects, predicateType: text(member(json, "predicateType"), "predicateType"), json };
  });
}

/** Whether the statement is about the artifact with this digest. */
export function isAbout({ subjects }: Statement, algorithm: string, hex: string): boolean {
  return subjects.some(({ digests }) => digests.get(algorithm)?.toLowerCase() === hex.toLowerCase());
}

const inTotoType = "application/vnd.in-toto+json";

const statementTypes: ReadonlySet<string> = new Set([
  "https://in-toto.io/Statement/v1",
  "https://in-toto.io/Statement/v0.1",
]);

const maxDigests = 32;

function readSubject(json: Json, at: number): Subject {
  const path = `subject[${at}]`;
  const name = member(json, "name");
  const digest = member(json, "digest");
  if (digest?.kind !== "object") return refuse(`${path}.digest: an object is expected`);
  if (digest.members.length > maxDigests) refuse(`${path}.digest: more than ${maxDigests}`);
  const digests = digest.members.map(([algorithm, value]) => {
    const place = memberPath(`${path}.digest`, algorithm);
    return [algorithm, text(value, place)] as const;
  });
  return {
    name: name === undefined ? "" : text(name, `${path}.name`),
    digests: new Map(digests),
    annotations: readAnnotations(member(json, "annotations"), `${path}.annotations`),
  };
}

const maxAnnotations = 64;

function readAnnotations(json: Json | undefined, path: string): ReadonlyMap<string, string> {
  if (json === undefined || json.kind === "null") return new Map();
  if (json.kind !== "object") return refuse(`${path}: an object is expected`);
  if (json.members.length > maxAnnotations) refuse(`${path}: more than ${maxAnnotations}`);
  return new Map(
    json.members.flatMap(([name, value]) => (value.kind === "string" ? [[name, value.value]] : [])),
  );
}

function member(json: Json, name: string): Json | undefined {
  if (json.kind !== "object") return refuse(`an object is expected, not ${json.kind}`);
  return json.members.find(([found]) => found === name)?.[1];
}

function text(json: Json | undefined, path: string): string {
  return json?.kind === "string" ? json.value : refuse(`${path}: a text is expected`);
}

function items(json: Json | undefined, path: string, most: number): readonly Json[] {
  if (json?.kind !== "array") return refuse(`${path}: a list is expected`);
  if (json.items.length > most) refuse(`${path}: more than ${most}`);
  return json.items;
}

/** Does not recurse: nesting is the signer's choice. */
function refuseDoubledNames(json: Json): void {
  const waiting: Json[] = [json];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.kind === "array") for (const item of next.items) waiting.push(item);
    if (next.kind !== "object") continue;
    refuseDoubled(next.members);
    for (const [, value] of next.members) waiting.push(value);
  }
}

function refuseDoubled(members: readonly JsonMember[]): void {
  const seen = new Set<string>();
  for (const [name] of members) {
    if (seen.has(name)) refuse(`Duplicate key ${quote(name)}`);
    seen.add(name);
  }
}
