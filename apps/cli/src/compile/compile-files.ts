import { clusterMaterials } from "@countersign/cluster/controller/cluster-materials";
import { ClusterObjects } from "@countersign/cluster/controller/cluster-objects";
import { trustRoots } from "@countersign/cluster/controller/policy-kinds";
import { repositoryRoots } from "@countersign/cluster/controller/repository-roots";
import { configMaps, namespaces, secrets } from "@countersign/cluster/kube/api-kind";
import type { ApiObject } from "@countersign/cluster/kube/api-object";
import { compileResource, type NoMatch, policySet } from "@countersign/engine/cluster/compile-cluster";
import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import type { CrioNote } from "@countersign/engine/cluster/crio-demand";
import { leftOutLogs } from "@countersign/engine/cluster/left-out-logs";
import type { Material, Materials, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import { excessOf, overfullNamespaces } from "@countersign/engine/cluster/namespace-budget";
import type { PolicyLanguages } from "@countersign/engine/policy/extension/policy-languages";
import { systemTiming } from "@countersign/sources/timing";
import { compileHints } from "./compile-hints.ts";
import { faultsOfAttachments, faultsOfFile, faultsOfRule } from "./compiled-faults.ts";
import { crioFiles, fileOf, gatewayFiles, policiesOf } from "./node-files.ts";
import { crioOutcome, gatewayOutcome, type Outcome } from "./policy-outcome.ts";
import type { PlacedPolicy } from "./read-resources.ts";
import type { ReferredObject } from "./referred-object.ts";
import type { ResourceFault } from "./resource-fault.ts";

export type CompileTarget = "gateway" | "crio";

export interface Compilation {
  readonly policies: readonly CompiledPolicy[];
  /** path below the output directory → content */
  readonly files: ReadonlyMap<string, string>;
  /** what CRI-O cannot be told */
  readonly notes: readonly CrioNote[];
  /** what is written, and hardly meant */
  readonly hints: readonly string[];
}

export interface CompiledPolicy {
  readonly rule: CompiledRule;
  readonly outcome: Outcome;
  /** the rule's, each with its place in a file */
  readonly shortcomings: readonly PlacedShortcoming[];
}

export interface PlacedShortcoming extends Shortcoming, Pick<ResourceFault, "file" | "place"> {}

/** What compiling needs besides the policies. */
export interface CompileContext {
  readonly objects: readonly ReferredObject[];
  /** the controller's namespace, in which Secrets and ConfigMaps are looked for */
  readonly namespace: string;
  readonly publicRoot: Material<TrustedRootMaterial>;
  readonly noMatch: NoMatch;
  readonly languages: PolicyLanguages;
}

/** Compiles policies to the files that a node would have, or says what of them no node would take. */
export async function compileFiles(
  policies: readonly PlacedPolicy[],
  target: CompileTarget,
  context: CompileContext,
): Promise<Compilation | readonly ResourceFault[]> {
  const repositories = repositoryRoots(systemTiming);
  const materials = clusterMaterials(objectsOf(context), context.namespace, {
    publicRoot: context.publicRoot,
    kmsKey: (uri) => ({
      type: "missing",
      why: `${uri}: no KMS is asked here; export the public key, and give it as data`,
    }),
    remoteText: (url) => ({ type: "missing", why: `${url} is not fetched here; give the policy as data` }),
    repositoryRoot: (name, spec) => repositories.find(name, spec),
  });
  const compile = () => policies.map(({ resource }) => compileResource(resource, materials));
  const first = compile();
  // what TrustRoots carry with them takes time to be verified
  const compiled = (await repositories.settle()) ? compile() : first;
  const faults = policies.flatMap((policy, at) => faultsOfRule(policy, compiled[at]?.text ?? "", context));
  if (faults.length > 0) return faults;
  const rules = withExcess(compiled);
  const named = policies.flatMap(({ resource }) => resource.identity.namespace ?? []);
  const known = context.objects.filter(({ kind }) => kind === "Namespace").map((one) => metadataOf(one).name);
  const set = policySet(rules, new Set([...known, ...named]), context.noMatch);
  const gateway = gatewayFiles(set);
  // also for CRI-O: whatever cannot be parsed is no policy, whoever enforces it
  const together = [
    ...[...gateway.files].flatMap(([file, text]) =>
      faultsOfFile(file, text, policiesOf(file, rules), context),
    ),
    ...(await faultsOfAttachments(gateway)),
  ];
  if (together.length > 0) return together;
  const hints = [
    ...compileHints(
      policies.map(({ resource }) => resource),
      context.noMatch,
    ),
    ...trustRootHints(context, materials),
  ];
  const told = (outcomeOf: (rule: CompiledRule) => Outcome) =>
    rules.map((rule, at) => ({
      rule,
      outcome: outcomeOf(rule),
      shortcomings: placedShortcomings(rule, policies[at]),
    }));
  if (target === "gateway") {
    return { policies: told(gatewayOutcome), files: gateway.files, notes: [], hints };
  }
  const crio = crioFiles(set);
  const { files, notes } = crio;
  const unread = await faultsOfAttachments(crio);
  if (unread.length > 0) return unread;
  const outcome = (rule: CompiledRule) => crioOutcome(rule, notes, fileOf(rule, files));
  return { policies: told(outcome), files, notes, hints };
}

/** Of logs that TrustRoots name in vain. */
function trustRootHints({ objects }: CompileContext, materials: Materials): readonly string[] {
  const names = objects.filter(({ kind }) => kind === "TrustRoot").map((one) => metadataOf(one).name);
  return names.flatMap((name) => {
    const material = materials.trustRoot(name);
    const told = material.type === "found" ? leftOutLogs(material.value) : [];
    return told.map((text) => `TrustRoot ${name}: ${text}`);
  });
}

function placedShortcomings(
  { shortcomings }: CompiledRule,
  policy: PlacedPolicy | undefined,
): readonly PlacedShortcoming[] {
  return shortcomings.map((one) => {
    const { file = "", place } = policy?.faultAt(one.path, one.message) ?? {};
    return { ...one, file, place };
  });
}

/** Tells policies of a namespace that has more of them than are enforced. */
function withExcess(rules: readonly CompiledRule[]): readonly CompiledRule[] {
  const overfull = overfullNamespaces(rules);
  return rules.map((rule) => ({
    ...rule,
    shortcomings: [...excessOf(overfull, rule.identity.namespace), ...rule.shortcomings],
  }));
}

function objectsOf({ objects, namespace }: CompileContext): ClusterObjects {
  const known = new ClusterObjects();
  const kinds = { Secret: secrets, ConfigMap: configMaps, Namespace: namespaces, TrustRoot: trustRoots };
  for (const [kind, apiKind] of Object.entries(kinds)) {
    const ofKind = objects
      .filter((one) => one["kind"] === kind)
      .map((one) => placed(one, apiKind.scope, namespace));
    known.apply(apiKind, { type: "listed", objects: ofKind });
  }
  return known;
}

/** An object in a file may leave its namespace to whoever applies it. */
function placed(object: ReferredObject, scope: "Cluster" | "Namespaced", namespace: string): ApiObject {
  const metadata = metadataOf(object);
  return { ...object, metadata: scope === "Namespaced" ? { namespace, ...metadata } : metadata } as ApiObject;
}

function metadataOf(object: ReferredObject): { readonly name: string } {
  return object["metadata"] as { readonly name: string };
}
