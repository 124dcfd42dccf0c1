import { CountersignError } from "@countersign/engine/values/error";
import { isCollection, isNode, isScalar, type Pair, type Scalar } from "yaml";

/**
 * The yaml library reads YAML 1.2, Go's yaml.v3 a little less of it. What only the one takes, or the two take for
 * different things, is refused: a file must not mean more here than to the other container tools. Where the
 * difference is one of taste, such as tags, refusing is simplest.
 */

/** A file for a thousand registries has a third of this; the library takes some microseconds for a character. */
const maxCharacters = 256 * 1024;
/** The library's time grows with the square of those within each other, and of documents after each other. */
const maxBrackets = 5_000;
const maxDocuments = 100;

/** @throws CountersignError CONFIG_INVALID for what is small to write and long to read */
export function refuseLargeText(text: string): void {
  if (text.length > maxCharacters) {
    throw yamlFault(`it has ${text.length} characters, more than the ${maxCharacters} that are read`);
  }
  if (countOf(text, /[[{]/g) > maxBrackets)
    throw yamlFault(`more than ${maxBrackets} brackets and braces are not read`);
  if (countOf(text, /^---/gm) > maxDocuments)
    throw yamlFault(`more than ${maxDocuments} documents are not read`);
}

function countOf(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}

/** Which characters end a line, which may be there at all, and what directives mean. */
export function refuseStrangeText(text: string): void {
  if (/[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u.test(text)) {
    throw yamlFault("control characters are not allowed");
  }
  if (/\r(?!\n)|[\x85\u2028\u2029]/.test(text)) throw yamlFault("a line may end in LF or CR LF only");
  if (text.includes("\ufeff")) throw yamlFault("a byte order mark is not allowed within the text");
  if (/^%/m.test(text)) throw yamlFault("directives are not allowed");
  if (/^ *\t/m.test(text)) throw yamlFault("found a tab character that violates indentation");
  if (/^(?:[ \t]*(?:#.*)?\r?\n)*\.\.\./.test(text)) throw yamlFault("did not find expected node content");
}

/**
 * A key has one line, its colon on it, and no more than 1024 characters. Within braces the colon behind a key without quotes is
 * a part of it if a bracket, brace or comma follows at once, for yaml.v3: `{y:}` has a key `y:`.
 */
export function refuseLooseKey({ key, srcToken }: Pair, inFlow: boolean, text: string): void {
  const [start = 0, end = 0] = isNode(key) ? (key.range ?? []) : [];
  const isEmpty = !isNode(key) || (isScalar(key) && key.type === "PLAIN" && key.source === "");
  if (isEmpty || end - start > 1000 || text.slice(start, end).includes("\n")) {
    throw yamlFault("did not find expected key");
  }
  const { start: before = [], sep = [] } = srcToken ?? {};
  const colon = sep.findIndex(({ type }) => type === "map-value-ind");
  const isExplicit = before.some(({ type }) => type === "explicit-key-ind");
  if (!isExplicit && sep.slice(0, Math.max(colon, 0)).some(({ type }) => type === "newline")) {
    throw yamlFault("could not find expected ':'");
  }
  const behind = text[(sep[colon]?.offset ?? text.length) + 1] ?? "";
  const isPlain = !isCollection(key) && !(isScalar(key) && key.type?.startsWith("QUOTE"));
  if (inFlow && isPlain && /[,[\]{}]/.test(behind)) throw yamlFault("did not find expected ',' or '}'");
}

/** `\/` is an escape to JSON only; within braces, a question mark ends what stands without quotes. */
export function refuseLooseScalar({ type, source = "", srcToken }: Scalar, inFlow: boolean): void {
  const written = srcToken !== undefined && "source" in srcToken ? srcToken.source : "";
  if (type === "QUOTE_DOUBLE" && /^(?:[^\\]|\\[^/])*\\\//s.test(written)) {
    throw yamlFault("found unknown escape character");
  }
  if (type === "PLAIN" && inFlow && /^:|\?/.test(source)) {
    throw yamlFault("did not find expected node content");
  }
}

export function requireAnchorName(name: string): void {
  if (!/^[0-9A-Za-z_-]+$/.test(name))
    throw yamlFault("did not find expected alphabetic or numeric character");
}

export function yamlFault(message: string): CountersignError {
  return new CountersignError("CONFIG_INVALID", `yaml: ${message}`);
}
