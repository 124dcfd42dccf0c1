import { unreachable } from "../values/error.ts";
import { marker } from "./extension/marker.ts";
import { sigstoreObject } from "./extension/print-sigstore.ts";
import type {
  EnforcedRequirement,
  ImageRule,
  Policy,
  Requirement,
  Requirements,
  SigstoreTrust,
} from "./policy.ts";
import { identityObject, sourceObject } from "./print-parts.ts";

/**
 * Writes a policy as a file that `readPolicy` reads as the same policy: one text for each meaning, with everything said
 * that has a default in the extension, and the marker only if something of the extension is used.
 */
export function printPolicy({ default: otherwise, transports, images }: Omit<Policy, "digest">): Uint8Array {
  const lists = [otherwise, ...[...transports.values()].flatMap((scopes) => [...scopes.values()])];
  const isExtended = images.length > 0 || lists.flat().some(({ type }) => extensions.has(type));
  const sections = [...transports].map(([name, scopes]) => [name, scopesText(scopes)] as const);
  return Buffer.from(
    object([
      ...(isExtended ? [[marker, "1"] as const] : []),
      ["default", requirementsText(otherwise)],
      ["transports", object(sections)],
      ...(images.length > 0 ? [["images", JSON.stringify(images.map(ruleObject))] as const] : []),
    ]),
  );
}

const extensions: ReadonlySet<Requirement["type"]> = new Set(["sigstore", "anyOf", "warn"]);

function ruleObject(rule: ImageRule): object {
  const { name, tightens, requirements } = rule;
  const images =
    rule.type === "globs" ? { globs: rule.globs.map(({ source }) => source) } : { scopes: [...rule.scopes] };
  return { name, ...images, tightens, requirements: requirements.map(requirementObject) };
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
  return requirement.type === "warn"
    ? { ...enforcedObject(requirement.requirement), mode: "warn" }
    : enforcedObject(requirement);
}

function enforcedObject(requirement: EnforcedRequirement): object {
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
      return sigstoreObject(requirement);
    case "anyOf":
      return {
        type: requirement.type,
        alternatives: requirement.alternatives.map((alternative) => alternative.map(enforcedObject)),
      };
    default:
      return unreachable(requirement);
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
    default:
      return unreachable(trust);
  }
}
