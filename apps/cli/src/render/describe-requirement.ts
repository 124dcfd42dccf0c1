import type { Requirement, SigstoreTrust } from "@countersign/engine/policy/policy";
import type { TrustSource } from "@countersign/engine/policy/trust-source";

/** A requirement in one line: what it asks for and whom it trusts. */
export function describeRequirement(requirement: Requirement): string {
  switch (requirement.type) {
    case "insecureAcceptAnything":
      return "insecureAcceptAnything: no signature is asked for";
    case "reject":
      return "reject: nothing in this scope may run";
    case "signedBaseLayer":
      return "signedBaseLayer: cannot be satisfied";
    case "signedBy":
      return `signedBy: OpenPGP key from ${describeSource(requirement.keys)}, identity ${requirement.identity.type}`;
    case "sigstoreSigned":
      return `sigstoreSigned: ${describeTrust(requirement.trust)}, identity ${requirement.identity.type}`;
    case "sigstore": {
      const authorities = requirement.authorities.map(({ name, type }) => `${name} (${type})`);
      return `sigstore: one of ${authorities.join(", ")}, identity ${requirement.identity.type}`;
    }
    case "anyOf": {
      const alternatives = requirement.alternatives.map((all) => all.map(describeRequirement).join(" and "));
      return `anyOf: ${alternatives.join("; or ")}`;
    }
    case "warn":
      return `warn only: ${describeRequirement(requirement.requirement)}`;
  }
}

function describeTrust(trust: SigstoreTrust): string {
  switch (trust.type) {
    case "keys":
      return `key from ${describeSource(trust.keys)}${trust.rekor === undefined ? "" : `, logged in Rekor (${describeSource(trust.rekor)})`}`;
    case "fulcio": {
      const { ca, oidcIssuer, subjectEmail } = trust.fulcio;
      return `${subjectEmail} by ${oidcIssuer}, Fulcio CA from ${describeSource(ca)}, Rekor from ${describeSource(trust.rekor)}`;
    }
    case "pki": {
      const subjects = [trust.pki.subjectEmail, trust.pki.subjectHostname].filter(
        (name) => name !== undefined,
      );
      return `${subjects.join(" and ")}, certified by ${describeSource(trust.pki.roots)}`;
    }
  }
}

function describeSource(source: TrustSource): string {
  return source.type === "files" ? source.paths.join(", ") : "the policy file itself";
}
