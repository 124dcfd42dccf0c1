import { formatReference } from "../values/image-reference.ts";
import type { IdentityMatch } from "./identity-match.ts";
import type { TrustSource } from "./trust-source.ts";

/** Parts of a policy file that more than one kind of requirement has. */

/** @param name what the members begin with: `key` gives keyPath, keyPaths, keyData or keyDatas */
export function sourceObject(source: TrustSource | undefined, name: string): object {
  if (source === undefined) return {};
  const nameOf = (end: string) => (name === "" ? end.toLowerCase() : name + end);
  const [one, more, all] =
    source.type === "files"
      ? [nameOf("Path"), nameOf("Paths"), source.paths]
      : [nameOf("Data"), nameOf("Datas"), source.data.map((data) => Buffer.from(data).toString("base64"))];
  // one empty path says nothing; a list of one empty path names a file
  const isOne = all.length === 1 && (source.type === "inline" || all[0] !== "");
  return isOne ? { [one]: all[0] } : { [more]: all };
}

export function identityObject(identity: IdentityMatch): object {
  switch (identity.type) {
    case "exactReference":
      return { type: identity.type, dockerReference: formatReference(identity.reference) };
    case "exactRepository":
      return { type: identity.type, dockerRepository: formatReference(identity.repository) };
    default:
      return identity;
  }
}
