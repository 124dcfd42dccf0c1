import { CountersignError } from "@countersign/engine/values/error";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { type Json, type JsonMember, parseJson } from "@countersign/engine/values/strict-json";
import type { RegistryCredentials } from "./credentials.ts";

/**
 * A containers-auth.json(5), Docker's config.json, or the older ~/.dockercfg, which is the `auths` object alone.
 */
export interface AuthFile {
  readonly format: "json" | "dockercfg";
  /** key as written → entry; keys are hosts, repositories, or in old files URLs */
  readonly auths: ReadonlyMap<string, AuthEntry>;
  /** host → name of the helper that knows its credentials */
  readonly credHelpers: ReadonlyMap<string, string>;
  /** Docker's helper for every host */
  readonly credsStore: string | undefined;
}

export interface AuthEntry {
  /** base64 of `username:password` */
  readonly auth: string;
  readonly identityToken: string;
}

/**
 * Reads what concerns us; the rest of the file is Docker's own business. Names match without regard to case and
 * the last duplicate counts, as Go's encoding/json reads them.
 * @throws CountersignError CREDENTIALS_UNREADABLE; the message never repeats the file's content
 */
export function parseAuthFile(bytes: Uint8Array, format: AuthFile["format"]): AuthFile {
  const file = parse(bytes);
  if (format === "dockercfg") {
    return {
      format,
      auths: entriesOf(file, "top level", authEntry),
      credHelpers: new Map(),
      credsStore: undefined,
    };
  }
  const top = objectOf(file, "top level");
  return {
    format,
    auths: entriesOf(field(top, "auths"), "auths", authEntry),
    credHelpers: entriesOf(field(top, "credHelpers"), "credHelpers", stringOf),
    credsStore: stringOf(field(top, "credsStore"), "credsStore") || undefined,
  };
}

/**
 * The credentials for `repository` (host and path) that the file itself holds. The exact repository wins, then its
 * parents up to the host, then keys that only mean the host once scheme and path are dropped.
 * Source: containers/image pkg/docker/config, findCredentialsInFile.
 * @throws CountersignError CREDENTIALS_UNREADABLE
 */
export function lookUpAuth(file: AuthFile, repository: string): RegistryCredentials | undefined {
  const [host = ""] = repository.split("/", 1);
  for (const key of file.format === "dockercfg" ? [host] : withParents(repository)) {
    const entry = file.auths.get(key);
    if (entry !== undefined) return decodeEntry(entry, key);
  }
  const wanted = normalHost(host);
  for (const [key, entry] of file.auths) {
    if (normalKey(key, file.format) === wanted) return decodeEntry(entry, key);
  }
  return undefined;
}

function withParents(repository: string): string[] {
  const parts = repository.split("/");
  return parts.map((_, dropped) => parts.slice(0, parts.length - dropped).join("/"));
}

function normalKey(key: string, format: AuthFile["format"]): string {
  const stripped = key.replace(/^http:\/\//, "").replace(/^https:\/\//, "");
  const isUrl = stripped !== key;
  const [host = ""] = format === "dockercfg" || isUrl ? stripped.split("/", 1) : [stripped];
  return normalHost(host);
}

function normalHost(host: string): string {
  return host === "docker.io" || host === "registry-1.docker.io" ? "index.docker.io" : host;
}

function decodeEntry({ auth, identityToken }: AuthEntry, key: string): RegistryCredentials | undefined {
  const [, username, password] = /^([^:]*):(.*)$/s.exec(decodeAuth(auth, key)) ?? [];
  // `docker login` leaves an entry without "auth" when a credential helper keeps the secret.
  if (username === undefined || password === undefined) return undefined;
  if (identityToken !== "") return { type: "identityToken", token: identityToken };
  const basic = { type: "basic", username, password: password.replaceAll(/^\0+|\0+$/g, "") } as const;
  return basic.username === "" && basic.password === "" ? undefined : basic;
}

function decodeAuth(auth: string, key: string): string {
  try {
    return new TextDecoder().decode(decodeBase64(auth));
  } catch (error) {
    const { message } = CountersignError.from(error);
    throw unreadable(`field "auth" of the entry ${JSON.stringify(key)}: ${message}`);
  }
}

function parse(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes);
  } catch (error) {
    throw unreadable(CountersignError.from(error).message);
  }
}

function objectOf(value: Json | undefined, place: string): readonly JsonMember[] {
  if (value === undefined || value.kind === "null") return [];
  if (value.kind !== "object") throw unreadable(`${place}: an object is expected, not ${value.kind}`);
  return value.members;
}

function entriesOf<T>(
  value: Json | undefined,
  place: string,
  read: (value: Json, place: string) => T,
): ReadonlyMap<string, T> {
  const entries = objectOf(value, place);
  return new Map(entries.map(([key, entry]) => [key, read(entry, `${place}[${JSON.stringify(key)}]`)]));
}

function authEntry(value: Json, place: string): AuthEntry {
  const members = objectOf(value, place);
  return {
    auth: stringOf(field(members, "auth"), `${place}.auth`),
    identityToken: stringOf(field(members, "identitytoken"), `${place}.identitytoken`),
  };
}

function stringOf(value: Json | undefined, place: string): string {
  if (value === undefined || value.kind === "null") return "";
  if (value.kind !== "string") throw unreadable(`${place}: a string is expected, not ${value.kind}`);
  return value.value;
}

function field(members: readonly JsonMember[], name: string): Json | undefined {
  return members.findLast(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
}

function unreadable(message: string): CountersignError {
  return new CountersignError("CREDENTIALS_UNREADABLE", message);
}
