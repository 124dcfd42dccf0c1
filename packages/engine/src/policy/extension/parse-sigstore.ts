import type { Json } from "../../values/strict-json.ts";
import type { Reader } from "../../values/strict-object.ts";
import { exactly, objectAs, readFlag } from "../../values/strict-value.ts";
import { readIdentityMatch } from "../parse-identity-match.ts";
import type { SigstoreRequirement } from "../sigstore-requirement.ts";
import { namedListOf } from "./named-list.ts";
import { authorityReader } from "./parse-authority.ts";
import type { PatternReaders } from "./parse-text-match.ts";
import type { PolicyLanguages } from "./policy-languages.ts";

const maxAuthorities = 100;

/** The requirement `sigstore`: one of the authorities vouches for the image. */
export function sigstoreReader(
  languages: PolicyLanguages,
  patterns: PatternReaders,
): Reader<SigstoreRequirement> {
  const readers = {
    type: exactly("sigstore"),
    authorities: namedListOf("authority", authorityReader(languages, patterns), maxAuthorities),
    signedIdentity: readIdentity,
    acceptIndexSignatures: readFlag,
  };
  return objectAs(readers, (fields, path, report): SigstoreRequirement | undefined => {
    const { authorities, signedIdentity, acceptIndexSignatures = false } = fields;
    if (authorities === undefined) {
      report(path, "authorities is missing: who vouches for images must be said");
      return undefined;
    }
    const identity = signedIdentity ?? { type: "digestOnly" };
    return { type: "sigstore", authorities, identity, acceptsIndexSignatures: acceptIndexSignatures };
  });
}

/** As everywhere in the file, and one more. */
const readIdentity: Reader<SigstoreRequirement["identity"]> = (json, path, report) => {
  if (!saysDigestOnly(json)) return readIdentityMatch(json, path, report);
  return objectAs({ type: exactly("digestOnly") }, ({ type }) => type && { type })(json, path, report);
};

function saysDigestOnly(json: Json): boolean {
  const types = json.kind === "object" ? json.members.filter(([name]) => name === "type") : [];
  return types.some(([, type]) => type.kind === "string" && type.value === "digestOnly");
}
