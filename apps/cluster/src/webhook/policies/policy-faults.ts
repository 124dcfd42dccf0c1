import type { AuthoritySpec, IdentitySpec } from "@countersign/engine/cluster/authority-spec";
import { type PolicyResource, readPolicyResource } from "@countersign/engine/cluster/parse-resource";
import type { StatementPolicySpec } from "@countersign/engine/cluster/statement-policy-spec";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { CountersignError } from "@countersign/engine/values/error";
import type { Json } from "@countersign/engine/values/json";
import type { Report } from "@countersign/engine/values/strict-object";

/** Something that keeps a policy from being enforced, and where in the resource it is. */
export interface PolicyResourceFault {
  /** `spec.authorities[0].keyless.identities[1].subjectRegExp` */
  readonly path: string;
  readonly message: string;
}

export type PolicyResourceReading =
  | { readonly resource: PolicyResource; readonly faults: readonly [] }
  | { readonly resource: undefined; readonly faults: readonly PolicyResourceFault[] };

/**
 * Reads a policy resource as strictly as it is ever read, regular expressions and CEL included: those show only when the
 * file for nodes is compiled, and not even then if what stands beside them is missing in the cluster at that time.
 */
export function readPolicyStrictly(json: Json, languages: PolicyLanguages): PolicyResourceReading {
  const faults: PolicyResourceFault[] = [];
  const report: Report = (path, message) => {
    faults.push({ path, message });
  };
  const resource = readPolicyResource(json, report);
  if (resource?.type === "imagePolicy") {
    for (const [at, authority] of resource.authorities.entries()) {
      checkAuthority(authority, `spec.authorities[${at}]`, languages, report);
    }
  }
  return resource === undefined || faults.length > 0
    ? { resource: undefined, faults }
    : { resource, faults: [] };
}

function checkAuthority(
  authority: AuthoritySpec,
  path: string,
  languages: PolicyLanguages,
  report: Report,
): void {
  if (authority.type === "static") return;
  if (authority.type === "keyless") {
    for (const [at, identity] of authority.identities.entries()) {
      checkIdentity(identity, `${path}.keyless.identities[${at}]`, languages, report);
    }
  }
  for (const [at, { policy }] of authority.attestations.entries()) {
    checkPolicy(policy, `${path}.attestations[${at}].policy`, languages, report);
  }
}

function checkIdentity(
  identity: IdentitySpec,
  path: string,
  { pattern }: PolicyLanguages,
  report: Report,
): void {
  for (const name of ["issuer", "subject"] as const) {
    const match = identity[name];
    if (match.type === "exact") continue;
    reporting(`${path}.${name}RegExp`, report, () => pattern(match.source, false));
  }
}

function checkPolicy(
  policy: StatementPolicySpec | undefined,
  path: string,
  { cel }: PolicyLanguages,
  report: Report,
): void {
  if (policy?.language !== "cel" || policy.source.type !== "inline") return;
  const { text } = policy.source;
  reporting(`${path}.data`, report, () => cel(text));
}

function reporting(path: string, report: Report, compile: () => unknown): void {
  try {
    compile();
  } catch (caught) {
    report(path, CountersignError.from(caught).message);
  }
}
