import { quote } from "../values/go-format.ts";
import { cannotUnmarshal, readBytes } from "../values/go-value.ts";
import { type Json, parseJson } from "../values/strict-json.ts";
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
  const entry = refusing(inBody, () => {
    const json = parseJson(body);
    const kind = lastString(membersOf(json, 'struct { Kind string "json:\\"kind\\"" }', ""), "kind", ".kind");
    if (kind !== "hashedrekord") refuse(`invalid kind value: ${quote(kind ?? "")}`);
    return json;
  });
  const members = membersOf(entry, "", "");
  const version = refusing(inBody, () => lastString(members, "apiVersion", ".apiVersion"));
  if (version === undefined) return refuse("missing Rekor SET Payload API version");
  if (version !== "0.0.1") refuse(`unsupported Rekor SET Payload hashedrekord version ${quote(version)}`);
  return refusing("decoding hashedrekod spec: ", () => readSpec(last(members, "spec")));
}

function readSpec(spec: Json | undefined): Hashedrekord {
  if (spec === undefined) return refuse("unexpected end of JSON input");
  const members = membersOf(spec, `internal.${schema}`, "");
  const signature = merged(members, "signature", "Signature", `${schema}.signature`);
  const publicKey =
    signature &&
    merged(signature, "publicKey", "SignaturePublicKey", `${schema}Signature.signature.publicKey`);
  const data = merged(members, "data", "Data", `${schema}.data`);
  const hash = data && merged(data, "hash", "DataHash", `${schema}Data.data.hash`);
  return {
    signature: signature && {
      content: lastBytes(signature, "content", `${schema}Signature.signature.content`),
      publicKey:
        publicKey &&
        lastBytes(publicKey, "content", `${schema}SignaturePublicKey.signature.publicKey.content`),
    },
    data: data && {
      hash: hash && {
        algorithm: lastString(hash, "algorithm", `${schema}DataHash.data.hash.algorithm`),
        value: lastString(hash, "value", `${schema}DataHash.data.hash.value`),
      },
    },
  };
}

/** Go names the innermost struct, and then the whole path from the outermost. */
const schema = "RekorHashedrekordV001Schema";

type Members = readonly (readonly [string, Json])[];

function membersOf(json: Json, goType: string, field: string): Members {
  if (json.kind === "object") return json.members;
  if (json.kind === "null") return [];
  return refuse(wrongType(json, goType, field));
}

/** The members of all objects of this name after the last null; undefined if there is none. */
function merged(members: Members, name: string, goType: string, field: string): Members | undefined {
  let found: (readonly [string, Json])[] | undefined;
  for (const [, value] of named(members, name)) {
    if (value.kind === "null") found = undefined;
    else found = [...(found ?? []), ...membersOf(value, `internal.${schema}${goType}`, field)];
  }
  return found;
}

function last(members: Members, name: string): Json | undefined {
  return named(members, name).at(-1)?.[1];
}

function lastString(members: Members, name: string, field: string): string | undefined {
  let found: string | undefined;
  for (const [, value] of named(members, name)) {
    if (value.kind !== "string" && value.kind !== "null") refuse(wrongType(value, "string", field));
    found = value.kind === "string" ? value.value : undefined;
  }
  return found;
}

function lastBytes(members: Members, name: string, field: string): Uint8Array {
  let found: Uint8Array = new Uint8Array();
  for (const [, value] of named(members, name)) {
    const inField = (message: string) => message.replace("Go value", `Go struct field ${field}`);
    found = readBytes(value, field, (_path, message) => refuse(inField(message))) ?? new Uint8Array();
  }
  return found;
}

function named(members: Members, name: string): Members {
  const folded = fold(name);
  return members.filter(([written]) => fold(written) === folded);
}

/** encoding/json folds case as Unicode does: ſ is an s, and the Kelvin sign a k. */
function fold(name: string): string {
  return name
    .replaceAll("\u017f", "s")
    .replaceAll("\u212a", "k")
    .replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}

function wrongType(value: Json, goType: string, field: string): string {
  const text = cannotUnmarshal(value, goType);
  return field === "" ? text : text.replace("into Go value of type", `into Go struct field ${field} of type`);
}
