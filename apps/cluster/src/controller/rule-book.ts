import { type CompiledResource, compileResource } from "@countersign/engine/cluster/compile-cluster";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import type { Materials } from "@countersign/engine/cluster/materials";
import { readPolicyResource } from "@countersign/engine/cluster/parse-resource";
import type { ApiObject } from "../kube/api-object.ts";
import { jsonFrom } from "../kube/json-from.ts";

/** What became of one policy. */
export interface RuleOutcome {
  readonly object: ApiObject;
  /** what is in force; undefined: nothing, and it never was */
  readonly rule: CompiledRule | undefined;
  /** why the object as it is now is not what is in force; empty if it is */
  readonly problems: readonly string[];
}

/**
 * The compiled policies of a cluster. One that can no longer be compiled, because it was edited to nonsense or what it
 * refers to is gone, stays in force as it was: a mistake must not let images in that nobody vouches for.
 */
export class RuleBook {
  readonly #rules = new Map<string, CompiledRule>();
  #outcomes = new WeakMap<ApiObject, RuleOutcome>();
  #materials: Materials | undefined;

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
    const key = keyOf(object);
    const inForce = this.#rules.get(key);
    const problems: string[] = [];
    const resource = readPolicyResource(jsonFrom(object), (path, message) =>
      problems.push(`${path}: ${message}`),
    );
    if (resource === undefined || resource.type === "trustRoot") return { object, rule: inForce, problems };
    const compiled = compileResource(resource satisfies CompiledResource, materials);
    const refused = compiled.shortcomings.filter(({ effect }) => effect === "refuses");
    const lost = inForce === undefined ? [] : refused.filter((one) => !alreadyLacked(inForce, one.path));
    if (lost.length > 0) {
      return { object, rule: inForce, problems: lost.map(({ path, message }) => `${path}: ${message}`) };
    }
    this.#rules.set(key, compiled);
    return { object, rule: compiled, problems: [] };
  }
}

function alreadyLacked({ shortcomings }: CompiledRule, path: string): boolean {
  return shortcomings.some((one) => one.effect === "refuses" && one.path === path);
}

function keyOf({ apiVersion, kind, metadata: { namespace, name } }: ApiObject): string {
  const [group] = apiVersion.split("/");
  return `${group} ${kind} ${namespace ?? ""}/${name}`;
}
