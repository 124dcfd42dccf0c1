import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";

/** The part of an address that a text is, which decides on the characters that stand for themselves. */
export type AddressPart = "path" | "host" | "user" | "fragment";

/** Besides letters, digits and `-_.~`. Source: Go's net/url, shouldEscape. */
const plain: Readonly<Record<AddressPart, string>> = {
  path: "$&+,/:;=@",
  host: `!$&'()*+,;=:[]<>"`,
  user: "$&+,;=",
  fragment: "$&+,/:;=?@!()*",
};

/** Percent-encodes every byte that does not stand for itself, as Go's net/url does. */
export function escapePart(text: string, part: AddressPart): string {
  return text.replaceAll(/[^A-Za-z0-9\-_.~]/gu, (character) =>
    plain[part].includes(character) ? character : percentEncoded(character),
  );
}

/**
 * Takes percent-encoding out, as strictly as Go's net/url: in a host only bytes beyond ASCII, and the percent sign, may
 * be encoded.
 * @throws CountersignError CONFIG_INVALID in Go's words; in our own for bytes that are no UTF-8
 */
export function unescapePart(text: string, part: AddressPart): string {
  const strange = part === "host" ? /[\0-\x7f]/g : /%/g;
  for (const { 0: character, index } of text.matchAll(strange)) {
    if (character === "%") checkEscape(text.slice(index, index + 3), part);
    else if (escapePart(character, "host") !== character) {
      throw invalid(`invalid character ${quote(character)} in host name`);
    }
  }
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid("percent-encoded bytes that are no UTF-8", cause);
  }
}

function checkEscape(written: string, part: AddressPart): void {
  const [, high] = /^%([0-9A-Fa-f])[0-9A-Fa-f]$/.exec(written) ?? [];
  const needless = part === "host" && Number.parseInt(high ?? "", 16) < 8 && written !== "%25";
  if (high === undefined || needless) throw invalid(`invalid URL escape ${quote(written)}`);
}

function percentEncoded(character: string): string {
  return [...Buffer.from(character)]
    .map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`)
    .join("");
}

function invalid(message: string, cause?: unknown): CountersignError {
  return new CountersignError("CONFIG_INVALID", message, { cause });
}
