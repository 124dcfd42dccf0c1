import { createHash } from "node:crypto";
import { microTime } from "../election/lease-record.ts";
import type { ApiMetadata, ApiObject, NewObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";

/**
 * What a node tells of itself: one Lease, whose renewal says that it lives, as the kubelet's own does, and whose annotations
 * say which policies it has.
 */
export interface NodeReport {
  readonly node: string;
  /** who enforces them there: `gateway`, `crio` */
  readonly target: string;
  /** of the publication that the node's files say; undefined before the first */
  readonly generation: number | undefined;
  /** why a later one is not applied; undefined if nothing is wrong */
  readonly problem: string | undefined;
  /** namespaces that go by a file of somebody else's there; some of them and {@link everyNamespace} when there are many */
  readonly left: readonly string[];
  /** namespaces for whose scopes registries.d has no room there, all of whose images are refused; listed as those left are */
  readonly withoutRoom: readonly string[];
  /** milliseconds since the epoch, by the node's clock */
  readonly renewed: number;
}

export const nodeReportLabel = "policy.countersign.dev/node-report";
const annotation = {
  generation: "policy.countersign.dev/generation",
  target: "policy.countersign.dev/target",
  problem: "policy.countersign.dev/problem",
  left: "policy.countersign.dev/namespaces-left",
  withoutRoom: "policy.countersign.dev/namespaces-without-room",
} as const;

/** How long a node that says nothing is believed to be as it was; it renews its report in a third of that. */
export const nodeReportSeconds = 15 * 60;

const longestProblem = 300;
const mostNamed = 50;
/** In place of the names for which there is no room. */
export const everyNamespace = "*";

/** A Lease's name: a node's may be as long as a name can be, and each of its targets has a report of its own. */
export function nodeReportName(node: string, target: string): string {
  const plain = `countersign-${target}-${node}`;
  if (plain.length <= 253) return plain;
  return `${plain.slice(0, 180)}-${createHash("sha256").update(plain).digest("hex").slice(0, 32)}`;
}

/** @param metadata of the Lease that is there, with its version; undefined to make one */
export function nodeReportObject(
  namespace: string,
  { node, target, generation, problem, left, withoutRoom, renewed }: NodeReport,
  metadata?: ApiMetadata,
): NewObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: {
      ...(metadata ?? { namespace, name: nodeReportName(node, target) }),
      labels: { [nodeReportLabel]: "true" },
      annotations: {
        [annotation.target]: target,
        ...(generation !== undefined && { [annotation.generation]: String(generation) }),
        ...(problem !== undefined && { [annotation.problem]: problem.slice(0, longestProblem) }),
        ...(left.length > 0 && { [annotation.left]: shortList(left).join() }),
        ...(withoutRoom.length > 0 && { [annotation.withoutRoom]: shortList(withoutRoom).join() }),
      },
    },
    spec: {
      holderIdentity: node,
      leaseDurationSeconds: nodeReportSeconds,
      renewTime: microTime(renewed),
    },
  };
}

/** undefined for what is no report */
export function readNodeReport({ metadata, spec }: ApiObject): NodeReport | undefined {
  const { annotations = {} } = metadata;
  const target = annotations[annotation.target];
  const node = isRecord(spec) ? spec["holderIdentity"] : undefined;
  const renewTime = isRecord(spec) ? spec["renewTime"] : undefined;
  const renewed = typeof renewTime === "string" ? Date.parse(renewTime) : Number.NaN;
  if (target === undefined || typeof node !== "string" || Number.isNaN(renewed)) return undefined;
  const said = Number(annotations[annotation.generation] ?? "");
  const generation = Number.isSafeInteger(said) && said > 0 ? said : undefined;
  const left = namesIn(annotations[annotation.left]);
  const withoutRoom = namesIn(annotations[annotation.withoutRoom]);
  const problem = annotations[annotation.problem];
  return { node, target, generation, problem, left, withoutRoom, renewed };
}

function shortList(names: readonly string[]): readonly string[] {
  return names.length <= mostNamed ? names : [...names.slice(0, mostNamed), everyNamespace];
}

function namesIn(text: string | undefined): readonly string[] {
  return text === undefined || text === "" ? [] : text.split(",").slice(0, mostNamed + 1);
}
