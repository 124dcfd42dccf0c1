import { type CompiledResource, compileResource } from "@countersign/engine/cluster/compile-cluster";
import type { CompiledRule, Shortcoming } from "@countersign/engine/cluster/compiled-rule";
import type { Materials } from "@countersign/engine/cluster/materials";
import type { ResourceIdentity } from "@countersign/engine/cluster/policy-resource";
import { isRefusal, refusalOf } from "@countersign/engine/cluster/refusal";
import { specPath } from "@countersign/engine/cluster/spec-path";
import type { ApiObject } from "../kube/api-object.ts";
import { jsonFrom } from "../kube/json-from.ts";
import { isRecord } from "../kube/parse-object.ts";
import { readPolicyObject } from "./read-policy-object.ts";

/** What became of one policy. */
export interface RuleOutcome {
  readonly object: ApiObject;
  /** what nodes are told; undefined: nothing */
  readonly rule: CompiledRule | undefined;
  readonly standing: RuleStanding;
  /** why the object as it is now is not what is in force, each with its place in it; empty if it is */
  readonly problems: readonly string[];
  /** what of the rule cannot be enforced as its edition of the policy says */
  readonly shortcomings: readonly Shortcoming[];
  /** what cannot be enforced by the gateway, or by CRI-O, alone, for what comes of it together with other policies */
  readonly gatewayShortcomings?: readonly Shortcoming[];
  readonly crioShortcomings?: readonly Shortcoming[];
  /** undefined: nodes are told of the rule; otherwise they are later, and have what is in force until then, if anything is */
  readonly waiting?: { readonly inForce: CompiledRule | undefined };
}

/** How the rule that nodes are told stands to the policy as it is now. */
export type RuleStanding =
  | "asWritten"
  /** an older version that was right, or one for which everything was there */
  | "asItWas"
  /** it never was right, and every image that it is about is refused */
  | "refusing"
  /** it never was right, and only warns or says of no image that it is about it */
  | "nothing";

/** Why a compiled rule would not be taken by those who read it; empty if it would. */
export type RuleCheck = (text: string) => readonly RuleFault[];

export interface RuleFault {
  /** in a policy file that has this rule alone */
  readonly path: string;
  readonly message: string;
}

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

  /** Takes over what another one had in force; that a policy never was right is not in force, but follows from it. */
  adopt(rules: Iterable<CompiledRule>): void {
    for (const rule of rules) if (!isRefusal(rule)) this.#rules.set(keyOfIdentity(rule.identity), rule);
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
    if (resource === undefined || resource.type === "trustRoot") return this.#withFaults(object, problems);
    const compiled = compileResource(resource satisfies CompiledResource, materials);
    const refused = compiled.shortcomings.filter(({ effect }) => effect === "refuses");
    const lost = inForce === undefined ? [] : refused.filter((one) => !alreadyLacked(inForce, one.path));
    if (lost.length > 0) return this.#withFaults(object, lost.map(placed));
    const faults = compiled.text === inForce?.text ? [] : this.#check(compiled.text);
    if (faults.length > 0) {
      const authorities = resource.type === "imagePolicy" ? resource.authorities : [];
      const inSpec = faults.map(({ path, message }) => ({ path: specPath(path, authorities), message }));
      return this.#withFaults(object, inSpec.map(placed));
    }
    this.#rules.set(keyOf(object), compiled);
    const { shortcomings } = compiled;
    return { object, rule: compiled, standing: "asWritten", problems: [], shortcomings };
  }

  /** What becomes of a policy that is not to be enforced as it is now. */
  #withFaults(object: ApiObject, problems: readonly string[]): RuleOutcome {
    const inForce = this.#rules.get(keyOf(object));
    const rule = inForce ?? this.#refusalOf(object);
    if (rule === undefined) return { object, rule, standing: "nothing", problems, shortcomings: [] };
    const { shortcomings } = rule;
    return { object, rule, standing: inForce ? "asItWas" : "refusing", problems, shortcomings };
  }

  /** Looks at nothing else of the object: whatever is wrong with it may be in the rest. */
  #refusalOf({ apiVersion, kind, metadata, spec }: ApiObject): CompiledRule | undefined {
    const { name, namespace, generation } = metadata;
    const { images, scopes, mode } = isRecord(spec) ? spec : {};
    try {
      const about = {
        ...{ apiVersion, kind, metadata: { name, namespace, generation } },
        spec: { images, scopes, mode },
      };
      const rule = refusalOf(jsonFrom(about));
      return rule === undefined || this.#check(rule.text).length > 0 ? undefined : rule;
    } catch {
      return undefined;
    }
  }
}

function placed({ path, message }: RuleFault): string {
  return `${path}: ${message}`;
}

function alreadyLacked({ shortcomings }: CompiledRule, path: string): boolean {
  return shortcomings.some((one) => one.effect === "refuses" && one.path === path);
}

/** A policy by its group, kind and name, whichever version it was read in. */
export function keyOf({ apiVersion, kind, metadata: { namespace, name } }: ApiObject): string {
  return keyOfIdentity({ apiVersion, kind, namespace, name });
}

export function keyOfIdentity({
  apiVersion,
  kind,
  namespace,
  name,
}: Omit<ResourceIdentity, "generation">): string {
  const [group] = apiVersion.split("/");
  return `${group} ${kind} ${namespace ?? ""}/${name}`;
}
