import { CountersignError } from "@countersign/engine/values/error";

/**
 * Refuses what TOML 1.1 added, in a text that is TOML: new lines, comments and a last comma in inline tables, and the
 * escapes `\x` and `\e`. The reference takes them or not, as the version of its TOML library has it; a file that one
 * tool reads and another refuses must not count here.
 * @throws CountersignError CONFIG_INVALID
 */
export function requireToml10(text: string): void {
  const brackets: string[] = [];
  const sign = /["'#{}[\],\n]/g;
  let comma = -1;
  for (let found = sign.exec(text); found !== null; found = sign.exec(text)) {
    const { 0: character, index } = found;
    const isInTable = brackets.at(-1) === "{";
    switch (character) {
      case '"':
      case "'":
        sign.lastIndex = endOfString(text, index, character);
        break;
      case "#":
      case "\n":
        if (isInTable) throw newer(text, index, "an inline table over several lines");
        if (character === "#") sign.lastIndex = endOfLine(text, index);
        break;
      case "{":
      case "[":
        brackets.push(character);
        break;
      case "}":
      case "]":
        brackets.pop();
        if (character === "}" && comma !== -1 && text.slice(comma + 1, index).trim() === "") {
          throw newer(text, comma, "a comma at the end of an inline table");
        }
        break;
    }
    comma = character === "," ? index : -1;
  }
}

function endOfLine(text: string, at: number): number {
  const end = text.indexOf("\n", at);
  return end === -1 ? text.length : end;
}

/** The text is TOML, so every string has its end. */
function endOfString(text: string, start: number, quote: string): number {
  const isLong = text.startsWith(quote.repeat(3), start);
  const delimiter = isLong ? quote.repeat(3) : quote;
  const sign = quote === '"' ? /["\\]/g : /'/g;
  sign.lastIndex = start + delimiter.length;
  for (let found = sign.exec(text); found !== null; found = sign.exec(text)) {
    const { 0: character, index } = found;
    if (character === "\\") {
      const escaped = text.charAt(index + 1);
      if (escaped === "x" || escaped === "e") throw newer(text, index, `the escape \\${escaped}`);
      sign.lastIndex = index + 2;
    } else if (text.startsWith(delimiter, index)) {
      // Of four or five quotes in a row, the last three end the string.
      let end = index + delimiter.length;
      while (isLong && end < index + 5 && text.charAt(end) === quote) end++;
      return end;
    }
  }
  return text.length;
}

function newer(text: string, at: number, what: string): CountersignError {
  const line = text.slice(0, at).split("\n").length;
  const column = at - text.lastIndexOf("\n", at - 1);
  return new CountersignError(
    "CONFIG_INVALID",
    `toml: line ${line}, column ${column}: ${what} is newer than TOML 1.0`,
  );
}
