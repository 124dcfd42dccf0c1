import { stat } from "node:fs/promises";
import { join, relative } from "node:path";
import { CountersignError } from "@countersign/engine/values/error";
import type { Namespace } from "@countersign/gateway/policy/namespace";
import type { UserEnvironment } from "@countersign/sources/environment";
import { isMissing, systemErrorText } from "@countersign/sources/system-error";
import type { PolicyPlaces } from "../commands/policy-choice.ts";
import { namespaceFiles } from "../namespace-policies.ts";
import { type ChosenPolicy, policiesInForce } from "../policies-in-force.ts";

/** The policies of one side; undefined where nothing says which one holds. */
export type PolicySide = (namespace: Namespace | undefined) => Promise<ChosenPolicy | undefined>;

/** What is compared: the policies before a change and after it. */
export interface PolicyPair {
  readonly before: PolicySide;
  readonly after: PolicySide;
  /** that have a policy of their own on either side */
  readonly namespaces: readonly Namespace[];
  /** where a file or directory of the new side is on the old one: in a repository beside the policies, else the same */
  readonly beforeChange: (path: string) => string;
}

/**
 * Two files are two global policies, two directories those of namespaces; the other half is the same on both sides, as
 * `same` names it. Directories with `policy.json` or `policies` in them are repositories: the one is the global policy,
 * the other holds those of namespaces. (So a namespace called `policy` is compared by its files.)
 * @throws CountersignError USAGE, POLICY_NOT_FOUND or POLICY_UNREADABLE
 */
export async function policyPair(
  before: string,
  after: string,
  same: PolicyPlaces,
  environment: UserEnvironment,
): Promise<PolicyPair> {
  const { sides, isRepository } = await placesOf(before, after, same);
  const old = await openSide(sides[0], environment);
  const now = await openSide(sides[1], environment);
  const namespaces = [...new Set([...old.namespaces, ...now.namespaces])].sort();
  const beforeChange = (path: string): string => {
    const within = relative(after, path);
    return isRepository && !/^\.\.(?:\/|$)/.test(within) ? join(before, within) : path;
  };
  return { before: old.policyOf, after: now.policyOf, namespaces, beforeChange };
}

interface Places {
  readonly sides: readonly [PolicyPlaces, PolicyPlaces];
  readonly isRepository: boolean;
}

async function placesOf(before: string, after: string, same: PolicyPlaces): Promise<Places> {
  const { signaturePolicy, signaturePolicyDir } = same;
  const [kind, other] = await Promise.all([kindOf(before), kindOf(after)]);
  if (kind !== other) {
    throw usage(`compare two files or two directories: ${before} is a ${kind}, ${after} a ${other}`);
  }
  if (kind === "file") {
    if (signaturePolicy !== undefined)
      throw usage("--signature-policy: the policies are the two that are compared");
    const side = (file: string) => ({ signaturePolicy: file, signaturePolicyDir });
    return { sides: [side(before), side(after)], isRepository: false };
  }
  const marks = [before, after].flatMap((side) => [join(side, "policy.json"), join(side, "policies")]);
  const isRepository = (await Promise.all(marks.map(isThere))).includes(true);
  if (signaturePolicyDir !== undefined || (isRepository && signaturePolicy !== undefined)) {
    throw usage("the directories that are compared say where policies are: leave the other flags out");
  }
  if (isRepository) return { sides: [await repository(before), await repository(after)], isRepository };
  const side = (directory: string) => ({ signaturePolicy, signaturePolicyDir: directory });
  return { sides: [side(before), side(after)], isRepository };
}

async function repository(directory: string): Promise<PolicyPlaces> {
  const [file, policies] = [join(directory, "policy.json"), join(directory, "policies")];
  return {
    signaturePolicy: (await isThere(file)) ? file : undefined,
    signaturePolicyDir: (await isThere(policies)) ? policies : undefined,
  };
}

async function openSide(places: PolicyPlaces, environment: UserEnvironment) {
  const { signaturePolicy, signaturePolicyDir } = places;
  const chosen = policiesInForce(places, environment);
  const namespaces =
    signaturePolicyDir === undefined ? [] : (await namespaceFiles(signaturePolicyDir)).namespaces;
  const policyOf: PolicySide = async (namespace) => {
    const isOwn = namespace !== undefined && namespaces.includes(namespace);
    // which policy holds for the others, this machine's own configuration is not asked
    return isOwn || signaturePolicy !== undefined ? await chosen(namespace) : undefined;
  };
  return { namespaces, policyOf };
}

async function kindOf(path: string): Promise<"file" | "directory"> {
  try {
    return (await stat(path)).isDirectory() ? "directory" : "file";
  } catch (error) {
    const code = isMissing(error) ? "POLICY_NOT_FOUND" : "POLICY_UNREADABLE";
    throw new CountersignError(code, `open ${path}: ${systemErrorText(error)}`);
  }
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw new CountersignError("POLICY_UNREADABLE", `stat ${path}: ${systemErrorText(error)}`);
  }
}

function usage(message: string): CountersignError {
  return new CountersignError("USAGE", message);
}
