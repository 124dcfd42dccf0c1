import type { NoMatch } from "@countersign/engine/cluster/compile-cluster";
import type { Material, Materials, TrustedRootMaterial } from "@countersign/engine/cluster/materials";
import { resourceName } from "@countersign/engine/cluster/resource-name";
import { leases } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { indexName } from "../sync/published-objects.ts";
import { clusterMaterials } from "./cluster-materials.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { policyKinds } from "./cluster-view.ts";
import { problemsAndConsequence } from "./consequence.ts";
import type { ExternalTexts } from "./external-materials.ts";
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
}

export interface PassOutcome {
  readonly policies: number;
  /** policies that are not in force as they are written */
  readonly problems: readonly PolicyProblem[];
  readonly published: Published | undefined;
  /** why nothing could be published; undefined if it was */
  readonly refusal: string | undefined;
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
  const { server, namespace, objects, wall } = parts;
  const census = () => nodeCensus(objects.all(leases), wall());
  const reportWithin = () =>
    Math.min(Math.max(Math.ceil(census().reporting / reportsPerSecond), 1), longestSpread);
  const publishing = publisher(server, namespace, { now: wall }, reportWithin);
  const rulesPublished = rulePublisher({ ...parts, publishing, check: parts.checks.file });
  const book = new RuleBook(parts.checks.rule);
  const history = policyHistory();
  const teller = policyTeller({ server, objects, history, wall });
  let materials = lookUp();
  let isResumed = false;
  let last: {
    outcomes: readonly RuleOutcome[];
    published: Published | undefined;
    refusal: string | undefined;
  } = { outcomes: [], published: undefined, refusal: undefined };

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
    const { outcomes, published, refusal } = last;
    const nodes = census();
    const told = await teller.tell({ outcomes, materials, nodes }, signal);
    for (const { metadata } of nodes.forgotten) await server.delete(leases, metadata, signal);
    const problems = outcomes
      .filter((one) => one.standing !== "asWritten")
      .map((one) => ({
        policy: resourceName({ ...one.object, ...one.object.metadata }),
        reason: problemsAndConsequence(one),
      }));
    return { policies: outcomes.length, problems, published, refusal, census: nodes, told };
  }

  return {
    tell,
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
        book.adopt(await publishing.resume(signal));
        isResumed = true;
      }
      const outcomes = await compile(signal);
      try {
        const published = await rulesPublished.publish(
          outcomes.flatMap(({ rule }) => rule ?? []),
          signal,
        );
        history.note(outcomes, published);
        last = { outcomes: withExcess(outcomes), published, refusal: undefined };
      } catch (error) {
        if (error instanceof ApiFailure) {
          // what is published has to be looked at again, whether this one wrote it or another one did
          isResumed = false;
          throw error;
        }
        if (!(error instanceof Unpublishable)) throw error;
        last = { outcomes: withExcess(outcomes), published: last.published, refusal: error.message };
      }
      return await tell(signal);
    },
  };
}
