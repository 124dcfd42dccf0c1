/**
 * Whether Go's x509 takes `name` for a domain name: labels that are not empty, of visible ASCII, no final dot.
 * @param isConstraint a constraint may begin with a dot
 */
export function isDomainName(name: string, isConstraint = false): boolean {
  if (name === "") return true;
  const labels = isConstraint && name.startsWith(".") ? name.slice(1) : name;
  return /^[!-~]+$/.test(labels) && !labels.split(".").includes("");
}

/** An e-mail address in its two parts (RFC 2821 Mailbox). */
export interface Mailbox {
  readonly local: string;
  readonly domain: string;
}

/**
 * Parses an rfc822Name as Go's x509 (parseRFC2821Mailbox): quoted local parts, and backslashes in unquoted ones.
 * @returns undefined if it is not one
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const parsed = text.startsWith('"') ? quotedLocalPart(text) : dottedLocalPart(text);
  if (parsed === undefined || text[parsed.end] !== "@") return undefined;
  const domain = text.slice(parsed.end + 1);
  return isDomainName(domain) && !domain.includes("@") ? { local: parsed.local, domain } : undefined;
}

interface LocalPart {
  readonly local: string;
  readonly end: number;
}

function quotedLocalPart(text: string): LocalPart | undefined {
  let local = "";
  for (let at = 1; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '"') return { local, end: at + 1 };
    if (character === "\\") {
      const escaped = text.charAt(++at);
      if (!quotedPair.test(escaped)) return undefined;
      local += escaped;
    } else if (quotedText.test(character)) local += character;
    else return undefined;
  }
  return undefined;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 2821 allows them
const quotedPair = /^[\x01-\x09\x0b\x0c\x0e-\x7f]$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: RFC 2821 allows them
const quotedText = /^[\x01-\x08\x0b\x0c\x0e-\x1f !#-[\]-~\x7f]$/;

function dottedLocalPart(text: string): LocalPart | undefined {
  let local = "";
  let at = 0;
  while (at < text.length) {
    if (text[at] === "\\") {
      at++;
      if (at === text.length) return undefined;
    } else if (!/^[0-9a-zA-Z!#$%&'*+\-/=?^_`{|}~.]$/.test(text.charAt(at))) break;
    local += text.charAt(at++);
  }
  const dotted = local === "" || local.startsWith(".") || local.endsWith(".") || local.includes("..");
  return dotted ? undefined : { local, end: at };
}
