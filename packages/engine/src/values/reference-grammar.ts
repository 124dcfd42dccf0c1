/**
 * The grammar of image references (distribution/reference, regexp.go):
 *
 *     reference    := name [ ":" tag ] [ "@" digest ]
 *     name         := [ domain "/" ] component { "/" component }
 *     domain       := label { "." label } [ ":" port ]
 *     label        := letters and digits of either case, "-" between them
 *     port         := digit { digit }
 *     component    := alphanumeric { separator alphanumeric }
 *     alphanumeric := /[a-z0-9]+/
 *     separator    := "." | "_" | "__" | "-" { "-" }
 *     tag          := /[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}/
 *     digest       := algorithm ":" /[A-Fa-f0-9]{32,}/
 *     algorithm    := word { ( "-" | "_" | "+" | "." ) word }
 *     word         := letter { letter | digit }
 *
 * Go's expressions let a separator be empty, which costs its linear engine nothing. Written so for a backtracking
 * engine, a long name that fails at its end would take exponential time. Here every repetition starts with a
 * character that cannot belong to what stands before it.
 */

const label = "[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*";
const domain = `${label}(?:\\.${label})*(?::[0-9]+)?`;
const component = "[a-z0-9]+(?:(?:\\.|__?|-+)[a-z0-9]+)*";
const path = `${component}(?:/${component})*`;
const tag = "[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}";
const word = "[A-Za-z][A-Za-z0-9]*";
const digest = `${word}(?:[-_+.]${word})*:[A-Fa-f0-9]{32,}`;

const anchoredReference = new RegExp(`^(?:(${domain})/)?(${path})(?::(${tag}))?(?:@(${digest}))?$`);
const anchoredDomain = new RegExp(`^${domain}$`);
const anchoredQualifiedName = new RegExp(`^${domain}/${path}$`);

/** A reference cut into its parts, `domain` `""` if its first element cannot be one. */
export interface ReferenceParts {
  readonly domain: string;
  readonly path: string;
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

export function matchReference(text: string): ReferenceParts | undefined {
  const match = anchoredReference.exec(text);
  if (match === null) return undefined;
  const [, domain = "", path = "", tag, digest] = match;
  return { domain, path, tag, digest };
}

/** Whether `text` is a domain with nothing after it. */
export function isDomain(text: string): boolean {
  return anchoredDomain.test(text);
}

/** Whether `text` is a name whose first element can be a domain; short names of docker.io pass too. */
export function isDomainAndPath(text: string): boolean {
  return anchoredQualifiedName.test(text);
}
