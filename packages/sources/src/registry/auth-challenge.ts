/** What a registry asks for in one `WWW-Authenticate` challenge (RFC 9110, section 11.6.1). */
export interface AuthChallenge {
  /** lower case: `bearer`, `basic` */
  readonly scheme: string;
  /** lower-case name → value; the last of several counts */
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Parses the values of `WWW-Authenticate`: one header may carry several challenges, and commas stand between
 * challenges as well as between parameters. Whatever follows something malformed is dropped, what was whole
 * before it counts.
 */
export function parseAuthChallenges(headers: readonly string[]): readonly AuthChallenge[] {
  return headers.flatMap((header) => [...challengesIn(header)]);
}

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const separators = /[\s,]*/y;
const schemePattern = new RegExp(`(${token})(?:[ \\t]+|(?=,|$))`, "y");
/** Credentials-like data of schemes such as Negotiate, in the place of parameters. */
const token68Pattern = /[A-Za-z0-9._~+/-]+=*[ \t]*(?=,|$)/y;
/** Unquoted values are often more than tokens: URLs and scopes. */
const parameterPattern = new RegExp(
  `(${token})[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s",]*))(?=[\\s,]|$)`,
  "y",
);

function* challengesIn(header: string): Generator<AuthChallenge> {
  let at = 0;
  const next = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(header);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (;;) {
    next(separators);
    const [, scheme] = next(schemePattern) ?? [];
    if (scheme === undefined) return;
    const parameters = new Map<string, string>();
    next(token68Pattern);
    for (;;) {
      next(separators);
      const [, name, quoted, token] = next(parameterPattern) ?? [];
      if (name === undefined) break;
      parameters.set(name.toLowerCase(), quoted?.replaceAll(/\\(.)/g, "$1") ?? token ?? "");
    }
    yield { scheme: scheme.toLowerCase(), parameters };
  }
}
