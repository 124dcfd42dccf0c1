import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import { specPath } from "@countersign/engine/cluster/spec-path";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { faultOfSize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { maxAttachmentScopes } from "@countersign/sources/containers-config/attachment-lines";
import { parseRegistriesDFile } from "@countersign/sources/containers-config/load-registries-d";
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

/**
 * What it would not take of policies together that are right each by itself, such as too many of them, or too much for a file
 * that anybody reads.
 * @param policies whose file it is
 */
export function faultsOfFile(
  file: string,
  text: string,
  policies: readonly CompiledRule[],
  { languages }: Reading,
): readonly ResourceFault[] {
  if (!file.endsWith(".json")) return [];
  const size = faultOfSize(text);
  const faults =
    size === undefined
      ? readPolicy(Buffer.from(text), languages).faults
      : [{ path: "", message: `${size}; ${largestOf(policies)}` }];
  return faults.map(({ path, message }) => ({
    ...ofNoResource,
    message: `all policies of ${file} together are no policy: ${path === "" ? "" : `${path}: `}${message}`,
  }));
}

/** A file of registries.d that cannot be read stops every image of a node. */
export async function faultsOfAttachments(
  file: string,
  text: string | undefined,
): Promise<readonly ResourceFault[]> {
  if (text === undefined) return [];
  try {
    const { docker } = await parseRegistriesDFile({ path: file, text });
    return docker.size > maxAttachmentScopes ? [tooMany(`${docker.size} of ${maxAttachmentScopes}`)] : [];
  } catch (error) {
    return [tooMany(CountersignError.from(error).message)];
  }
}

function tooMany(message: string): ResourceFault {
  const remedy = "name what scopes are below, as quay.io/team for all of its repositories";
  return { ...ofNoResource, message: `the policies together have too many scopes: ${message}; ${remedy}` };
}

const ofNoResource = { file: "", document: 0, resource: "", place: undefined, path: "" } as const;
/** Where to begin making less of them. */
function largestOf(policies: readonly CompiledRule[]): string {
  const largest = policies.toSorted((a, b) => b.text.length - a.text.length).slice(0, 3);
  const told = largest.map(
    ({ identity, text }) => `${resourceName(identity)} (${text.length} characters compiled)`,
  );
  return `the largest: ${told.join(", ")}`;
}
