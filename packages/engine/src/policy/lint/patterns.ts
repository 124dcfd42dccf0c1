import type { Pattern } from "../../values/pattern.ts";
import type { KeylessAuthority, SignerIdentity, TextMatch } from "../sigstore-requirement.ts";
import type { Hint } from "./hint.ts";
import { placedAuthorities } from "./placed-authorities.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";
import { issuerHint } from "./signers.ts";

/** Names of signers that let in more, or less, than was meant. */
export function* signerPatternHints(placed: PlacedRequirement): Generator<Hint> {
  for (const { path, authority } of placedAuthorities(placed)) {
    if (authority.type === "keyless") yield* identitiesHints(`${path}.keyless.identities`, authority);
  }
}

function* identitiesHints(path: string, { identities }: KeylessAuthority): Generator<Hint> {
  for (const [at, identity] of identities.entries()) {
    yield* matchHints(`${path}[${at}]`, "issuer", identity);
    yield* matchHints(`${path}[${at}]`, "subject", identity);
  }
}

function* matchHints(path: string, side: keyof SignerIdentity, identity: SignerIdentity): Generator<Hint> {
  const match = identity[side];
  if (match.type === "pattern") yield* patternHints(`${path}.${memberOf(side, match)}`, side, match.pattern);
  else if (side === "issuer") yield* issuerHint(`${path}.issuer`, match.text);
  else if (isPatternLike(match.text)) {
    yield {
      code: "SUBJECT_NEVER_MATCHES",
      path: `${path}.subject`,
      message: "this is no pattern here: a name in the certificate must be this text to the letter",
      remedy: `write "subjectRegExp": ${JSON.stringify(match.text)}`,
    };
  }
}

/** Whether someone wrote a regular expression or a glob. */
function isPatternLike(name: string): boolean {
  return /^\^|\$$|\\|\*/.test(name);
}

function memberOf(side: string, match: TextMatch & { readonly type: "pattern" }): string {
  return `${side}RegExp${match.pattern.anchored ? "" : "Unanchored"}`;
}

function* patternHints(path: string, side: keyof SignerIdentity, pattern: Pattern): Generator<Hint> {
  if (probes.every((probe) => pattern.matches(probe))) {
    yield {
      code: "PATTERN_MATCHES_ANYTHING",
      path,
      message: side === "issuer" ? "this is every issuer: anybody may run one" : "this is everybody",
      remedy: `write the ${side === "issuer" ? "one that is meant" : "names that are meant"}`,
    };
    return;
  }
  if (!pattern.anchored && !isAnchoredItself(pattern.source)) {
    yield {
      code: "PATTERN_NOT_ANCHORED",
      path,
      message: `this matches every ${side} in which it occurs anywhere, as a stranger may choose his to be`,
      remedy: `write it as "${side}RegExp", which must match the whole; with .* where anything may stand`,
    };
    return;
  }
  yield* otherNamesHint(path, side, pattern.source);
}

/** Between them, what certificates say of anybody. */
const probes = ["https://any.example", "https://any.example/x/y@refs/heads/z", "any@any.example", "any"];

function isAnchoredItself(source: string): boolean {
  return /^\^.*\$$/s.test(source) && !source.includes("|");
}

/** A host, or one of the two names after it, of which an organisation's is one; or a mail host: each goes on. */
const openNames = [
  /:\/\/((?:\w|-|\\\.)+)\.[*+]/,
  /:\/\/[^/]+\/(?:[^/]+\/)?((?:\w|-|\\\.)+)\.[*+]/,
  /^[^/]*@((?:\w|-|\\\.)+)\.[*+]/,
];

/** `github.com` lets in `githubXcom`, and `/acme.*` lets in `/acme-evil`. */
function* otherNamesHint(path: string, side: keyof SignerIdentity, source: string): Generator<Hint> {
  const [, dot] = /(?<![\\\]\w])(\w+\.\w{2,})/.exec(source) ?? [];
  const open = openNames.flatMap((name) => name.exec(source)?.[1] ?? [])[0];
  const hint = (message: string, remedy: string): Hint => ({
    code: "PATTERN_MATCHES_OTHER_NAMES",
    path,
    message,
    remedy,
  });
  if (open !== undefined && side === "subject") {
    yield hint(
      `after ${open} anything may follow, which other names that begin like it have too`,
      `write what ends the name before the rest: ${JSON.stringify(`${open}/.*`)}`,
    );
  } else if (dot !== undefined) {
    yield hint(
      `the dot in ${dot} stands for any character`,
      `write ${JSON.stringify(dot.replace(".", "\\."))}`,
    );
  }
}
