import type { CallMetadata } from "../gate.ts";
import type { HeaderField } from "./header-field.ts";

/** The header block that opens a call, checked so that no two readers can understand it differently. */
export interface RequestHead {
  readonly method: string;
  readonly path: string;
  /** everything as received and in its order, pseudo-headers first */
  readonly fields: readonly HeaderField[];
  readonly metadata: CallMetadata;
}

/** RFC 9113 §8.2.1 and RFC 9110 §5.6.2: a token, and in HTTP/2 never in upper case. */
const fieldName = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;
/** Visible characters, spaces and tabs, obs-text; NUL, CR and LF would split a header for someone else. */
const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/;
const pseudoNames: ReadonlySet<string> = new Set([":method", ":scheme", ":authority", ":path"]);
/** RFC 9113 §8.2.2: fields of HTTP/1.1 connections, which make an HTTP/2 message malformed. */
const connectionNames: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "transfer-encoding",
  "upgrade",
]);

/**
 * Reads a request's header list (RFC 9113 §8.3.1). A duplicate `:path`, an upper-case name, a pseudo-header
 * after a regular one and the like are where a gate and a runtime could come to see different calls.
 * @returns undefined for a malformed request, which is a stream error
 */
export function readRequestHead(fields: readonly HeaderField[]): RequestHead | undefined {
  const pseudo = new Map<string, string>();
  const metadata: (readonly [string, string])[] = [];
  for (const { name, value } of fields) {
    if (!fieldValue.test(value)) return undefined;
    if (name.startsWith(":")) {
      if (metadata.length > 0 || !pseudoNames.has(name) || pseudo.has(name)) return undefined;
      pseudo.set(name, value);
    } else {
      if (!isRegular(name, value)) return undefined;
      metadata.push([name, value]);
    }
  }
  const method = pseudo.get(":method");
  const path = pseudo.get(":path");
  if (!method || !path || !pseudo.get(":scheme")) return undefined;
  return { method, path, fields, metadata };
}

/** Whether a header list can end a request: no pseudo-headers, nothing malformed (RFC 9113 §8.1). */
export function isTrailerList(fields: readonly HeaderField[]): boolean {
  return fields.every(({ name, value }) => fieldValue.test(value) && isRegular(name, value));
}

function isRegular(name: string, value: string): boolean {
  if (!fieldName.test(name) || connectionNames.has(name)) return false;
  return name !== "te" || value === "trailers";
}
