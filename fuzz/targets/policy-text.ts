import type {
  IdentityMatch,
  Policy,
  Requirement,
  Requirements,
  SigstoreTrust,
  TrustSource,
} from "@countersign/engine/policy/policy";
import { formatReference } from "@countersign/engine/values/image-reference";

/** Writes a parsed policy as a file that says the same, in other words perhaps: what was lost in parsing shows. */
export function policyText(policy: Policy): string {
  const transports = object([...policy.transports].map(([name, scopes]) => [name, scopesText(scopes)]));
  return object([
    ["default", requirementsText(policy.default)],
    ["transports", transports],
  ]);
}

function scopesText(scopes: ReadonlyMap<string, Requirements>): string {
  return object([...scopes].map(([scope, requirements]) => [scope, requirementsText(requirements)]));
}

/** By hand: a scope may be called `__proto__`. */
function object(members: readonly (readonly [name: string, text: string])[]): string {
  return `{${members.map(([name, text]) => `${JSON.stringify(name)}:${text}`).join(",")}}`;
}

function requirementsText(requirements: Requirements): string {
  return JSON.stringify(requirements.map(requirementObject));
}

function requirementObject(requirement: Requirement): object {
  switch (requirement.type) {
    case "insecureAcceptAnything":
    case "reject":
      return { type: requirement.type };
    case "signedBaseLayer":
      return { type: requirement.type, baseLayerIdentity: identityObject(requirement.baseLayerIdentity) };
    case "signedBy": {
      const { type, keyType, keys, identity } = requirement;
      return { type, keyType, ...sourceObject(keys, "key"), signedIdentity: identityObject(identity) };
    }
    case "sigstoreSigned": {
      const { type, trust, identity } = requirement;
      return { type, ...trustObject(trust), signedIdentity: identityObject(identity) };
    }
    case "sigstore":
    case "anyOf":
    case "warn":
      throw new Error("no file without the extension says this");
  }
}

function trustObject(trust: SigstoreTrust): object {
  switch (trust.type) {
    case "keys":
      return { ...sourceObject(trust.keys, "key"), ...sourceObject(trust.rekor, "rekorPublicKey") };
    case "fulcio": {
      const { ca, oidcIssuer, subjectEmail } = trust.fulcio;
      const fulcio = { ...sourceObject(ca, "ca"), oidcIssuer, subjectEmail };
      return { fulcio, ...sourceObject(trust.rekor, "rekorPublicKey") };
    }
    case "pki": {
      const { roots, intermediates, subjectEmail, subjectHostname } = trust.pki;
      const cas = { ...sourceObject(roots, "caRoots"), ...sourceObject(intermediates, "caIntermediates") };
      return { pki: { ...cas, subjectEmail, subjectHostname } };
    }
  }
}

function sourceObject(source: TrustSource | undefined, name: string): object {
  if (source === undefined) return {};
  const [one, more, all] =
    source.type === "files"
      ? [`${name}Path`, `${name}Paths`, source.paths]
      : [`${name}Data`, `${name}Datas`, source.data.map((data) => Buffer.from(data).toString("base64"))];
  // One empty path says nothing; a list of one empty path names a file.
  const isOne = all.length === 1 && (source.type === "inline" || all[0] !== "");
  return isOne ? { [one]: all[0] } : { [more]: all };
}

function identityObject(identity: IdentityMatch): object {
  switch (identity.type) {
    case "exactReference":
      return { type: identity.type, dockerReference: formatReference(identity.reference) };
    case "exactRepository":
      return { type: identity.type, dockerRepository: formatReference(identity.repository) };
    default:
      return identity;
  }
}
