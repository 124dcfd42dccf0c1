import type { AuthoritySpec } from "./authority-spec.ts";
import type { ImagePolicyResource } from "./policy-resource.ts";

/** An authority that accepts less than its author may think, though it is enforced as it is written. */
export interface BriefAuthority {
  /** `spec.authorities[1].keyless` */
  readonly path: string;
  readonly message: string;
}

/**
 * Authorities that go by certificates which nobody saw used: by policy-controller's rules, keyless with a TrustRoot asks a log
 * only where `ctlog` says so. What was signed then counts while the certificate is valid, and in a quarter of an hour no more.
 */
export function briefAuthorities({ authorities }: ImagePolicyResource): readonly BriefAuthority[] {
  return authorities.flatMap((authority, at) => {
    const root = untimedRoot(authority);
    if (root === undefined) return [];
    return [
      {
        path: `spec.authorities[${at}].keyless`,
        message: `nobody says when a certificate was used, so that a signature counts for some ten minutes: add ctlog: {trustRootRef: ${root}} for its log, or rfc3161timestamp: {trustRootRef: ${root}}`,
      },
    ];
  });
}

/** The TrustRoot by which its certificates are believed, if no time is asked for. */
function untimedRoot(authority: AuthoritySpec): string | undefined {
  if (authority.type !== "keyless" || authority.trust.type !== "trustRoot") return undefined;
  const isTimed = authority.ctlog !== undefined || authority.timestampRoot !== undefined;
  return isTimed ? undefined : authority.trust.name;
}
