import type { SigstoreAttachment } from "@countersign/engine/verify/ports";
import type {
  AuthorityCertificate,
  IssuedLeaf,
} from "@countersign/testkit/signing-kit/certificate-authority";
import {
  cosignPayload,
  signWithCertificate,
  signWithPki,
} from "@countersign/testkit/signing-kit/cosign-signature";
import {
  defaultEmail,
  defaultOidcIssuer,
  type FulcioIdentityProfile,
} from "@countersign/testkit/signing-kit/fulcio";
import {
  type CertificateProfile,
  issueCertificate,
} from "@countersign/testkit/signing-kit/issue-certificate";
import type { Question, Site } from "../case.ts";
import { kit } from "./kit.ts";
import { demand, inBase64, sigstoreSigned } from "./policies.ts";
import { storeSigned } from "./signed.ts";

/** What `fulcio` says in the cases' policies unless they change it. */
export function fulcioMembers(): Readonly<Record<string, unknown>> {
  return { caData: inBase64(kit.fulcio.caPem), oidcIssuer: defaultOidcIssuer, subjectEmail: defaultEmail };
}

/** Asks for the case's image under a policy that trusts the kit's Fulcio and log. */
export function trustingFulcio(site: Site, changes: Readonly<Record<string, unknown>> = {}): Question {
  const requirement = sigstoreSigned({
    fulcio: { ...fulcioMembers(), ...changes },
    rekorPublicKeyData: inBase64(kit.log.publicKeyPem),
  });
  return { image: `${site.name}:v1`, policy: demand(site, requirement) };
}

/** Stores an image signed without a key: by a leaf of the kit's Fulcio, logged at `integratedTime`. */
export function storeKeyless(
  site: Site,
  leaf: IssuedLeaf,
  change: (good: SigstoreAttachment) => SigstoreAttachment = (good) => good,
  integratedTime: number = kit.now,
): void {
  storeSigned(site, (_, { digest }) =>
    change(
      signWithCertificate(
        leaf,
        cosignPayload({ digest, reference: `${site.name}:v1` }),
        kit.log,
        integratedTime,
      ),
    ),
  );
}

export function fulcioLeaf(identity: FulcioIdentityProfile = {}): IssuedLeaf {
  return kit.fulcio.issue(identity);
}

/** The leaf with another chain annotation. */
export function withChain(leaf: IssuedLeaf, ...chain: readonly { readonly pem: string }[]): IssuedLeaf {
  return { ...leaf, chainPem: chain.map(({ pem }) => pem).join("") };
}

/** The same authority's key, with a certificate that says other things. */
export function reissued(
  of: AuthorityCertificate,
  changes: Partial<CertificateProfile>,
  by: AuthorityCertificate = of,
): AuthorityCertificate {
  const profile = { ...of.profile, ...changes };
  const hash = by.key.kind === "p384" ? "sha384" : "sha256";
  return { ...of, ...issueCertificate(profile, by.key, { hash }), profile };
}

/** Stores an image signed with a certificate of one's own authority. */
export function storePki(site: Site, leaf: IssuedLeaf): void {
  storeSigned(site, (_, { digest }) =>
    signWithPki(leaf, cosignPayload({ digest, reference: `${site.name}:v1` })),
  );
}
