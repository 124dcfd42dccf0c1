import { quote } from "../values/go-format.ts";
import { type GoStruct, goBytes, goString, goStruct, goTypeFault } from "../values/go-struct.ts";
import { readBytes } from "../values/go-value.ts";
import { foldName } from "../values/json-names.ts";
import { type Json, type JsonMember, parseJson } from "../values/strict-json.ts";
import { refuse, refusing } from "./invalid.ts";

/** The body of a `hashedrekord` 0.0.1 log entry. Everything may be absent; the log has signed only what is there. */
export interface Hashedrekord {
  readonly signature:
    | { readonly content: Uint8Array; readonly publicKey: Uint8Array | undefined }
    | undefined;
  readonly data:
    | {
        readonly hash:
          | { readonly algorithm: string | undefined; readonly value: string | undefined }
          | undefined;
      }
    | undefined;
}

/**
 * Reads a log entry's body as Go's encoding/json fills the reference's structs: names match in any case, unknown ones
 * are ignored, of doubled ones the last wins (objects are merged), null means absent.
 * Source: containers/image signature/internal/rekor_api_types.go and rekor_set.go.
 * @throws CountersignError SIGNATURE_INVALID with the reference's words
 */
export function parseHashedrekord(body: Uint8Array): Hashedrekord {
  const inBody = "decoding the body of a Rekor SET payload: ";
  const members = refusing(inBody, () => {
    const entry = parseJson(body);
    refuseWrongType(entry, kindStruct);
    // no pointer there: null leaves it as an earlier one has set it
    const kinds = named(membersOf(entry), "kind").map(([, value]) => value);
    const kind = kinds.findLast((value) => value.kind === "string")?.value ?? "";
    if (kind !== "hashedrekord") refuse(`invalid kind value: ${quote(kind)}`);
    refuseWrongType(entry, entryStruct);
    return membersOf(entry);
  });
  const version = lastString(members, "apiVersion");
  if (version === undefined) return refuse("missing Rekor SET Payload API version");
  if (version !== "0.0.1") refuse(`unsupported Rekor SET Payload hashedrekord version ${quote(version)}`);
  return refusing("decoding hashedrekod spec: ", () => readSpec(last(members, "spec")));
}

function readSpec(spec: Json | undefined): Hashedrekord {
  if (spec === undefined) return refuse("unexpected end of JSON input");
  refuseWrongType(spec, specStruct);
  const members = membersOf(spec);
  const signature = merged(members, "signature");
  const publicKey = signature && merged(signature, "publicKey");
  const data = merged(members, "data");
  const hash = data && merged(data, "hash");
  return {
    signature: signature && {
      content: lastBytes(signature, "content"),
      publicKey: publicKey && lastBytes(publicKey, "content"),
    },
    data: data && {
      hash: hash && { algorithm: lastString(hash, "algorithm"), value: lastString(hash, "value") },
    },
  };
}

const kindStruct = goStruct('struct { Kind string "json:\\"kind\\"" }', { kind: goString });
const entryStruct = goStruct("", { apiVersion: goString });
const schema = "internal.RekorHashedrekordV001Schema";
const specStruct = goStruct(schema, {
  data: goStruct(`${schema}Data`, {
    hash: goStruct(`${schema}DataHash`, { algorithm: goString, value: goString }),
  }),
  signature: goStruct(`${schema}Signature`, {
    content: goBytes,
    publicKey: goStruct(`${schema}SignaturePublicKey`, { content: goBytes }),
  }),
});

function refuseWrongType(json: Json, type: GoStruct): void {
  const fault = goTypeFault(json, type);
  if (fault !== undefined) refuse(fault);
}

type Members = readonly JsonMember[];

/** Types were checked before: what is no object is null, and empty for Go. */
function membersOf(json: Json): Members {
  return json.kind === "object" ? json.members : [];
}

/** The members of all objects of this name after the last null; undefined if there is none. */
function merged(members: Members, name: string): Members | undefined {
  let found: JsonMember[] | undefined;
  for (const [, value] of named(members, name)) {
    if (value.kind === "null") found = undefined;
    else found = [...(found ?? []), ...membersOf(value)];
  }
  return found;
}

function last(members: Members, name: string): Json | undefined {
  return named(members, name).at(-1)?.[1];
}

function lastString(members: Members, name: string): string | undefined {
  const value = last(members, name);
  return value?.kind === "string" ? value.value : undefined;
}

function lastBytes(members: Members, name: string): Uint8Array {
  const value = last(members, name);
  const bytes = value && readBytes(value, name, (_path, message) => refuse(message));
  return bytes ?? new Uint8Array();
}

function named(members: Members, name: string): Members {
  const folded = foldName(name);
  return members.filter(([written]) => foldName(written) === folded);
}
