import { CountersignError } from "@countersign/engine/values/error";
import { parseNamespace } from "@countersign/gateway/policy/namespace";
import { policyFilesOnDisk } from "@countersign/gateway/policy/policy-files";
import type { UserEnvironment } from "@countersign/sources/environment";
import { findPolicyFile } from "@countersign/sources/files/policy-file";

/** Where policies are, as flags say it: one for all, and a directory of those that replace it for a namespace. */
export interface PolicyPlaces {
  readonly signaturePolicy?: string | undefined;
  readonly signaturePolicyDir?: string | undefined;
}

/** Which policy file answers, and why that one. */
export interface PolicyChoice {
  readonly file: string;
  readonly because: string;
}

/**
 * Chooses the policy file by the gateway's rule, so that a laptop and a node give the same answer: the
 * namespace's own file if there is one, else the global one.
 * @throws CountersignError USAGE, NAMESPACE_INVALID, POLICY_NOT_FOUND or POLICY_UNREADABLE
 */
export async function choosePolicy(
  places: PolicyPlaces & { readonly namespace?: string | undefined },
  environment: UserEnvironment,
): Promise<PolicyChoice> {
  const { signaturePolicyDir: directory } = places;
  const namespace = parseNamespace(places.namespace ?? "");
  if (directory === undefined || namespace === undefined) return globalPolicy(places, environment, "");
  const file = `${directory}/${namespace}.json`;
  if ((await policyFilesOnDisk.identify(file)) !== undefined) {
    return { file, because: `namespace ${namespace} has a policy of its own` };
  }
  if ((await policyFilesOnDisk.identify(directory)) === undefined) {
    throw new CountersignError("USAGE", `--signature-policy-dir ${directory}: no such directory`);
  }
  return globalPolicy(places, environment, `there is no ${file}, so the global policy holds: `);
}

async function globalPolicy(
  { signaturePolicy }: PolicyPlaces,
  environment: UserEnvironment,
  why: string,
): Promise<PolicyChoice> {
  if (signaturePolicy !== undefined) {
    return { file: signaturePolicy, because: `${why}named by --signature-policy` };
  }
  const file = await findPolicyFile(environment);
  const found =
    environment.policyFile === file
      ? "named by CONTAINERS_POLICY_JSON"
      : "the first of the containers tools' places that exists";
  return { file, because: `${why}${found}` };
}
