import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import type { Materials } from "@countersign/engine/cluster/materials";
import { selectsLabels } from "@countersign/engine/cluster/object-match";
import type { ObjectMatch } from "@countersign/engine/cluster/policy-resource";
import { type Digest, digestOf } from "@countersign/engine/values/digest";
import { readPolicyObject } from "../../controller/read-policy-object.ts";
import { keyOf, RuleBook, type RuleCheck } from "../../controller/rule-book.ts";
import type { ApiObject } from "../../kube/api-object.ts";
import { isRecord } from "../../kube/parse-object.ts";
import type { ObjectInQuestion } from "./policy-question.ts";

/** A policy's rule, and the objects that it is for. */
export interface MatchingRule {
  readonly rule: CompiledRule;
  /** of the rule's text */
  readonly digest: Digest;
  holdsFor(object: ObjectInQuestion): boolean;
}

/**
 * Compiles policies as the controller does, and keeps them in force as it does; but what objects a policy is for is left
 * out of the rule and asked here, where the object is known.
 */
export class MatchingRules {
  readonly #book: RuleBook;
  readonly #unlimited = new WeakMap<ApiObject, ApiObject>();
  readonly #matches = new Map<string, readonly ObjectMatch[]>();
  readonly #digests = new WeakMap<CompiledRule, Digest>();

  constructor(check: RuleCheck) {
    this.#book = new RuleBook(check);
  }

  /** Takes over what controllers have in force: a policy that broke before this process began stays as it was here too. */
  adopt(rules: Iterable<CompiledRule>): void {
    this.#book.adopt(rules);
  }

  update(objects: readonly ApiObject[], materials: Materials): readonly MatchingRule[] {
    const outcomes = this.#book.update(
      objects.map((object) => this.#withoutMatch(object)),
      materials,
    );
    const keys = objects.map(keyOf);
    const present = new Set(keys);
    for (const key of this.#matches.keys()) if (!present.has(key)) this.#matches.delete(key);
    return outcomes.flatMap(({ rule }, at): readonly MatchingRule[] => {
      if (rule === undefined) return [];
      const match = this.#matches.get(keys[at] ?? "") ?? [];
      const { namespace } = rule.identity;
      const holdsFor = (object: ObjectInQuestion) =>
        (namespace === undefined || namespace === object.namespace) &&
        (match.length === 0 || match.some((one) => describes(one, object)));
      return [{ rule, digest: this.#digestOf(rule), holdsFor }];
    });
  }

  #withoutMatch(object: ApiObject): ApiObject {
    const known = this.#unlimited.get(object);
    if (known !== undefined) return known;
    const read = readPolicyObject(object, () => {});
    // of one that can no longer be read the objects it was for stay those it is for
    if (read?.type === "imagePolicy") this.#matches.set(keyOf(object), read.match);
    const spec = isRecord(object.spec) ? { ...object.spec } : undefined;
    // what is broken in `match` must still be found to be broken
    if (read !== undefined) delete spec?.["match"];
    const unlimited = { ...object, ...(spec && { spec }) };
    this.#unlimited.set(object, unlimited);
    return unlimited;
  }

  #digestOf(rule: CompiledRule): Digest {
    const digest = this.#digests.get(rule) ?? digestOf(Buffer.from(rule.text));
    this.#digests.set(rule, digest);
    return digest;
  }
}

/**
 * All three must be equal, and only a version can be any: an entry that leaves one out describes nothing outside the core
 * group. Taken as upstream takes it, for a policy that held for more objects could let in more.
 * Source: policy-controller pkg/apis/config/image_policies.go, GetMatchingPolicies.
 */
function describes(match: ObjectMatch, { resource, labels }: ObjectInQuestion): boolean {
  if (match.resource !== resource.resource || match.group !== resource.group) return false;
  if (match.version !== "*" && match.version !== resource.version) return false;
  return match.selector === undefined || selectsLabels(match.selector, labels);
}
