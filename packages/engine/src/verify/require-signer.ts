import type {
  KeyAuthority,
  KeylessAuthority,
  SignerIdentity,
  TextMatch,
} from "../policy/sigstore-requirement.ts";
import { refuse } from "../signature/invalid.ts";
import type { SubjectName, VerifiedSigner } from "../signature/sigstore/verified-entity.ts";
import { quoteShort } from "../values/strict-object.ts";
import type { CertifiedSigner } from "./verdict.ts";

/**
 * Requires that one of the authority's identities is the certificate's: its issuer, and any of its names. A key was
 * already found to be one of the authority's.
 * @throws CountersignError SIGNATURE_INVALID, telling whom the certificate is for
 */
export function requireSigner(authority: KeyAuthority | KeylessAuthority, signer: VerifiedSigner): void {
  if (authority.type === "key" || signer.type === "key") {
    if (authority.type !== signer.type) refuse("signed with a key, where a certificate is expected");
    return;
  }
  if (authority.identities.some((identity) => isIdentity(identity, signer))) return;
  const names = signer.names.slice(0, maxTold).map(({ value }) => quoteShort(value));
  const whom = names.length === 0 ? "nobody" : names.join(", ");
  const issuer = signer.issuer === undefined ? "an issuer that is not named" : quoteShort(signer.issuer);
  refuse(`Signature by ${whom} of ${issuer} is not accepted`);
}

/** Honest certificates have one. */
const maxTold = 4;

function isIdentity({ issuer, subject }: SignerIdentity, signer: CertifiedSigner): boolean {
  if (signer.issuer === undefined || !matches(issuer, signer.issuer)) return false;
  return signer.names.some(({ value }: SubjectName) => matches(subject, value));
}

function matches(match: TextMatch, text: string): boolean {
  return match.type === "exact" ? match.text === text : match.pattern.matches(text);
}
