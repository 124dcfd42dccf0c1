const [quote, backslash, comma, openBracket, openBrace] = [0x22, 0x5c, 0x2c, 0x5b, 0x7b];

/**
 * At least as many values as a JSON text has, without reading them: a few bytes of text make some hundred of memory, and
 * whoever reads a stranger's text has to know before. For a text that is no JSON it is any number.
 */
export function countJsonValues(bytes: Uint8Array): number {
  let count = 1;
  let isText = false;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText) {
      if (byte === backslash) at++;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (byte === comma || byte === openBracket || byte === openBrace) count++;
  }
  return count;
}
