import { type CompiledResource, compileResource } from "@countersign/engine/cluster/compile-cluster";
import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import type { Materials } from "@countersign/engine/cluster/materials";
import type { ResourceIdentity } from "@countersign/engine/cluster/policy-resource";
import { openPart, openRule } from "@countersign/engine/cluster/published-rule";
import type { ApiObject } from "../kube/api-object.ts";
import { readPolicyObject } from "./read-policy-object.ts";

/** What became of one policy. */
export interface RuleOutcome {
  readonly object: ApiObject;
  /** what is in force; undefined: nothing, and it never was */
  readonly rule: CompiledRule | undefined;
  /** why the object as it is now is not what is in force; empty if it is */
  readonly problems: readonly string[];
  /** what of the object as it is now cannot be enforced as it says */
  readonly shortcomings: readonly Shortcoming[];
}

/** Why a compiled rule would not be taken by those who read it; undefined if it would. */
export type RuleCheck = (text: string) => string | undefined;

/**
 * The compiled policies of a cluster. One that can no longer be compiled, because it was edited to nonsense or what it
 * refers to is gone, stays in force as it was: a mistake must not let images in that nobody vouches for.
 */
export class RuleBook {
  readonly #check: RuleCheck;
  readonly #rules = new Map<string, CompiledRule>();
  #outcomes = new WeakMap<ApiObject, RuleOutcome>();
  #materials: Materials | undefined;

  constructor(check: RuleCheck) {
    this.#check = check;
  }

  /** Takes over what another one had in force. */
  adopt(rules: Iterable<CompiledRule>): void {
    for (const rule of rules) this.#rules.set(keyOfIdentity(rule.identity), rule);
    this.#outcomes = new WeakMap();
  }

  /**
   * Compiles what there is; a policy that is gone is gone. Objects are not compiled again that are the very same, as long
   * as the materials are.
   */
  update(objects: readonly ApiObject[], materials: Materials): readonly RuleOutcome[] {
    if (this.#materials !== materials) this.#outcomes = new WeakMap();
    this.#materials = materials;
    const outcomes = objects.map((object) => {
      const outcome = this.#outcomes.get(object) ?? this.#compile(object, materials);
      this.#outcomes.set(object, outcome);
      return outcome;
    });
    const present = new Set(objects.map(keyOf));
    for (const key of this.#rules.keys()) if (!present.has(key)) this.#rules.delete(key);
    return outcomes;
  }

  #compile(object: ApiObject, materials: Materials): RuleOutcome {
    const inForce = this.#rules.get(keyOf(object));
    const problems: string[] = [];
    const resource = readPolicyObject(object, (path, message) => problems.push(`${path}: ${message}`));
    if (resource === undefined || resource.type === "trustRoot")
      return { object, rule: inForce, problems, shortcomings: [] };
    const compiled = compileResource(resource satisfies CompiledResource, materials);
    const { shortcomings } = compiled;
    const refused = shortcomings.filter(({ effect }) => effect === "refuses");
    const lost = inForce === undefined ? [] : refused.filter((one) => !alreadyLacked(inForce, one.path));
    if (lost.length > 0) {
      const why = lost.map(({ path, message }) => `${path}: ${message}`);
      return { object, rule: inForce, problems: why, shortcomings };
    }
    const fault = compiled.text === inForce?.text ? undefined : this.#check(compiled.text);
    if (fault !== undefined) {
      return { object, rule: inForce ?? refusing(compiled), problems: [fault], shortcomings };
    }
    this.#rules.set(keyOf(object), compiled);
    return { object, rule: compiled, problems: [], shortcomings };
  }
}

/** The images that a rule is about, all of them refused. */
function refusing(rule: CompiledRule): CompiledRule {
  const reject = [{ type: "reject" }];
  const opened = openRule(rule.text);
  const refused =
    opened.type === "scopes"
      ? {
          transports: {
            docker: Object.fromEntries([...opened.scopes.keys()].map((scope) => [scope, reject])),
          },
        }
      : { requirements: reject };
  return { ...rule, text: JSON.stringify({ ...openPart(rule.text), ...refused }) };
}

function alreadyLacked({ shortcomings }: CompiledRule, path: string): boolean {
  return shortcomings.some((one) => one.effect === "refuses" && one.path === path);
}

/** A policy by its group, kind and name, whichever version it was read in. */
export function keyOf({ apiVersion, kind, metadata: { namespace, name } }: ApiObject): string {
  return keyOfIdentity({ apiVersion, kind, namespace, name });
}

function keyOfIdentity({ apiVersion, kind, namespace, name }: Omit<ResourceIdentity, "generation">): string {
  const [group] = apiVersion.split("/");
  return `${group} ${kind} ${namespace ?? ""}/${name}`;
}
