import { CountersignError } from "../../values/error.ts";
import { formatReference, parseNamedReference } from "../../values/image-reference.ts";
import { isDomain } from "../../values/reference-grammar.ts";

/** Why a scope for images with Docker-like names can never match. */
export interface DeadScope {
  readonly why: string;
  /** the scope that was probably meant; undefined if that cannot be told */
  readonly instead: string | undefined;
}

/**
 * Whether a scope is one that some image falls under. containers/image compares scopes as plain strings with candidates
 * made from the normalised reference, and never normalises the scope itself (docker/policyconfiguration/naming.go), so
 * a short or mistyped one is silently dead.
 * @returns undefined if the scope is alive
 */
export function deadScope(scope: string): DeadScope | undefined {
  if (scope === "") return undefined;
  if (scope.length > longestReference) return { why: "no image has so long a name", instead: undefined };
  for (const { why, repair } of misspellings) {
    const repaired = repair(scope);
    if (repaired !== scope) return { why, instead: aliveForm(repaired) };
  }
  if (scope.includes("*")) return deadWildcard(scope);
  return isHost(scope) ? undefined : deadName(scope);
}

/** Domain and path have 255 characters at most, and the longest digest has 135 with its algorithm. */
const longestReference = 255 + "@".length + 135;

/** Each repair leaves a well-spelled scope as it is. */
const misspellings: ReadonlyArray<{ readonly why: string; readonly repair: (scope: string) => string }> = [
  { why: "a scope has no blanks around it", repair: (scope) => scope.trim() },
  { why: "a scope has no scheme", repair: (scope) => scope.replace(/^[A-Za-z][A-Za-z+.-]*:\/\//, "") },
  { why: "a scope ends without a slash", repair: (scope) => scope.replace(/\/+$/, "") },
  { why: "a scope covers everything below it without a *", repair: (scope) => scope.replace(/\/\*+$/, "") },
  {
    why: "a scope covers every tag without a *",
    repair: (scope) => scope.replace(/(?<=\/[^/]*):[^/:]*\*$/, ""),
  },
  {
    why: "it is written docker.io",
    repair: (scope) => scope.replace(/^index\.docker\.io(?=$|\/)/, "docker.io"),
  },
  {
    why: "names are compared in their full form",
    repair: (scope) => scope.replace(/^library$/, "docker.io/library"),
  },
];

function aliveForm(scope: string): string | undefined {
  const dead = deadScope(scope);
  if (dead !== undefined) return dead.instead;
  return scope === "" ? undefined : scope;
}

function deadWildcard(scope: string): DeadScope | undefined {
  if (scope === "*") return { why: `every image is written ""`, instead: "" };
  const [, host = ""] = /^\*\.?([^*]*)$/.exec(scope) ?? [];
  if (host === "") {
    return { why: "a * stands only in front of a host, as in *.example.com", instead: undefined };
  }
  const [bare = ""] = host.split(/[/:]/, 1);
  const instead = isDomain(bare) ? `*.${bare}` : undefined;
  if (instead === scope) return undefined;
  if (host.includes("/")) return { why: "a wildcard stands for whole hosts, without a path", instead };
  if (host.includes(":")) return { why: "wildcards are compared without the port", instead };
  return { why: "a * stands only in front of a host, as in *.example.com", instead };
}

function deadName(scope: string): DeadScope | undefined {
  try {
    const name = parseNamedReference(scope);
    if (name.tag !== undefined && name.digest !== undefined) {
      const instead = formatReference({ ...name, tag: undefined });
      return { why: "an image is asked for by tag or by digest, not both", instead };
    }
    const full = formatReference(name);
    // docker.io/team is a parent of docker.io/team/app although, as an image, it would be docker.io/library/team
    const isParent = name.tag === undefined && name.digest === undefined && scope.startsWith("docker.io/");
    if (full === scope || isParent) return undefined;
    return { why: "names are compared in their full form", instead: full };
  } catch (error) {
    const { message } = CountersignError.from(error);
    const lower = scope.replace(/(?<=^[^/]*\/)[^:@]+|^[^/:@]+(?=[:@]|$)/, (path) => path.toLowerCase());
    return { why: message, instead: lower === scope ? undefined : aliveForm(lower) };
  }
}

/** Whether the scope is a bare host, by the rule that tells hosts from names on Docker Hub. */
function isHost(scope: string): boolean {
  return isDomain(scope) && (/[.:]/.test(scope) || scope === "localhost");
}
