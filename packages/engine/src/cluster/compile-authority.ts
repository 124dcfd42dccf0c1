import { repositoryName } from "../values/image-reference.ts";
import { quoteShort } from "../values/strict-object.ts";
import type {
  AttestationSpec,
  AuthoritySpec,
  IdentitySpec,
  KeylessSpec,
  KeyReference,
  KeySpec,
} from "./authority-spec.ts";
import { compileDemands, type JsonObject, trustedRoot, Uncompilable } from "./compile-demands.ts";
import type { Shortcoming } from "./compiled-rule.ts";
import type { Materials } from "./materials.ts";

export interface CompiledAuthority {
  /** a member of `authorities` of a requirement `sigstore` */
  readonly json: JsonObject;
  readonly shortcomings: readonly Shortcoming[];
}

/**
 * Compiles one authority to what a policy file says. One that cannot be compiled accepts nothing and says why: as any
 * authority suffices, that lets in nothing that it would not have let in.
 */
export function compileAuthority(
  authority: AuthoritySpec,
  path: string,
  materials: Materials,
): CompiledAuthority {
  const { name } = authority;
  if (authority.type === "static") {
    const { action, message } = authority;
    const told = action === "fail" && message !== "" ? { message } : {};
    return { json: { name, static: { action, ...told } }, shortcomings: [] };
  }
  const ignored = [...ignoredNamespaces(authority, path, materials), ...ignoredSecrets(authority, path)];
  try {
    return { json: { name, ...compileVerifying(authority, path, materials) }, shortcomings: ignored };
  } catch (caught) {
    if (!(caught instanceof Uncompilable)) throw caught;
    const { place, message } = caught;
    return {
      json: { name, static: { action: "fail", message } },
      shortcomings: [{ path: place, effect: "refuses", message }, ...ignored],
    };
  }
}

function compileVerifying(authority: KeySpec | KeylessSpec, path: string, materials: Materials): JsonObject {
  const signer =
    authority.type === "key"
      ? { key: compileKey(authority, `${path}.key`, materials) }
      : { keyless: compileKeyless(authority, `${path}.keyless`, materials) };
  const { source, attestations } = authority;
  return {
    ...signer,
    ...compileDemands(authority, path, materials),
    ...(source && hasPlace(source) && { source: [compileSource(source)] }),
    ...(attestations.length > 0 && {
      attestations: attestations.map((one, at) =>
        compileAttestation(one, `${path}.attestations[${at}]`, materials),
      ),
    }),
  };
}

function compileKey({ key, hashAlgorithm }: KeySpec, path: string, materials: Materials): JsonObject {
  if (hashAlgorithm === "sha224") {
    throw new Uncompilable(
      `${path}.hashAlgorithm`,
      "no signature is verified by SHA-224; use sha256, sha384 or sha512",
    );
  }
  return { data: base64(keyPem(key, path, materials)), hashAlgorithm };
}

function keyPem(key: KeyReference, path: string, materials: Materials): string {
  if (key.type === "inline") return key.pem;
  const found = materials.key(key);
  if (found.type === "found") return found.value;
  throw new Uncompilable(`${path}.${key.type === "kms" ? "kms" : "secretRef"}`, found.why);
}

function compileKeyless(
  { trust, identities, ignoresSct }: KeylessSpec,
  path: string,
  materials: Materials,
): JsonObject {
  if (trust.type === "certificate") {
    throw new Uncompilable(
      `${path}.ca-cert`,
      "a CA alone says nothing of the time at which a certificate was used; put it into a TrustRoot, and name that by trustRootRef alone",
    );
  }
  const root =
    trust.type === "public"
      ? trustedRoot(materials.publicRoot, path)
      : trustedRoot(materials.trustRoot(trust.name), `${path}.trustRootRef`);
  return {
    trustedRoot: root,
    identities: identities.map(compileIdentity),
    ...(ignoresSct && { insecureIgnoreSCT: true }),
  };
}

/** Upstream searches for a pattern anywhere in the text. */
function compileIdentity({ issuer, subject }: IdentitySpec): JsonObject {
  return {
    ...(issuer.type === "exact" ? { issuer: issuer.text } : { issuerRegExpUnanchored: issuer.source }),
    ...(subject.type === "exact" ? { subject: subject.text } : { subjectRegExpUnanchored: subject.source }),
  };
}

type Source = NonNullable<KeySpec["source"]>;

function hasPlace({ repository, tagPrefix }: Source): boolean {
  return repository !== undefined || tagPrefix !== "";
}

function compileSource({ repository, tagPrefix }: Source): JsonObject {
  return {
    ...(repository && { repository: repositoryName(repository) }),
    ...(tagPrefix !== "" && { tagPrefix }),
  };
}

function compileAttestation(
  { name, predicateType, policy }: AttestationSpec,
  path: string,
  materials: Materials,
): JsonObject {
  if (policy === undefined) return { name, predicateType };
  if (policy.language !== "cel") {
    throw new Uncompilable(
      `${path}.policy.type`,
      `there is no engine for ${policy.language} here; write the policy in CEL (type: cel), over statement, predicate and subject`,
    );
  }
  const { source } = policy;
  const text =
    source.type === "inline" ? { type: "found" as const, value: source.text } : materials.policyText(source);
  if (text.type === "missing") throw new Uncompilable(`${path}.policy`, text.why);
  return { name, predicateType, policy: { type: "cel", expression: text.value } };
}

/** Whoever names another namespace means what is there, and gets what is called the same where it is looked for. */
function ignoredNamespaces(
  authority: KeySpec | KeylessSpec,
  path: string,
  { namespace }: Materials,
): readonly Shortcoming[] {
  const { attestations } = authority;
  const key = authority.type === "key" ? authority.key : undefined;
  const named = [
    ...(key?.type === "secret" ? [{ ...key, kind: "Secret", at: "key.secretRef" }] : []),
    ...attestations.flatMap(({ policy }, at) =>
      policy?.source.type === "configMap"
        ? [{ ...policy.source, kind: "ConfigMap", at: `attestations[${at}].policy.configMapRef` }]
        : [],
    ),
  ];
  return named
    .filter(({ saidNamespace }) => saidNamespace !== "" && saidNamespace !== namespace)
    .map(({ kind, name, saidNamespace, at }) => ({
      path: `${path}.${at}.namespace`,
      effect: "ignored",
      message: `${kind}s are read in ${namespace} alone: the ${kind} ${name} there counts, and not the one of ${quoteShort(saidNamespace)}; have it in ${namespace}, and leave the namespace out`,
    }));
}

/** Said, and without effect where nodes verify; nothing more is let in for it. */
function ignoredSecrets({ source }: KeySpec | KeylessSpec, path: string): readonly Shortcoming[] {
  if (source === undefined || source.pullSecrets.length === 0) return [];
  return [
    {
      path: `${path}.source[0].signaturePullSecrets`,
      effect: "ignored",
      message:
        "a node reads no Secrets: signatures are fetched with the pull's credentials, or the node's own",
    },
  ];
}

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}
