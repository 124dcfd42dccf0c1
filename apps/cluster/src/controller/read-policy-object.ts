import { type PolicyResource, readPolicyResource } from "@countersign/engine/cluster/parse-resource";
import { CountersignError } from "@countersign/engine/values/error";
import type { Report } from "@countersign/engine/values/strict-object";
import type { ApiObject } from "../kube/api-object.ts";
import { jsonFrom } from "../kube/json-from.ts";

/**
 * Reads a policy as it is in the API server. Only what is a policy's own is looked at: whoever may write one may also write
 * what he likes into `metadata.managedFields`, as deep as he likes. Whatever cannot be read is a fault of that one policy.
 * @returns undefined if it has faults
 */
export function readPolicyObject(object: ApiObject, report: Report): PolicyResource | undefined {
  const { name, namespace, generation } = object.metadata;
  try {
    const own = { ...object, metadata: { name, namespace, generation }, status: undefined };
    return readPolicyResource(jsonFrom(own), report);
  } catch (error) {
    report("spec", CountersignError.from(error).message);
    return undefined;
  }
}
