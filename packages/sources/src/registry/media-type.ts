const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const mediaTypePattern = new RegExp(`^\\s*(${token}(?:/${token})?)\\s*((?:;[^]*)?)$`);
const parameterPattern = new RegExp(`\\s*;\\s*(${token})\\s*=\\s*(?:${token}|"(?:[^"\\\\]|\\\\.)*")`, "y");

/**
 * A Content-Type without its parameters, in lower case; `""` when there is none or it is malformed.
 * Source: containers/image simplifyContentType, by Go's mime.ParseMediaType.
 */
export function simpleMediaType(contentType: string | undefined): string {
  const [, mediaType = "", parameters = ""] = mediaTypePattern.exec(contentType ?? "") ?? [];
  return areWellFormed(parameters) ? mediaType.toLowerCase() : "";
}

function areWellFormed(parameters: string): boolean {
  const names = new Set<string>();
  let at = 0;
  for (;;) {
    parameterPattern.lastIndex = at;
    const [, name] = parameterPattern.exec(parameters) ?? [];
    if (name === undefined) return ["", ";"].includes(parameters.slice(at).trim());
    if (names.has(name.toLowerCase())) return false;
    names.add(name.toLowerCase());
    at = parameterPattern.lastIndex;
  }
}
