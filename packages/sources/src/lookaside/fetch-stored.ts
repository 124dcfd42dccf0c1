import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { refuseIfCancelled } from "../cancellation.ts";
import { readRegularFile } from "../files/read-file.ts";
import { basicAuthorization } from "../registry/bearer-token.ts";
import type { HttpClient } from "../registry/http-client.ts";
import type { HttpRequest } from "../registry/http-message.ts";
import { answered, userAgent } from "../registry/http-words.ts";
import { maxSignatureBlob } from "../signature-blob/read-signature-blob.ts";
import { type LookasideLocation, showLocation } from "./location.ts";
import { escapePart } from "./percent-encoding.ts";

/** What is stored at a location, and how the reference names that place where it is at fault. */
export interface Stored {
  readonly bytes: Uint8Array;
  readonly location: string;
  readonly named: string;
}

/**
 * Gets one file of a lookaside; undefined if there is none. Every other trouble is an error: who can make a server fail
 * must not be able to make signatures vanish.
 * Source: containers/image docker/docker_image_src.go, getOneSignature.
 * @throws CountersignError SIGNATURE_UNREADABLE, REGISTRY_UNREACHABLE, CONFIG_INVALID or TOO_LARGE
 */
export async function fetchStored(
  location: LookasideLocation,
  http: HttpClient,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  refuseIfCancelled(signal);
  switch (location.scheme) {
    case "file":
      return readStored(location.path);
    case "http":
    case "https":
      return download(location, http, signal);
    default:
      throw new CountersignError(
        "CONFIG_INVALID",
        `Unsupported scheme when reading signature from ${showLocation(location)}`,
      );
  }
}

async function readStored(path: string): Promise<Stored | undefined> {
  const reading = await readRegularFile(path, maxSignatureBlob);
  if (reading.type === "read") return { bytes: reading.bytes, location: path, named: quote(path) };
  if (reading.type === "missing") return undefined;
  throw new CountersignError("SIGNATURE_UNREADABLE", reading.message);
}

async function download(
  location: LookasideLocation,
  http: HttpClient,
  signal: AbortSignal,
): Promise<Stored | undefined> {
  const shown = showLocation(location);
  const request: HttpRequest = {
    method: "GET",
    url: addressOf(location),
    headers: { "user-agent": userAgent, ...authorizationFor(location) },
    bodyLimit: maxSignatureBlob,
  };
  const answer = answered(await http.send(request, signal), request);
  if (answer.status === 404) return undefined;
  if (answer.status === 200) return { bytes: answer.body, location: shown, named: shown };
  const code =
    answer.status === 429 || answer.status >= 500 ? "REGISTRY_UNREACHABLE" : "SIGNATURE_UNREADABLE";
  const status = `${answer.status} ${answer.statusText}`.trim();
  throw new CountersignError(
    code,
    `reading signature from ${shown}: received unexpected HTTP status: ${status}`,
  );
}

/** Without user and password: what is asked of the server, and named when it fails. */
function addressOf(location: LookasideLocation): URL {
  const { scheme, host = "", path, query, fragment, opaque } = location;
  // `http:a` and `http:///a` are addresses of the host `a` to WHATWG's parser, and of none to Go's
  if (opaque !== "" || host === "") throw unreachable(location, "http: no Host in request URL");
  const authorityAndPath = escapePart(host, "host") + escapePart(path, "path");
  const end = (query === undefined ? "" : `?${query}`) + (fragment && `#${escapePart(fragment, "fragment")}`);
  const text = `${scheme}://${authorityAndPath}${end}`;
  if (URL.canParse(text)) return new URL(text);
  const [, name = "", port = ""] = /^(.*?)(?::(\d*))?$/.exec(host) ?? [];
  const why = Number(port) > 65_535 ? `address ${port}: invalid port` : `lookup ${name}: no such host`;
  throw unreachable(location, `dial tcp: ${why}`);
}

/** Whoever writes a name and a password into registries.d wants them sent. */
function authorizationFor({ user }: LookasideLocation): Readonly<Record<string, string>> {
  if (user === undefined) return {};
  const { name: username, password = "" } = user;
  return { authorization: basicAuthorization({ username, password }) };
}

function unreachable(location: LookasideLocation, why: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `Get ${quote(showLocation(location))}: ${why}`);
}
