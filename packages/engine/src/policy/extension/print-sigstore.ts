import { unreachable } from "../../values/error.ts";
import { formatReference } from "../../values/image-reference.ts";
import { identityObject, sourceObject } from "../print-parts.ts";
import type {
  AttestationDemand,
  Authority,
  KeylessAuthority,
  SignatureRepository,
  SignerIdentity,
  SigstoreRequirement,
  TextMatch,
  TimestampDemand,
  TransparencyDemand,
  TrustedRootSource,
} from "../sigstore-requirement.ts";

/** A `sigstore` requirement as it stands in a file, with every default written out. */
export function sigstoreObject(requirement: SigstoreRequirement): object {
  const { type, authorities, identity, acceptsIndexSignatures } = requirement;
  return {
    type,
    authorities: authorities.map(authorityObject),
    signedIdentity: identity.type === "digestOnly" ? identity : identityObject(identity),
    acceptIndexSignatures: acceptsIndexSignatures,
  };
}

function authorityObject(authority: Authority): object {
  const { name } = authority;
  switch (authority.type) {
    case "static": {
      const { action, message } = authority;
      return { name, static: action === "fail" ? { action, message } : { action } };
    }
    case "key": {
      const { keys, hashAlgorithm } = authority;
      return { name, key: { ...sourceObject(keys, ""), hashAlgorithm }, ...demandsObject(authority) };
    }
    case "keyless":
      return { name, keyless: keylessObject(authority), ...demandsObject(authority) };
    default:
      return unreachable(authority);
  }
}

function keylessObject({ trust, identities, ignoresSct }: KeylessAuthority): object {
  const signers = identities.map(signerObject);
  if (trust.type === "trustedRoot") {
    return { trustedRoot: rootObject(trust.root), identities: signers, insecureIgnoreSCT: ignoresSct };
  }
  return {
    fulcio: sourceObject(trust.ca, "ca"),
    ...sourceObject(trust.rekor, "rekorPublicKey"),
    identities: signers,
  };
}

function signerObject({ issuer, subject }: SignerIdentity): object {
  return { ...matchObject("issuer", issuer), ...matchObject("subject", subject) };
}

function matchObject(name: string, match: TextMatch): object {
  if (match.type === "exact") return { [name]: match.text };
  const { source, anchored } = match.pattern;
  return { [anchored ? `${name}RegExp` : `${name}RegExpUnanchored`]: source };
}

type Verifying = Exclude<Authority, { readonly type: "static" }>;

function demandsObject({ transparency, timestamp, attestations, sources }: Verifying): object {
  return {
    transparency: transparencyObject(transparency),
    timestamp: timestampObject(timestamp),
    attestations: attestations.length === 0 ? undefined : attestations.map(attestationObject),
    source: sources.length === 0 ? undefined : sources.map(repositoryObject),
  };
}

function transparencyObject(demand: TransparencyDemand): object {
  if (demand.type === "none") return { threshold: 0 };
  const { threshold, logs } = demand;
  if (logs === undefined) return { threshold };
  return logs.type === "rekor"
    ? { threshold, ...sourceObject(logs.keys, "rekorPublicKey") }
    : { threshold, trustedRoot: rootObject(logs.root) };
}

function timestampObject(demand: TimestampDemand): object {
  if (demand.type === "none") return { threshold: 0 };
  return { threshold: demand.threshold, trustedRoot: demand.root && rootObject(demand.root) };
}

export function rootObject(root: TrustedRootSource): object {
  if (root.type !== "tuf") return sourceObject(root, "");
  return { tuf: { mirror: root.mirror, root: sourceObject(root.root, ""), target: root.target } };
}

function attestationObject({ name, predicateType, policy }: AttestationDemand): object {
  return {
    name,
    predicateType,
    policy: policy && { type: policy.type, expression: policy.expression.source },
  };
}

export function repositoryObject({ repository, tagPrefix }: SignatureRepository): object {
  return {
    repository: repository && formatReference(repository),
    tagPrefix: tagPrefix === "" ? undefined : tagPrefix,
  };
}
