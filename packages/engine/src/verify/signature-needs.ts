import type {
  SignedByRequirement,
  SigstoreSignedRequirement,
  SigstoreTrust,
  TrustSource,
} from "../policy/policy.ts";
import type { SigstoreRequirement } from "../policy/sigstore-requirement.ts";
import { authorityNeeds } from "./authority-needs.ts";
import { type Needs, noNeeds } from "./needs.ts";

/** What a requirement that asks for signatures needs. */
export function signatureNeeds(
  requirement: SignedByRequirement | SigstoreSignedRequirement | SigstoreRequirement,
): Needs {
  switch (requirement.type) {
    case "signedBy": {
      const trustFiles = new Set(requirement.keyType === "GPGKeys" ? pathsOf(requirement.keys) : []);
      return { ...noNeeds, signatures: true, trustFiles };
    }
    case "sigstoreSigned": {
      const trustFiles = new Set(sourcesOf(requirement.trust).flatMap(pathsOf));
      return { ...noNeeds, signatures: true, trustFiles };
    }
    case "sigstore":
      return authorityNeeds(requirement);
  }
}

/** In the order in which the reference reads them. */
function sourcesOf(trust: SigstoreTrust): readonly TrustSource[] {
  switch (trust.type) {
    case "keys":
      return trust.rekor === undefined ? [trust.keys] : [trust.keys, trust.rekor];
    case "fulcio":
      return [trust.fulcio.ca, trust.rekor];
    case "pki":
      return trust.pki.intermediates === undefined
        ? [trust.pki.roots]
        : [trust.pki.roots, trust.pki.intermediates];
  }
}

function pathsOf(source: TrustSource): readonly string[] {
  return source.type === "files" ? source.paths : [];
}
