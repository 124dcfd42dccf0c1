import { type Digest, digestAlgorithm } from "@countersign/engine/values/digest";
import { escapePart } from "./percent-encoding.ts";

/** An address as Go's net/url takes it apart: escapes are decoded where it decodes them. */
export interface LookasideLocation {
  /** in small letters; `""` if there is none */
  readonly scheme: string;
  /** what follows the scheme of an address that has no path, as in `file:a/b`; the path is then `""` */
  readonly opaque: string;
  readonly user: LocationUser | undefined;
  /** with its port; undefined where a path stands without `//` before it */
  readonly host: string | undefined;
  readonly path: string;
  /** as written; undefined without `?` */
  readonly query: string | undefined;
  readonly fragment: string;
}

export interface LocationUser {
  readonly name: string;
  readonly password: string | undefined;
}

/** A directory, or file, below a location: the text is put behind its path as it is. */
export function below(location: LookasideLocation, suffix: string): LookasideLocation {
  return { ...location, path: location.path + suffix };
}

/**
 * What is put behind a repository's path for the directory of a manifest's signatures.
 * Source: containers/image docs/signature-protocols.md.
 */
export function digestSuffix(digest: Digest): string {
  const algorithm = digestAlgorithm(digest);
  return `@${algorithm}=${digest.slice(algorithm.length + 1)}`;
}

/** As Go's URL.Redacted writes it, and without the query's values: one may be what lets in. */
export function showLocation(location: LookasideLocation): string {
  const { scheme, opaque, path, query, fragment } = location;
  const beginning = scheme === "" ? "" : `${scheme}:`;
  const middle = opaque === "" ? authorityOf(location) + escapePart(path, "path") : opaque;
  const end =
    (query === undefined ? "" : `?${redactQuery(query)}`) +
    (fragment && `#${escapePart(fragment, "fragment")}`);
  return beginning + middle + end;
}

function authorityOf({ user, host }: LookasideLocation): string {
  if (host === undefined) return "";
  const password = user?.password === undefined ? "" : ":xxxxx";
  const who = user === undefined ? "" : `${escapePart(user.name, "user")}${password}@`;
  return `//${who}${escapePart(host, "host")}`;
}

/** `a=secret` as `a=REDACTED`. */
export function redactQuery(query: string): string {
  return query.replaceAll(/=[^&#]*/g, "=REDACTED");
}
