import type { Policy } from "@countersign/engine/policy/policy";
import { CountersignError } from "@countersign/engine/values/error";
import type { Namespace } from "@countersign/gateway/policy/namespace";
import type { PolicyPlaces } from "../commands/policy-choice.ts";
import { namespaceFiles } from "../namespace-policies.ts";
import type { PolicyOf } from "../policies-in-force.ts";

/** All policies that are in force. */
export interface PoliciesOverview {
  readonly policies: readonly PolicyEntry[];
  /** files in the directory of namespaces that are nobody's policy */
  readonly neverRead: readonly string[];
}

export interface PolicyEntry {
  /** undefined: every namespace without a policy of its own */
  readonly namespace: Namespace | undefined;
  readonly file: string | undefined;
  readonly policy: Policy | undefined;
  /** why it is not in force, although it is there or should be; images are refused then */
  readonly fault: CountersignError | undefined;
}

/** @throws CountersignError POLICY_UNREADABLE when the directory of namespaces cannot be listed */
export async function policiesOverview(places: PolicyPlaces, policyOf: PolicyOf): Promise<PoliciesOverview> {
  const directory = places.signaturePolicyDir;
  const { namespaces, neverRead } =
    directory === undefined ? { namespaces: [], neverRead: [] } : await namespaceFiles(directory);
  const policies = [undefined, ...namespaces].map((namespace) => entry(namespace, places, policyOf));
  return { policies: await Promise.all(policies), neverRead };
}

async function entry(
  namespace: Namespace | undefined,
  { signaturePolicy, signaturePolicyDir }: PolicyPlaces,
  policyOf: PolicyOf,
): Promise<PolicyEntry> {
  try {
    const { file, policy } = await policyOf(namespace);
    return { namespace, file, policy, fault: undefined };
  } catch (caught) {
    const file = namespace === undefined ? signaturePolicy : `${signaturePolicyDir}/${namespace}.json`;
    return { namespace, file, policy: undefined, fault: CountersignError.from(caught) };
  }
}
