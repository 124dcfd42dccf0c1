import { type NoMatch, policySet } from "@countersign/engine/cluster/compile-cluster";
import type { Material, Materials, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import type { PolicySet } from "@countersign/engine/cluster/publication";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import type { Timing } from "@countersign/sources/timing";
import { leases, namespaces } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { indexName } from "../sync/published-objects.ts";
import { clusterMaterials } from "./cluster-materials.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { policyKinds } from "./cluster-view.ts";
import { problemsAndConsequence } from "./consequence.ts";
import { crioLimits, noCrioLimits } from "./crio-limits.ts";
import type { ExternalTexts } from "./external-materials.ts";
import { namespacePace } from "./namespace-pace.ts";
import { type NodeCensus, nodeCensus } from "./node-census.ts";
import { policyHistory } from "./policy-history.ts";
import { type Published, publisher } from "./publisher.ts";
import { remoteKey } from "./remote-text.ts";
import type { RepositoryRoots } from "./repository-roots.ts";
import { keyOf, RuleBook, type RuleOutcome } from "./rule-book.ts";
import type { PublicationChecks } from "./rule-check.ts";
import { rulePublisher, Unpublishable } from "./rule-publisher.ts";
import { policyTeller } from "./tell-policies.ts";
import { withExcess } from "./with-excess.ts";
import { withWaiting } from "./with-waiting.ts";

export interface ClusterPassParts {
  /** to which only a leader writes */
  readonly server: ApiServer;
  readonly namespace: string;
  readonly objects: ClusterObjects;
  readonly noMatch: NoMatch;
  readonly publicRoot: Material<TrustedRootMaterial>;
  readonly kmsKeys: ExternalTexts;
  readonly remoteTexts: ExternalTexts;
  readonly repositories: RepositoryRoots;
  readonly checks: PublicationChecks;
  /** a clock that nobody sets */
  readonly timing: Pick<Timing, "now">;
  /** milliseconds since the epoch */
  readonly wall: () => number;
}

/** What a leader does again and again: policies to a publication, and what became of it to the policies. */
export interface ClusterPass {
  /**
   * Compiles and publishes, then tells. Can be broken off anywhere: whoever does it next ends what was begun.
   * @throws ApiFailure
   */
  run(signal: AbortSignal): Promise<PassOutcome>;
  /** Tells alone how far nodes are. */
  tell(signal: AbortSignal): Promise<PassOutcome>;
  /** What policies refer to may be other than at the last look. */
  materialsChanged(): void;
  /** What is published may be other than this one knows. */
  lookAgain(): void;
  /** An object of the publication was removed by somebody else. */
  lost(name: string): void;
  /** when something may be published that has to wait, by the clock; undefined: nothing waits */
  readonly dueAt: number | undefined;
}

export interface PassOutcome {
  readonly policies: number;
  /** policies that are not in force as they are written */
  readonly problems: readonly PolicyProblem[];
  readonly published: Published | undefined;
  /** why nothing could be published; undefined if it was */
  readonly refusal: string | undefined;
  /** namespaces whose policies change so often that nodes are told of them later */
  readonly delayed: readonly string[];
  /** namespaces all of whose images are refused everywhere or on some nodes, as their policies are too much, and why */
  readonly refused: ReadonlyMap<string, string>;
  /** why nodes for CRI-O take nothing newer; undefined: they do, or there are none */
  readonly crioRefusal: string | undefined;
  readonly census: NodeCensus;
  /** how many policies were told something new */
  readonly told: number;
}

export interface PolicyProblem {
  /** `ImagePolicy shop/signed` */
  readonly policy: string;
  /** what is wrong with it, and what comes of that */
  readonly reason: string;
}

/** Nodes tell what they have about as often as this; a second. */
const reportsPerSecond = 50;
const longestSpread = 300;

export function clusterPass(parts: ClusterPassParts): ClusterPass {
  const { server, namespace, objects, noMatch, wall } = parts;
  const census = () => nodeCensus(objects.all(leases), wall());
  const reportWithin = () =>
    Math.min(Math.max(Math.ceil(census().reporting / reportsPerSecond), 1), longestSpread);
  const publishing = publisher(server, namespace, { now: wall }, reportWithin);
  const rulesPublished = rulePublisher({ publishing, check: parts.checks.file });
  const book = new RuleBook(parts.checks.rule);
  const history = policyHistory();
  const limitsOf = crioLimits();
  const pace = namespacePace(parts.timing.now);
  const teller = policyTeller({ server, objects, history, wall });
  let materials = lookUp();
  let isResumed = false;
  let last: {
    outcomes: readonly RuleOutcome[];
    set: PolicySet | undefined;
    published: Published | undefined;
    refusal: string | undefined;
    delayed: readonly string[];
    dueAt: number | undefined;
  } = {
    ...{ outcomes: [], set: undefined, published: undefined },
    ...{ refusal: undefined, delayed: [], dueAt: undefined },
  };

  function lookUp(): Materials {
    return clusterMaterials(objects, namespace, {
      publicRoot: parts.publicRoot,
      kmsKey: (uri) => parts.kmsKeys.find(uri),
      remoteText: (url, sha256) => parts.remoteTexts.find(remoteKey(url, sha256)),
      repositoryRoot: (name, spec) => parts.repositories.find(name, spec),
    });
  }

  function policies(): readonly ApiObject[] {
    return policyKinds.flatMap((kind) => objects.all(kind)).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  }

  async function compile(signal: AbortSignal): Promise<readonly RuleOutcome[]> {
    const outcomes = book.update(policies(), materials);
    const { kmsKeys, remoteTexts, repositories } = parts;
    if (![kmsKeys, remoteTexts, repositories].some(({ isAwaited }) => isAwaited)) return outcomes;
    const news = await Promise.all([
      ...[kmsKeys, remoteTexts].map((texts) => texts.settle(signal)),
      repositories.settle(),
    ]);
    if (!news.includes(true)) return outcomes;
    materials = lookUp();
    return book.update(policies(), materials);
  }

  async function tell(signal: AbortSignal): Promise<PassOutcome> {
    const { set, published, refusal, delayed } = last;
    const nodes = census();
    // what CRI-O would have is composed only where somebody asks for it
    const crio = set !== undefined && nodes.targets.has("crio") ? limitsOf(set) : noCrioLimits;
    const { outcomes, refused } = withExcess(last.outcomes, crio, nodes);
    const isPublished = published !== undefined && refusal === undefined;
    const told = await teller.tell({ outcomes, materials, nodes, isPublished }, signal);
    for (const { metadata } of nodes.forgotten) await server.delete(leases, metadata, signal);
    const problems = outcomes
      .filter((one) => one.standing !== "asWritten")
      .map((one) => ({
        policy: resourceName({ ...one.object, ...one.object.metadata }),
        reason: problemsAndConsequence(one),
      }));
    const counted = { policies: outcomes.length, problems, refused, crioRefusal: crio.forAll, told };
    return { ...counted, published, refusal, delayed, census: nodes };
  }

  return {
    tell,
    get dueAt() {
      return last.dueAt;
    },
    materialsChanged() {
      materials = lookUp();
    },
    lookAgain() {
      isResumed = false;
    },
    lost(name) {
      publishing.lost(name);
      // without its index a publication has to be begun anew, from what is there
      if (name === indexName) isResumed = false;
    },
    async run(signal) {
      if (!isResumed) {
        const inForce = await publishing.resume(signal);
        book.adopt(inForce);
        pace.adopt(inForce);
        isResumed = true;
      }
      const compiled = await compile(signal);
      const present = new Map(
        objects.all(namespaces).map(({ metadata: { name, uid } }) => [name, uid ?? name] as const),
      );
      const paced = pace.choose(
        compiled.flatMap(({ rule }) => rule ?? []),
        present,
      );
      const outcomes = withWaiting(compiled, paced);
      const { dueAt } = paced;
      const delayed = [...paced.delayed.keys()];
      const set = policySet(paced.rules, present.keys(), noMatch);
      try {
        const published = await rulesPublished.publish(set, paced.rules, signal);
        paced.published();
        history.note(outcomes, published);
        last = { outcomes, set, published, refusal: undefined, delayed, dueAt };
      } catch (error) {
        if (error instanceof ApiFailure) {
          // what is published has to be looked at again, whether this one wrote it or another one did
          isResumed = false;
          throw error;
        }
        if (!(error instanceof Unpublishable)) throw error;
        const { published } = last;
        last = { outcomes, set, published, refusal: error.message, delayed, dueAt };
      }
      return await tell(signal);
    },
  };
}
