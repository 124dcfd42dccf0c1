import { CountersignError } from "@countersign/engine/values/error";

/** The flags of verify-bundle as they were typed. */
export interface BundleFlags {
  readonly bundle: string;
  readonly certificateIdentity?: string;
  readonly certificateOidcIssuer?: string;
  readonly key?: string;
  readonly trustedRoot?: string;
  readonly staging?: boolean;
  readonly insecureIgnoreTlog?: boolean;
  readonly insecureIgnoreSct?: boolean;
  readonly output: "text" | "json";
}

/** Who has to have signed: the file of a key, or a certificate's name and who vouches for it. */
export type NamedSigner =
  | { readonly type: "key"; readonly path: string }
  | { readonly type: "identity"; readonly name: string; readonly issuer: string };

/** @throws CountersignError USAGE unless exactly one signer is named, and whole */
export function signerOf({ key, certificateIdentity, certificateOidcIssuer }: BundleFlags): NamedSigner {
  const namesCertificate = certificateIdentity !== undefined || certificateOidcIssuer !== undefined;
  if (key !== undefined) {
    if (namesCertificate)
      throw usage("--key and --certificate-… are both given: either a key has signed or a certificate");
    return { type: "key", path: key };
  }
  if (!namesCertificate) {
    throw usage(
      "who has to have signed? Give --key, or --certificate-identity and --certificate-oidc-issuer",
    );
  }
  if (certificateIdentity === undefined || certificateOidcIssuer === undefined) {
    throw usage(
      "--certificate-identity and --certificate-oidc-issuer belong together: whoever may issue certificates can put any name into one",
    );
  }
  return { type: "identity", name: certificateIdentity, issuer: certificateOidcIssuer };
}

export function usage(message: string): CountersignError {
  return new CountersignError("USAGE", message);
}
