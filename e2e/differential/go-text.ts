/**
 * Undoes strconv.Quote, as far as logrus writes it: a value is quoted when it holds anything but letters, digits and
 * a few signs, and stands bare otherwise.
 */
export function unquoteGo(text: string): string {
  if (!text.startsWith('"')) return text;
  const parts: Buffer[] = [];
  for (const [whole, code, escaped] of text.slice(1, -1).matchAll(token)) {
    if (code !== undefined && whole.startsWith("\\x")) parts.push(Buffer.of(Number.parseInt(code, 16)));
    else if (code !== undefined) parts.push(Buffer.from(String.fromCodePoint(Number.parseInt(code, 16))));
    else if (escaped !== undefined) parts.push(Buffer.from(named.get(escaped) ?? escaped));
    else parts.push(Buffer.from(whole));
  }
  // Bytes that are no UTF-8 were escaped one by one; a JSON message cannot hold them either.
  return Buffer.concat(parts).toString("utf8");
}

const token = /\\[xuU]((?<=\\x)[0-9a-f]{2}|(?<=\\u)[0-9a-f]{4}|(?<=\\U)[0-9a-f]{8})|\\(.)|[^\\]+/gsu;

const named: ReadonlyMap<string, string> = new Map([
  ["a", "\x07"],
  ["b", "\b"],
  ["t", "\t"],
  ["n", "\n"],
  ["v", "\v"],
  ["f", "\f"],
  ["r", "\r"],
]);
