import { join } from "node:path";
import { fitting, type LookedForScopes } from "@countersign/cluster/sync/fitting-scopes";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { type CrioPolicy, composeCrioPolicy } from "@countersign/engine/cluster/compose-crio-policy";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import { attachmentScopes, composeRegistriesD } from "@countersign/engine/cluster/compose-registries-d";
import type { CrioNote } from "@countersign/engine/cluster/crio-demand";
import { composeCrioForAll } from "@countersign/engine/cluster/crio-for-all";
import { composeCrioNamespace } from "@countersign/engine/cluster/crio-namespace";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import { openRule } from "@countersign/engine/cluster/published-rule";
import { CountersignError } from "@countersign/engine/values/error";

/** The files that a gateway or CRI-O would have on a node. */
export interface NodeFiles {
  /** path below the output directory → content */
  readonly files: ReadonlyMap<string, string>;
  /** for whose scopes registries.d has no room, and what to do */
  readonly withoutRoom: readonly string[];
}

export interface CrioFiles extends NodeFiles {
  /** what CRI-O cannot be told */
  readonly notes: readonly CrioNote[];
}

export function gatewayFiles(set: PolicySet): NodeFiles {
  const files = new Map([["policy.json", composeGatewayPolicy(set.base, set.rules)]]);
  for (const [name, own] of set.namespaces) {
    if (own.length > 0)
      files.set(namespaceFile(name), composeGatewayPolicy(set.base, [...set.rules, ...own]));
  }
  const namespaces = new Map([...set.namespaces].map(([name, own]) => [name, attachmentScopes(own)]));
  const looked = { all: attachmentScopes(set.rules), namespaces };
  if ([looked.all, ...namespaces.values()].flat().length === 0) return { files, withoutRoom: [] };
  const { text, withoutRoom } = attachments(looked);
  return { files: files.set(attachmentsFile, text), withoutRoom };
}

export function crioFiles(set: PolicySet): CrioFiles {
  const shared = composeCrioForAll(set.base, set.rules);
  const files = new Map([["policy.json", shared.text]]);
  const scopes = new Map<string, readonly string[]>();
  const notes = [...shared.notes];
  for (const [name, own] of set.namespaces) {
    if (own.length === 0) continue;
    const policy = namespacePolicy(shared, set, own);
    files.set(namespaceFile(name), policy.text);
    scopes.set(name, policy.scopes);
    notes.push(...policy.notes);
  }
  const { text, withoutRoom } = attachments({ all: shared.scopes, namespaces: scopes });
  files.set(attachmentsFile, text);
  const unique = new Map(notes.map((note) => [JSON.stringify(note), note]));
  return { files, withoutRoom, notes: [...unique.values()] };
}

/** As `sync` has it on a node where no other file of registries.d speaks of these scopes. */
function attachments(looked: LookedForScopes): { readonly text: string } & Pick<NodeFiles, "withoutRoom"> {
  try {
    const { kept, leftOut } = fitting(looked, new Set());
    const told = [...leftOut].map(([name, why]) => `nodes refuse all images of namespace ${name}: ${why}`);
    return { text: composeRegistriesD(kept), withoutRoom: told };
  } catch (caught) {
    return { text: "", withoutRoom: [CountersignError.from(caught).message] };
  }
}

/** As a node has it: whatever comes to too much refuses the namespace's images, and nobody else's. */
function namespacePolicy(shared: CrioPolicy, { base, rules }: PolicySet, own: readonly string[]): CrioPolicy {
  try {
    return composeCrioNamespace(shared, base, rules, own);
  } catch (caught) {
    const { message } = CountersignError.from(caught);
    const told = `${message}: until then every image of the namespace is refused`;
    const notes = own.map((text) => ({
      rule: openRule(text).name,
      effect: "refuses" as const,
      message: told,
    }));
    return { ...composeCrioPolicy(denyAll, []), notes };
  }
}

const denyAll = JSON.stringify({ default: [{ type: "reject" }] });

/** Those that a file is composed of. */
export function policiesOf(file: string, rules: readonly CompiledRule[]): readonly CompiledRule[] {
  return rules.filter(
    ({ identity: { namespace } }) => namespace === undefined || namespaceFile(namespace) === file,
  );
}

/** The policy file that holds where a policy does. */
export function fileOf({ identity }: CompiledRule, files: ReadonlyMap<string, string>): string {
  const { namespace } = identity;
  return files.get(namespace === undefined ? "policy.json" : namespaceFile(namespace)) ?? "{}";
}

export const attachmentsFile = join("registries.d", "countersign.yaml");

function namespaceFile(name: string): string {
  return join("policies", `${name}.json`);
}
