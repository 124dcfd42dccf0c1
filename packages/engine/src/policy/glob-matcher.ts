/**
 * A pattern as numbers: a character's code, or one of two wildcards. All ways through it are followed at once, in arrays
 * of a byte for each place in the pattern: whoever writes a policy chooses patterns, and must not choose how long a node thinks.
 */
export type GlobPattern = Int16Array;

const anyText = -1;
const anyTextButSlash = -2;
const slash = 0x2f;
/** for a character's code: a digit that is not known yet */
const anyHexDigit = -1;

/** @param pattern ASCII; `**` is any text, `*` any without `/` */
export function globPattern(pattern: string): GlobPattern {
  const parts = pattern.match(/\*\*|./gs) ?? [];
  return Int16Array.from(parts, (part) => {
    if (part === "**") return anyText;
    return part === "*" ? anyTextButSlash : part.charCodeAt(0);
  });
}

/** Places in a pattern that some way of reading a text so far leads to; its length is the end. */
type Places = Uint8Array;

export function matchesGlob(pattern: GlobPattern, text: string): boolean {
  return follow(pattern, text)?.[pattern.length] === 1;
}

/**
 * Whether it is sure that a pattern matches whatever another one does: the other's wildcards are read as if they were
 * characters, of which only wildcards that are no narrower take any number. Never true of what is not so.
 */
export function includesPattern(wide: GlobPattern, narrow: GlobPattern): boolean {
  let places = follow(wide, "") ?? new Uint8Array(wide.length + 1);
  for (const code of narrow) places = code >= 0 ? step(wide, places, code) : stay(wide, places, code);
  return places[wide.length] === 1;
}

/** Where a wildcard has taken all that another one may stand for, and what comes next if it ends there. */
function stay(pattern: GlobPattern, places: Places, wildcard: number): Places {
  const next: Places = new Uint8Array(pattern.length + 1);
  for (let at = 0; at < pattern.length; at++) {
    if (!isWildcard(pattern[at])) continue;
    if (places[at] === 1 && (pattern[at] === anyText || wildcard !== anyText)) next[at] = 1;
    if (next[at] === 1) next[at + 1] = 1;
  }
  return next;
}

/**
 * What becomes of a text that goes on with 64 hexadecimal digits which nobody knows yet: certain where a way ends in
 * wildcards alone, impossible where not even the luckiest digits lead to the end.
 */
export function foreseeGlob(pattern: GlobPattern, before: string): "always" | "never" | "depends" {
  let places = follow(pattern, before);
  if (places === undefined) return "never";
  for (let at = pattern.length - 1; at >= 0 && isWildcard(pattern[at]); at--) {
    if (places[at] === 1) return "always";
  }
  for (let digit = 0; digit < 64; digit++) places = step(pattern, places, anyHexDigit);
  return places[pattern.length] === 1 ? "depends" : "never";
}

/** undefined if no way is left, which the characters before the first wildcard mostly decide */
function follow(pattern: GlobPattern, text: string): Places | undefined {
  let at = 0;
  while (at < text.length && at < pattern.length && !isWildcard(pattern[at])) {
    if (pattern[at] !== text.charCodeAt(at)) return undefined;
    at++;
  }
  let places: Places = new Uint8Array(pattern.length + 1);
  places[at] = 1;
  for (let next = at; isWildcard(pattern[next]); next++) places[next + 1] = 1;
  for (; at < text.length; at++) places = step(pattern, places, text.charCodeAt(at));
  return places;
}

/** One character further, and past wildcards there, which may stand for nothing. */
function step(pattern: GlobPattern, places: Places, code: number): Places {
  const next: Places = new Uint8Array(pattern.length + 1);
  for (let at = 0; at < pattern.length; at++) {
    const wanted = pattern[at] ?? 0;
    if (wanted >= 0) {
      if (places[at] === 1 && (wanted === code || (code === anyHexDigit && isHexDigit(wanted)))) {
        next[at + 1] = 1;
      }
      continue;
    }
    if (places[at] === 1 && (wanted === anyText || code !== slash)) next[at] = 1;
    if (next[at] === 1) next[at + 1] = 1;
  }
  return next;
}

function isWildcard(wanted: number | undefined): boolean {
  return wanted !== undefined && wanted < 0;
}

function isHexDigit(code: number): boolean {
  return (code >= 0x30 && code <= 0x39) || (code >= 0x61 && code <= 0x66);
}
