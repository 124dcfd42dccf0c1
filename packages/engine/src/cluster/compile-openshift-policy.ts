import type { JsonObject } from "./compile-demands.ts";
import type { CompiledRule } from "./compiled-rule.ts";
import type { OpenShiftPolicyResource, RootOfTrust, SignedIdentitySpec } from "./openshift-policy.ts";
import { resourceName } from "./resource-name.ts";

/**
 * Compiles OpenShift's policies to requirements by scope, as its machine-config-operator does: everything they say,
 * containers-policy.json(5) can say. The name tells two policies apart that say the same.
 * Source: openshift/machine-config-operator pkg/controller/container-runtime-config/helpers.go.
 */
export function compileOpenShiftPolicy({
  identity,
  scopes,
  root,
  signedIdentity,
}: OpenShiftPolicyResource): CompiledRule {
  const requirement = {
    type: "sigstoreSigned",
    ...compileRoot(root),
    signedIdentity: compileIdentity(signedIdentity),
  };
  const docker = Object.fromEntries([...scopes].sort().map((scope) => [scope, [requirement]]));
  const rule = {
    name: resourceName(identity),
    // a namespace's own policy must not replace what holds for all
    ...(identity.namespace !== undefined && { tightens: true }),
    transports: { docker },
  };
  return { identity, text: JSON.stringify(rule), shortcomings: [] };
}

function compileRoot(root: RootOfTrust): JsonObject {
  switch (root.type) {
    case "PublicKey":
      return {
        keyData: base64(root.key),
        ...(root.rekor && { rekorPublicKeyData: base64(root.rekor) }),
      };
    case "FulcioCAWithRekor": {
      const { ca, rekor, oidcIssuer, signedEmail: subjectEmail } = root;
      return { fulcio: { caData: base64(ca), oidcIssuer, subjectEmail }, rekorPublicKeyData: base64(rekor) };
    }
    case "PKI": {
      const { roots, intermediates, email, hostname } = root;
      return {
        pki: {
          caRootsData: base64(roots),
          ...(intermediates && { caIntermediatesData: base64(intermediates) }),
          ...(email && { subjectEmail: email }),
          ...(hostname && { subjectHostname: hostname }),
        },
      };
    }
  }
}

function compileIdentity(identity: SignedIdentitySpec): JsonObject {
  switch (identity.type) {
    case "MatchRepoDigestOrExact":
      return { type: "matchRepoDigestOrExact" };
    case "MatchRepository":
      return { type: "matchRepository" };
    case "ExactRepository":
      return { type: "exactRepository", dockerRepository: identity.repository };
    case "RemapIdentity":
      return { type: "remapIdentity", prefix: identity.prefix, signedPrefix: identity.signedPrefix };
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64");
}
