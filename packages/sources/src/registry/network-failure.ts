import type { TLSSocket } from "node:tls";
import { systemErrorText } from "../system-error.ts";
import type { HttpFailure } from "./http-message.ts";
import { ProxyRefusal } from "./proxy.ts";

/** Why there is no answer, in the words of Go's net/http, and whether trying again may help. */
export type NetworkFailure = Pick<HttpFailure, "reason" | "transient" | "met">;

/** Describes what Node's HTTP client or the socket below it threw for a request to `url`. */
export function describeFailure(caught: unknown, url: URL, proxied = false): NetworkFailure {
  const error = firstOf(caught);
  const { code = "", message } = error;
  if (error instanceof ProxyRefusal) return lasting(statusWords(error.proxyStatus));
  const broken = brokenConnection(error);
  if (broken !== undefined) return { reason: broken, transient: true };
  if (unknownAuthority.has(code)) return lasting(untrusted("certificate signed by unknown authority"));
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID") {
    return lasting(untrusted("certificate has expired or is not yet valid"));
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return lasting(untrusted(wrongName(error, url)));
  if (plainAnswer.test(code)) {
    return { ...lasting("http: server gave HTTP response to HTTPS client"), met: "plain HTTP" };
  }
  const [, alert] = /^ERR_SSL_(?:TLSV1\d?_|SSLV3_)ALERT_([A-Z_]+)$/.exec(code) ?? [];
  if (alert !== undefined) return lasting(`remote error: tls: ${alert.toLowerCase().replaceAll("_", " ")}`);
  if (code === "HPE_HEADER_OVERFLOW")
    return lasting("net/http: server response headers exceeded 16384 bytes");
  if (code.startsWith("HPE_"))
    return lasting(`malformed HTTP response: ${message.replace(/^Parse Error: /, "")}`);
  const dialled = dialFailure(error, url);
  if (proxied && dialled !== undefined) return lasting(`proxyconnect tcp: ${dialled}`);
  const failure = lasting(dialled ?? message);
  return notThere.has(code) ? { ...failure, met: "nobody" } : failure;
}

/** An import of node:http would load Node's own undici with it, for the globals that it offers too: 30 ms and 10 MB. */
function statusWords(status: number): string {
  return process.getBuiltinModule("node:http").STATUS_CODES[status] ?? `proxy status ${status}`;
}

/** The connection was there and went away; undefined for all other trouble. */
function brokenConnection({ code, syscall, message }: SocketError): string | undefined {
  if (code === "EPIPE") return "write: broken pipe";
  if (code === "HPE_INVALID_EOF_STATE") return "unexpected EOF";
  if (code !== "ECONNRESET") return undefined;
  if (syscall !== undefined) return "read: connection reset by peer";
  // Node's own words for the end of a connection where there should be more, in the middle of an answer or before it.
  return message === "aborted" ? "unexpected EOF" : "EOF";
}

const unknownAuthority: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

const notThere: ReadonlySet<string> = new Set(["ECONNREFUSED", "ETIMEDOUT", "CONNECT_TIMEOUT"]);

/** OpenSSL found text where a TLS record should be. */
const plainAnswer =
  /^(EPROTO|ERR_SSL_(WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|RECORD_LAYER_FAILURE))$/;

interface SocketError extends Error {
  readonly code?: string;
  readonly syscall?: string;
  readonly address?: string;
  readonly port?: number;
  readonly hostname?: string;
  readonly cert?: ReturnType<TLSSocket["getPeerCertificate"]>;
}

/** Several addresses failed: the first is told, as Go tells it. */
function firstOf(caught: unknown): SocketError {
  if (caught instanceof AggregateError && caught.errors.length > 0) return firstOf(caught.errors[0]);
  return caught instanceof Error ? caught : new Error(String(caught));
}

function dialFailure(error: SocketError, url: URL): string | undefined {
  const { code, syscall, address, port, hostname } = error;
  if (code === "CONNECT_TIMEOUT") return `dial tcp ${url.host}: i/o timeout`;
  if (syscall === "getaddrinfo") {
    const why = code === "EAI_AGAIN" ? "temporary failure in name resolution" : "no such host";
    return `dial tcp: lookup ${hostname ?? url.hostname}: ${why}`;
  }
  if (syscall !== "connect" || address === undefined) return undefined;
  const host = address.includes(":") ? `[${address}]` : address;
  return `dial tcp ${host}:${port}: connect: ${systemErrorText(error)}`;
}

/** Only names of the wanted kind are told: an address is never matched by a host name. */
function wrongName({ cert }: SocketError, { hostname }: URL): string {
  const isAddress = /^[\d.]+$|^\[/.test(hostname);
  const kind = isAddress ? "IP Address:" : "DNS:";
  const names = (cert?.subjectaltname ?? "")
    .split(", ")
    .filter((name) => name.startsWith(kind))
    .map((name) => name.slice(kind.length));
  if (names.length > 0) return `certificate is valid for ${names.join(", ")}, not ${hostname}`;
  return isAddress
    ? `cannot validate certificate for ${hostname} because it doesn't contain any IP SANs`
    : `certificate is not valid for any names, but wanted to match ${hostname}`;
}

function untrusted(why: string): string {
  return `tls: failed to verify certificate: x509: ${why}`;
}

function lasting(reason: string): NetworkFailure {
  return { reason, transient: false };
}
