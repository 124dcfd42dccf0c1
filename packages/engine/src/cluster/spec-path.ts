import type { AuthoritySpec } from "./authority-spec.ts";

/**
 * Where in a policy resource stands what a part of its compiled rule was made of: a rule is checked as nodes read it, and
 * whoever wrote the resource never saw the rule.
 * @param path in a policy file with this rule alone: `images[0].requirements[0].authorities[1].key.data`
 * @param authorities of the resource: what a rule has as text, a resource may say by a reference
 * @returns `spec.authorities[1].key.secretRef`; `spec` for what cannot be placed
 */
export function specPath(path: string, authorities: readonly AuthoritySpec[]): string {
  const [, glob] = /^images\[0\]\.globs\[(\d+)\]/.exec(path) ?? [];
  if (glob !== undefined) return `spec.images[${glob}].glob`;
  if (path === "images[0].globs") return "spec.images";
  const [, at, within = ""] = /^images\[0\]\.requirements\[0\]\.authorities\[(\d+)\](.*)$/.exec(path) ?? [];
  if (at !== undefined) return `spec.authorities[${at}]${inAuthority(within, authorities[Number(at)])}`;
  if (path.startsWith("images[0].requirements[0].authorities")) return "spec.authorities";
  return path.startsWith("transports.docker[") ? "spec.policy.rootOfTrust" : "spec";
}

/** Members of a requirement `sigstore`, and what the resource calls them; the rest of a path is nothing that it has. */
const places: ReadonlyArray<readonly [compiled: RegExp, written: string]> = [
  [/^(\.attestations\[\d+\]\.\w+)\b.*$/, "$1"],
  [/^(\.keyless\.identities\[\d+\])\.(issuer|subject)RegExpUnanchored$/, "$1.$2RegExp"],
  [/^\.keyless\.trustedRoot\b.*$/, ".keyless"],
  [/^\.transparency\b.*$/, ".ctlog"],
  [/^\.timestamp\b.*$/, ".rfc3161timestamp"],
  [/^\.source\[0\]\.repository$/, ".source[0].oci"],
];

function inAuthority(path: string, authority: AuthoritySpec | undefined): string {
  const [, attestation] = /^\.attestations\[(\d+)\]\.policy\b/.exec(path) ?? [];
  if (attestation !== undefined) {
    const attestations = authority?.type === "static" ? [] : (authority?.attestations ?? []);
    const source = attestations[Number(attestation)]?.policy?.source;
    return `.attestations[${attestation}].policy${source === undefined ? "" : `.${members[source.type]}`}`;
  }
  if (/^\.key\b/.test(path)) {
    return authority?.type === "key" ? `.key.${members[authority.key.type]}` : ".key";
  }
  const [compiled, written] = places.find(([each]) => each.test(path)) ?? [];
  return compiled === undefined || written === undefined ? path : path.replace(compiled, written);
}

/** By which members keys and texts are said. */
const members = {
  inline: "data",
  secret: "secretRef",
  kms: "kms",
  configMap: "configMapRef",
  remote: "remote",
} as const;
