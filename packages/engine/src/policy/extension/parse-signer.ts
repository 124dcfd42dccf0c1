import type { Reader } from "../../values/strict-object.ts";
import { objectAs } from "../../values/strict-value.ts";
import type { SignerIdentity } from "../sigstore-requirement.ts";
import { onlyOne } from "./only-one.ts";
import { type PatternReaders, readExactText } from "./parse-text-match.ts";

const issuers = ["issuer", "issuerRegExp", "issuerRegExpUnanchored"] as const;
const subjects = ["subject", "subjectRegExp", "subjectRegExpUnanchored"] as const;

/** One of `identities`: who signed, and who vouches for that. Both must be said, each in one way. */
export function signerReader({ anchored, unanchored }: PatternReaders): Reader<SignerIdentity> {
  const readers = {
    issuer: readExactText,
    issuerRegExp: anchored,
    issuerRegExpUnanchored: unanchored,
    subject: readExactText,
    subjectRegExp: anchored,
    subjectRegExpUnanchored: unanchored,
  };
  return objectAs(readers, (fields, path, report) => {
    const issuer = onlyOne(fields, issuers, path, report);
    const subject = onlyOne(fields, subjects, path, report);
    const match = issuer && subject && { issuer: fields[issuer], subject: fields[subject] };
    if (match?.issuer === undefined || match.subject === undefined) return undefined;
    return { issuer: match.issuer, subject: match.subject };
  });
}
