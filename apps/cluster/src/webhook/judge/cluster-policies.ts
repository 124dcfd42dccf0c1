import {
  type CompiledResource,
  compileResource,
  type NoMatch,
  policySet,
} from "@countersign/engine/cluster/compile-cluster";
import type { CompiledRule } from "@countersign/engine/cluster/compiled-rule";
import { composeGatewayPolicy } from "@countersign/engine/cluster/compose-gateway-policy";
import type { Materials } from "@countersign/engine/cluster/materials";
import type { Policy } from "@countersign/engine/policy/policy";
import { CountersignError } from "@countersign/engine/values/error";
import { parsePolicy } from "@countersign/sources/policy-languages/read-policy";
import { BoundedCache } from "@countersign/sources/serving/bounded-cache";
import { clusterMaterials, type FetchedMaterials } from "../../controller/cluster-materials.ts";
import type { ClusterObjects } from "../../controller/cluster-objects.ts";
import {
  clusterImagePolicies,
  imagePolicies,
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
  trustRoots,
} from "../../controller/policy-kinds.ts";
import type { RepositoryRoots } from "../../controller/repository-roots.ts";
import type { RuleCheck } from "../../controller/rule-book.ts";
import { publishedRules } from "../../controller/rules-in-force.ts";
import { type ApiKind, configMaps, secrets } from "../../kube/api-kind.ts";
import { type MatchingRule, MatchingRules } from "./matching-rules.ts";
import type { ObjectInQuestion, PoliciesInForce } from "./policy-question.ts";

/** What is followed: policies, and what they may refer to in the system's namespace. */
export const followedKinds: readonly ApiKind[] = [
  clusterImagePolicies,
  imagePolicies,
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
  trustRoots,
  secrets,
  configMaps,
];

/** Where they are not installed there is none of them. */
export const optionalKinds: ReadonlySet<ApiKind> = new Set([
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
]);

const policyKinds = followedKinds.slice(0, 4);
/** Kinds that policies refer to. */
const materialKinds: ReadonlySet<ApiKind> = new Set([trustRoots, secrets, configMaps]);

export interface ClusterPoliciesParts {
  readonly objects: ClusterObjects;
  /** where Secrets and ConfigMaps are that policies refer to */
  readonly systemNamespace: string;
  readonly fetched: Omit<FetchedMaterials, "repositoryRoot">;
  readonly repositories: RepositoryRoots;
  readonly noMatch: NoMatch;
  readonly check: RuleCheck;
}

/** How many compositions are kept: namespaces and kinds of objects that policies tell apart. */
const maxCompositions = 512;

/**
 * The cluster's policies for one object at a time. Unlike a node, admission sees what is submitted: a policy for some
 * objects holds for those, and is not asked for others.
 */
export class ClusterPolicies implements PoliciesInForce {
  readonly #parts: ClusterPoliciesParts;
  readonly #rules: MatchingRules;
  readonly #compositions = new BoundedCache<string, Promise<Policy>>(maxCompositions);
  #current: readonly MatchingRule[] | undefined;
  #materials: Materials | undefined;
  #hasAdopted = false;

  constructor(parts: ClusterPoliciesParts) {
    this.#parts = parts;
    this.#rules = new MatchingRules(parts.check);
  }

  /** Some object of a kind is another now. */
  changed(kind: ApiKind): void {
    this.#current = undefined;
    if (materialKinds.has(kind)) this.#materials = undefined;
  }

  /** Kinds of which it is not known yet what there is. */
  get unknown(): readonly string[] {
    return followedKinds.filter((kind) => !this.#parts.objects.knows(kind)).map(({ plural }) => plural);
  }

  async policyFor(object: ObjectInQuestion): Promise<Policy> {
    const { unknown } = this;
    if (unknown.length > 0) {
      const missing = unknown.join(", ");
      throw new CountersignError(
        "POLICIES_UNKNOWN",
        `the API server has not told all policies yet (${missing}); try again, and see the webhook's log if this lasts`,
      );
    }
    const rules = (await this.#rulesNow()).filter((rule) => rule.holdsFor(object));
    const key = rules.map(({ digest }) => digest).join(" ");
    const known = this.#compositions.get(key) ?? this.#compose(rules);
    this.#compositions.set(key, known);
    return await known;
  }

  /** What would become of a policy if it were in the cluster: its rule, and what that says of images if it were alone. */
  async preview(
    resource: CompiledResource,
  ): Promise<{ readonly rule: CompiledRule; readonly policy: Policy }> {
    const rule = await this.#settled(() => compileResource(resource, this.#materialsNow()));
    const file = composeGatewayPolicy('{"default":[{"type":"insecureAcceptAnything"}]}', [rule.text]);
    return { rule, policy: await parsePolicy(Buffer.from(file), "the policy") };
  }

  #materialsNow(): Materials {
    const { objects, systemNamespace, fetched, repositories } = this.#parts;
    this.#materials ??= clusterMaterials(objects, systemNamespace, {
      ...fetched,
      repositoryRoot: (name, spec) => repositories.find(name, spec),
    });
    return this.#materials;
  }

  async #rulesNow(): Promise<readonly MatchingRule[]> {
    const { objects, systemNamespace } = this.#parts;
    if (!this.#hasAdopted) this.#rules.adopt(publishedRules(objects, systemNamespace));
    this.#hasAdopted = true;
    return await this.#settled(() => {
      this.#current ??= this.#rules.update(
        policyKinds.flatMap((kind) => objects.all(kind)),
        this.#materialsNow(),
      );
      return this.#current;
    });
  }

  /** What TrustRoots carry with them is here, and only has to be verified: no answer is given before it is. */
  async #settled<T>(compile: () => T): Promise<T> {
    const first = compile();
    if (!this.#parts.repositories.isAwaited) return first;
    await this.#parts.repositories.settle();
    this.changed(trustRoots);
    return compile();
  }

  async #compose(rules: readonly MatchingRule[]): Promise<Policy> {
    const {
      base,
      rules: shared,
      namespaces,
    } = policySet(
      rules.map(({ rule }) => rule),
      rules.flatMap(({ rule }) => rule.identity.namespace ?? []),
      this.#parts.noMatch,
    );
    const file = composeGatewayPolicy(base, [...shared, ...[...namespaces.values()].flat()]);
    return await parsePolicy(Buffer.from(file), "the cluster's policies");
  }
}
