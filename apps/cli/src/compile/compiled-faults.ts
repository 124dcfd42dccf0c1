import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import { specPath } from "@countersign/engine/cluster/spec-path";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { readPolicy } from "@countersign/engine/policy/parse-policy";
import { faultOfSize } from "@countersign/engine/policy/policy-size";
import { CountersignError } from "@countersign/engine/values/error";
import { parseRegistriesDFile } from "@countersign/sources/containers-config/load-registries-d";
import { attachmentsFile, type NodeFiles } from "./node-files.ts";
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

/** Whoever has no room in the file of registries.d has all images refused; one that cannot be read stops every image of a node. */
export async function faultsOfAttachments({
  files,
  withoutRoom,
}: NodeFiles): Promise<readonly ResourceFault[]> {
  const text = files.get(attachmentsFile);
  if (text === undefined) return [];
  if (withoutRoom.length > 0) return withoutRoom.slice(0, mostTold).map(ofAttachments);
  try {
    await parseRegistriesDFile({ path: attachmentsFile, text });
    return [];
  } catch (error) {
    return [ofAttachments(CountersignError.from(error).message)];
  }
}

/** Whoever makes some of them fewer is told of the others. */
const mostTold = 20;

function ofAttachments(message: string): ResourceFault {
  return { ...ofNoResource, message: `${attachmentsFile}: ${message}` };
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
