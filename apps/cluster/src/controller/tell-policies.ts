import type { Materials } from "@countersign/engine/cluster/materials";
import type { ApiKind } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import type { ClusterObjects } from "./cluster-objects.ts";
import { policyKinds } from "./cluster-view.ts";
import type { NodeCensus } from "./node-census.ts";
import { type CompiledPolicies, policyEvents } from "./policy-events.ts";
import type { PolicyHistory } from "./policy-history.ts";
import { hasOwnStatus, trustRoots } from "./policy-kinds.ts";
import { policyStatus } from "./policy-status.ts";
import { statusWriter } from "./status-writer.ts";
import { trustRootStatus } from "./trust-root-status.ts";

export interface TellerParts {
  /** to which only a leader writes */
  readonly server: ApiServer;
  readonly objects: ClusterObjects;
  readonly history: PolicyHistory;
  /** milliseconds since the epoch */
  readonly wall: () => number;
}

/** What a look at the cluster came to. */
export interface ToBeTold extends CompiledPolicies {
  readonly materials: Materials;
  readonly nodes: NodeCensus;
}

/** Writes status and events: of policies, what became of them; of TrustRoots, whether they can be referred to. */
export interface PolicyTeller {
  /** @returns how many were told something new; @throws ApiFailure */
  tell(what: ToBeTold, signal: AbortSignal): Promise<number>;
}

export function policyTeller({ server, objects, history, wall }: TellerParts): PolicyTeller {
  const policies = statusWriter(server, wall);
  const roots = statusWriter(server, wall);
  const events = policyEvents(server, wall);

  function policyStatuses({ outcomes, nodes }: ToBeTold, now: string) {
    return outcomes.flatMap((outcome) => {
      const kind = kindOf(outcome.object);
      const object =
        kind && objects.find(kind, outcome.object.metadata.name, outcome.object.metadata.namespace);
      // one that changed since it was compiled is told after it is compiled again
      if (kind === undefined || object === undefined) return [];
      if (!hasOwnStatus(outcome.object)) return [];
      if (object.metadata.generation !== outcome.object.metadata.generation) return [];
      const publication = history.publicationOf(outcome.object);
      const { namespace } = outcome.object.metadata;
      const applied = publication === undefined ? 0 : nodes.applied(publication, namespace);
      const left = namespace === undefined ? 0 : nodes.left(namespace);
      const withoutRoom =
        namespace === undefined
          ? 0
          : nodes.withoutRoom("gateway", namespace).named + nodes.withoutRoom("crio", namespace).named;
      const reach = { publication, reporting: nodes.reporting, applied, left, withoutRoom };
      return [{ kind, object, status: policyStatus({ ...outcome, object }, reach, now) }];
    });
  }

  async function tellRoots({ materials }: ToBeTold, now: string, signal: AbortSignal): Promise<number> {
    const wanted = objects.all(trustRoots).map((object) => {
      const status = trustRootStatus(object, materials.trustRoot(object.metadata.name), now);
      return { kind: trustRoots, object, status };
    });
    try {
      return await roots.write(wanted, signal);
    } catch (error) {
      // a role of before this was told: policies are published all the same
      if (error instanceof ApiFailure && error.code === "forbidden") return 0;
      throw error;
    }
  }

  return {
    async tell(what, signal) {
      const now = new Date(wall()).toISOString().replace(/\.\d+Z$/, "Z");
      const told = await policies.write(policyStatuses(what, now), signal);
      const toldRoots = await tellRoots(what, now, signal);
      await events.tell(what, signal);
      return told + toldRoots;
    },
  };
}

function kindOf({ apiVersion, kind }: ApiObject): ApiKind | undefined {
  const [group] = apiVersion.split("/");
  const plural = kind === "ClusterImagePolicy" ? "clusterimagepolicies" : "imagepolicies";
  return policyKinds.find((each) => each.group === group && each.plural === plural);
}
