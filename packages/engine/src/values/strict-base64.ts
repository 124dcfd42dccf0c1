import { CountersignError } from "./error.ts";

const wellFormed = /^[A-Za-z0-9+/]*={0,2}$/;

/**
 * Decodes standard, padded base64 as Go's base64.StdEncoding: CR and LF anywhere are ignored, bits left over in
 * the last character too, and everything else that does not belong is an error. (`Buffer.from` alone skips what
 * it does not know, so two different texts could carry the same signature.)
 * @throws CountersignError BASE64_INVALID, with Go's words: `illegal base64 data at input byte 4`
 */
export function decodeBase64(text: string): Uint8Array {
  if (isWellFormed(text)) return new Uint8Array(Buffer.from(text, "base64"));
  const compact = text.replaceAll(/[\r\n]/g, "");
  if (!isWellFormed(compact)) {
    throw new CountersignError("BASE64_INVALID", `illegal base64 data at input byte ${firstFault(text)}`);
  }
  return new Uint8Array(Buffer.from(compact, "base64"));
}

function isWellFormed(text: string): boolean {
  return text.length % 4 === 0 && wellFormed.test(text);
}

/**
 * Where Go's decoder gives up. Everything before that place is ASCII, so characters count as bytes. Not one character
 * after the other: a stranger's text may be sixteen megabytes long and wrong at its end.
 */
function firstFault(text: string): number {
  const at = text.search(/[^A-Za-z0-9+/\r\n]/);
  const before = at === -1 ? text : text.slice(0, at);
  const inGroup = before.replaceAll(/[\r\n]/g, "").length % 4;
  if (at === -1) return text.length - inGroup;
  return text[at] === "=" ? faultInPadding(text, at, inGroup) : at;
}

function faultInPadding(text: string, at: number, inGroup: number): number {
  if (inGroup < 2) return at;
  let next = skipLineEnds(text, at + 1);
  if (inGroup === 2) {
    if (next === text.length) return text.length;
    if (text[next] !== "=") return next - 1;
    next = skipLineEnds(text, next + 1);
  }
  return next;
}

function skipLineEnds(text: string, from: number): number {
  let at = from;
  while (text[at] === "\n" || text[at] === "\r") at++;
  return at;
}
