import { clusterImagePolicies, imagePolicies } from "@countersign/cluster/controller/policy-kinds";
import { namespaces } from "@countersign/cluster/kube/api-kind";
import type { ApiServer } from "@countersign/cluster/kube/api-server";
import { severalAtOnce } from "@countersign/cluster/several-at-once";
import { clusterPolicy, namespaceObject, namespacePolicy } from "@countersign/cluster/testing/policy-objects";

const { signal } = new AbortController();

/** Fills a cluster with `ns-0` and on, and policies `p-0` and on, of which every other one is that of the namespace of its number. */
export async function fillCluster(
  server: ApiServer,
  size: { readonly namespaces: number; readonly policies: number },
): Promise<void> {
  const numbers = (count: number) => Array.from({ length: count }, (_, at) => at);
  await severalAtOnce(numbers(size.namespaces), async (at) => {
    await server.create(namespaces, namespaceObject(`ns-${at}`), signal);
  });
  await severalAtOnce(numbers(size.policies), async (at) => {
    if (at % 2 === 1) await server.create(imagePolicies, namespacePolicy(`ns-${at}`, `p-${at}`), signal);
    else await server.create(clusterImagePolicies, clusterPolicy(`p-${at}`), signal);
  });
}
