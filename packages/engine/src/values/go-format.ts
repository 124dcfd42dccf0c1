/**
 * Go's fmt verbs, for texts that must read as containers/image writes them.
 * Source: Go's strconv.Quote and fmt.
 */

const named: ReadonlyMap<number, string> = new Map([
  [0x07, "\\a"],
  [0x08, "\\b"],
  [0x09, "\\t"],
  [0x0a, "\\n"],
  [0x0b, "\\v"],
  [0x0c, "\\f"],
  [0x0d, "\\r"],
]);

const plain = /^[ !#-[\]-~]*$/;

/** strconv.IsPrint: letters, marks, numbers, punctuation, symbols and the ASCII space. */
const printable = /^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u;

/** `%q` of a string: double quotes, and no control or invisible character survives unescaped. */
export function quote(text: string): string {
  return plain.test(text) ? `"${text}"` : `"${escapeAll(text, '"')}"`;
}

/** `%q` of a character, as encoding/json writes the byte it stumbled over. */
export function quoteCharacter(character: string): string {
  return `'${escapeAll(character, "'")}'`;
}

/** `%q` of a list of strings: `["a" "b"]`. */
export function quoteList(texts: readonly string[]): string {
  return `[${texts.map(quote).join(" ")}]`;
}

/** `%#v` of a list of strings: `[]string{"a", "b"}`. */
export function goSyntaxList(texts: readonly string[]): string {
  return `[]string{${texts.map(quote).join(", ")}}`;
}

/** `%v` and `%#v` of a float64: as few digits as tell it apart, an exponent below 1e-4 and from 1e6 on. */
export function goFloat(value: number): string {
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [mantissa = "", exponent = ""] = value.toExponential().split("e");
  const power = Number(exponent);
  if (power >= -4 && power < 6) return String(value);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function escapeAll(text: string, delimiter: string): string {
  let out = "";
  for (const character of text) out += escapeOne(character, delimiter);
  return out;
}

function escapeOne(character: string, delimiter: string): string {
  if (character === delimiter || character === "\\") return `\\${character}`;
  if (printable.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const name = named.get(code);
  if (name !== undefined) return name;
  if (code < 0x20 || code === 0x7f) return `\\x${hex(code, 2)}`;
  if (code >= 0xd800 && code <= 0xdfff) return "\\ufffd";
  return code < 0x10000 ? `\\u${hex(code, 4)}` : `\\U${hex(code, 8)}`;
}

function hex(code: number, width: number): string {
  return code.toString(16).padStart(width, "0");
}
