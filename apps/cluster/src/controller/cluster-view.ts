import { type ApiKind, configMaps, leases, namespaces, secrets } from "../kube/api-kind.ts";
import type { ApiFailure, ApiServer, Selection } from "../kube/api-server.ts";
import { followObjects, type ObjectChange } from "../kube/follow-objects.ts";
import type { Patience } from "../kube/patience.ts";
import { nodeReportLabel } from "../sync/node-report.ts";
import { indexName, partLabel } from "../sync/published-objects.ts";
import { ClusterObjects } from "./cluster-objects.ts";
import {
  clusterImagePolicies,
  imagePolicies,
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
  trustRoots,
} from "./policy-kinds.ts";

export interface ClusterViewing {
  readonly server: ApiServer;
  /** the controller's own, the only one whose Secrets and ConfigMaps it looks at */
  readonly namespace: string;
  readonly patience: Patience;
  readonly events: ClusterViewEvents;
}

export interface ClusterViewEvents {
  /** a kind cannot be asked for just now; what is known of it stays */
  failed(kind: ApiKind, error: ApiFailure): void;
}

/** What a change is about. */
export type ClusterAspect =
  | "policies"
  | "materials"
  | "namespaces"
  /** a part or the index is no longer as it was published */
  | "publication"
  | "nodes";

/** The cluster as it is known here. */
export interface ClusterView {
  readonly objects: ClusterObjects;
  /** kinds that were not listed yet: until they are, what is missing may only not have been told */
  unknown(): readonly ApiKind[];
  /** Follows everything until `signal` ends it; `changed` hears of each change. */
  follow(changed: (aspect: ClusterAspect, change: ObjectChange) => void, signal: AbortSignal): Promise<void>;
}

interface FollowedKind {
  readonly kind: ApiKind;
  readonly aspect: ClusterAspect;
  readonly selection: Selection;
  /** where it is not installed there is none of it */
  readonly isOptional?: true;
}

/** The kinds in which policies come. */
export const policyKinds: readonly ApiKind[] = [
  clusterImagePolicies,
  imagePolicies,
  openShiftClusterImagePolicies,
  openShiftImagePolicies,
];

export function clusterView({ server, namespace, patience, events }: ClusterViewing): ClusterView {
  const objects = new ClusterObjects();
  const followed: readonly FollowedKind[] = [
    { kind: clusterImagePolicies, aspect: "policies", selection: {} },
    { kind: imagePolicies, aspect: "policies", selection: {} },
    { kind: openShiftClusterImagePolicies, aspect: "policies", selection: {}, isOptional: true },
    { kind: openShiftImagePolicies, aspect: "policies", selection: {}, isOptional: true },
    { kind: trustRoots, aspect: "materials", selection: {} },
    { kind: secrets, aspect: "materials", selection: { namespace } },
    { kind: configMaps, aspect: "materials", selection: { namespace } },
    { kind: namespaces, aspect: "namespaces", selection: {} },
    { kind: leases, aspect: "nodes", selection: { namespace, labels: `${nodeReportLabel}=true` } },
  ];

  async function followKind(
    { kind, aspect, selection, isOptional }: FollowedKind,
    changed: (aspect: ClusterAspect, change: ObjectChange) => void,
    signal: AbortSignal,
  ): Promise<void> {
    const take = (change: ObjectChange) => {
      const isNews = !isOnlyTold(change);
      objects.apply(kind, change);
      const about = kind === configMaps ? aspectOfConfigMap(change) : aspect;
      if (about !== undefined && isNews) changed(about, change);
    };
    /** What this controller itself says of policies and TrustRoots comes back to it; other kinds have no generation. */
    const isOnlyTold = (change: ObjectChange): boolean => {
      if (change.type !== "set") return false;
      const { uid, generation, name, namespace: own } = change.object.metadata;
      const before = objects.find(kind, name, own)?.metadata;
      return generation !== undefined && before?.uid === uid && before?.generation === generation;
    };
    const following = {
      server,
      kind,
      selection,
      pause: patience.pause,
      failed(error: ApiFailure) {
        if (isOptional !== true || error.code !== "notFound") return events.failed(kind, error);
        if (!objects.knows(kind)) take({ type: "listed", objects: [] });
      },
    };
    for await (const change of followObjects(following, signal)) take(change);
  }

  return {
    objects,
    unknown: () => followed.filter(({ kind }) => !objects.knows(kind)).map(({ kind }) => kind),
    async follow(changed, signal) {
      await Promise.all(followed.map((one) => followKind(one, changed, signal)));
    },
  };
}

/** The controller's own ConfigMaps are no materials; of them only what somebody else did is news. */
function aspectOfConfigMap(change: ObjectChange): ClusterAspect | undefined {
  if (change.type === "listed") return "materials";
  const { name, labels } = change.object.metadata;
  const isOwn = name === indexName || labels?.[partLabel] !== undefined;
  if (!isOwn) return "materials";
  return change.type === "removed" ? "publication" : undefined;
}
