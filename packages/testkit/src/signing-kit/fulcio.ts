import {
  type AuthorityProfile,
  type CertificateAuthority,
  createAuthority,
  type IssuedLeaf,
  type LeafProfile,
} from "./certificate-authority.ts";
import {
  type AlternativeName,
  alternativeNames,
  type ExtensionProfile,
  issuerV1,
  issuerV2,
} from "./certificate-profile.ts";

/** A CA that certifies whoever an OIDC issuer vouches for, as Fulcio does. */
export interface Fulcio {
  readonly authority: CertificateAuthority;
  /** what a policy's `caData` holds */
  readonly caPem: string;
  issue(identity: FulcioIdentityProfile): IssuedLeaf;
}

export interface FulcioIdentityProfile extends Omit<LeafProfile, "extensions"> {
  readonly email?: string;
  /** default `https://issuer.example`; the v1 and v2 extensions */
  readonly oidcIssuer?: string;
  /** replaces the e-mail address */
  readonly names?: readonly AlternativeName[];
  /** replaces both issuer extensions */
  readonly issuerExtensions?: readonly ExtensionProfile[];
  readonly extensions?: readonly ExtensionProfile[];
}

export const defaultOidcIssuer = "https://issuer.example";
export const defaultEmail = "dev@example.com";

export function createFulcio(profile: AuthorityProfile): Fulcio {
  const authority = createAuthority(profile);
  return {
    authority,
    caPem: authority.root.pem,
    issue({ email, oidcIssuer = defaultOidcIssuer, names, issuerExtensions, extensions, ...leaf }) {
      return authority.issue({
        ...leaf,
        extensions: [
          alternativeNames(names ?? [["email", email ?? defaultEmail]], true),
          ...(issuerExtensions ?? [issuerV1(oidcIssuer), issuerV2(oidcIssuer)]),
          ...(extensions ?? []),
        ],
      });
    },
  };
}
