import { type PolicyResource, readPolicyResource } from "@countersign/engine/cluster/parse-resource";
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
 * file for nodes is compiled, and not even then if what stands beside them is missing in the cluster at that time. They
 * are looked at whatever else is wrong with the resource, so that all of it is told at once.
 */
export function readPolicyStrictly(json: Json, languages: PolicyLanguages): PolicyResourceReading {
  const faults: PolicyResourceFault[] = [];
  const report: Report = (path, message) => {
    faults.push({ path, message });
  };
  const resource = readPolicyResource(json, report);
  for (const [at, authority] of itemsOf(memberOf(memberOf(json, "spec"), "authorities")).entries()) {
    checkAuthority(authority, `spec.authorities[${at}]`, languages, report);
  }
  return resource === undefined || faults.length > 0
    ? { resource: undefined, faults }
    : { resource, faults: [] };
}

function checkAuthority(
  authority: Json,
  path: string,
  { pattern, cel }: PolicyLanguages,
  report: Report,
): void {
  for (const [at, identity] of itemsOf(memberOf(memberOf(authority, "keyless"), "identities")).entries()) {
    for (const name of ["issuerRegExp", "subjectRegExp"]) {
      const place = `${path}.keyless.identities[${at}].${name}`;
      checkText(memberOf(identity, name), place, report, (source) => pattern(source, false));
    }
  }
  for (const [at, attestation] of itemsOf(memberOf(authority, "attestations")).entries()) {
    const policy = memberOf(attestation, "policy");
    const type = memberOf(policy, "type");
    if (type?.kind !== "string" || type.value !== "cel") continue;
    checkText(memberOf(policy, "data"), `${path}.attestations[${at}].policy.data`, report, cel);
  }
}

/** `""` is not given, and what is no text its reader has told. */
function checkText(
  json: Json | undefined,
  path: string,
  report: Report,
  compile: (text: string) => unknown,
): void {
  if (json?.kind !== "string" || json.value === "") return;
  try {
    compile(json.value);
  } catch (caught) {
    report(path, CountersignError.from(caught).message);
  }
}

function memberOf(json: Json | undefined, name: string): Json | undefined {
  return json?.kind === "object" ? json.members.find(([each]) => each === name)?.[1] : undefined;
}

function itemsOf(json: Json | undefined): readonly Json[] {
  return json?.kind === "array" ? json.items : [];
}
