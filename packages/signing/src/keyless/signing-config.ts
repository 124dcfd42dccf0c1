import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { type Json, parseJson } from "@countersign/engine/values/strict-json";

/** Where a signer's services are. */
export interface SigningServices {
  readonly fulcio: URL | undefined;
  readonly rekor: RekorAddress | undefined;
  readonly timestampAuthority: URL | undefined;
}

export interface RekorAddress {
  readonly url: URL;
  readonly version: 1 | 2;
}

/**
 * Reads a `signing_config.json`, versions 0.1 and 0.2, and chooses of each kind the service that may be used now and is the
 * newest that is known here. Members that are not known are passed over, as protobuf's JSON demands of readers.
 * Source: sigstore/protobuf-specs sigstore_trustroot.proto, SigningConfig; architecture-docs client-spec.md.
 * @param now - milliseconds since 1970
 * @throws CountersignError CONFIG_INVALID
 */
export function parseSigningConfig(bytes: Uint8Array, now: number): SigningServices {
  const json = parsed(bytes);
  const mediaType = textIn(json, "mediaType");
  if (!/^application\/vnd\.dev\.sigstore\.signingconfig\.v0\.[12]\+json$/.test(mediaType)) {
    throw invalid(`mediaType: ${quote(mediaType)} is not known`);
  }
  const only = mediaType.includes(".v0.1+");
  requireOneOf(json, "rekorTlogConfig");
  requireOneOf(json, "tsaConfig");
  const fulcio = newest(json, only ? "caUrl" : "caUrls", [1], now);
  const rekor = newest(json, only ? "tlogUrls" : "rekorTlogUrls", [1, 2], now);
  const timestamps = newest(json, "tsaUrls", [1], now);
  return {
    fulcio: fulcio?.url,
    rekor: rekor && { url: rekor.url, version: rekor.version === 2 ? 2 : 1 },
    timestampAuthority: timestamps?.url,
  };
}

interface Service {
  readonly url: URL;
  readonly version: number;
  readonly start: number;
}

/** The highest version that is known, and of several the one that started last. */
function newest(json: Json, name: string, known: readonly number[], now: number): Service | undefined {
  const listed = member(json, name);
  if (listed === undefined) return undefined;
  // version 0.1 has one address, and says nothing else
  if (listed.kind === "string") return { url: address(listed.value, name), version: 1, start: 0 };
  const services = itemsOf(listed, name)
    .map((item, at) => service(item, `${name}[${at}]`, now))
    .filter((one) => one !== undefined && known.includes(one.version)) as Service[];
  return services.sort((a, b) => b.version - a.version || b.start - a.start)[0];
}

function service(item: Json, path: string, now: number): Service | undefined {
  if (item.kind === "string") return { url: address(item.value, path), version: 1, start: 0 };
  const window = member(item, "validFor") ?? { kind: "object", members: [] };
  const start = Date.parse(textIn(window, "start"));
  const end = textIn(window, "end");
  if (Number.isNaN(start)) throw invalid(`${path}.validFor.start: a time is expected`);
  if (start > now || (end !== "" && !(Date.parse(end) >= now))) return undefined;
  const version = member(item, "majorApiVersion");
  return {
    url: address(textIn(item, "url"), path),
    version: version?.kind === "number" ? Number(version.text) : 1,
    start,
  };
}

/** More than one log or authority at once is not asked here: better said than done otherwise. */
function requireOneOf(json: Json, name: string): void {
  const config = member(json, name);
  if (config === undefined) return;
  const selector = textIn(config, "selector") || "ANY";
  const count = member(config, "count");
  const isOne = selector === "EXACT" && count?.kind === "number" && count.text === "1";
  if (selector === "ANY" || selector === "SERVICE_SELECTOR_UNDEFINED" || isOne) return;
  throw invalid(`${name}: ${selector} asks for several at once, and one is asked here`);
}

function address(text: string, path: string): URL {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol)) return url;
  throw invalid(`${path}: ${quote(text)} is no address`);
}

function parsed(bytes: Uint8Array): Json {
  try {
    return parseJson(bytes);
  } catch (caught) {
    throw invalid(CountersignError.from(caught).message);
  }
}

function member(json: Json, name: string): Json | undefined {
  const members = json.kind === "object" ? json.members.filter(([key]) => key === name) : [];
  if (members.length > 1) throw invalid(`${name} is there twice`);
  const value = members[0]?.[1];
  return value?.kind === "null" ? undefined : value;
}

function textIn(json: Json, name: string): string {
  const value = member(json, name);
  if (value === undefined) return "";
  if (value.kind === "string") return value.value;
  throw invalid(`${name}: a text is expected`);
}

function itemsOf(json: Json, path: string): readonly Json[] {
  if (json.kind === "array") return json.items;
  throw invalid(`${path}: a list is expected`);
}

function invalid(why: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `signing config: ${why}`);
}
