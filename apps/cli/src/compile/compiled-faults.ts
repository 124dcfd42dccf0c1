import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { specPath } from "@countersign/engine/cluster/spec-path";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import type { PlacedPolicy } from "./read-resources.ts";
import type { ResourceFault } from "./resource-fault.ts";

interface Reading {
  readonly languages: PolicyLanguages;
}

const denyAll = JSON.stringify({ default: [{ type: "reject" }] });

/**
 * What a node would not take of one policy's rule, told of the resource: a text from a ConfigMap may be no CEL, and what a
 * resource may say a policy file may not.
 * @param rule as it was compiled
 */
export function faultsOfRule(
  { resource, faultAt }: PlacedPolicy,
  rule: string,
  { languages }: Reading,
): readonly ResourceFault[] {
  const { faults } = readPolicy(Buffer.from(composeGatewayPolicy(denyAll, [rule])), languages);
  const authorities = resource.type === "imagePolicy" ? resource.authorities : [];
  return faults.map(({ path, message }) => faultAt(specPath(path, authorities), message));
}

/** What it would not take of policies together that are right each by itself, such as too many of them. */
export function faultsOfFile(file: string, text: string, { languages }: Reading): readonly ResourceFault[] {
  if (!file.endsWith(".json")) return [];
  return readPolicy(Buffer.from(text), languages).faults.map(({ path, message }) => ({
    ...{ file: "", document: 0, resource: "", place: undefined, path: "" },
    message: `all policies of ${file} together are no policy: ${path === "" ? "" : `${path}: `}${message}`,
  }));
}
