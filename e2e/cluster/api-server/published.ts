import { configMaps } from "@countersign/cluster/kube/api-kind";
import type { ApiServer } from "@countersign/cluster/kube/api-server";
import { indexName, textOf } from "@countersign/cluster/sync/published-objects";
import { parseIndex } from "@countersign/engine/cluster/parse-publication";
import { eventually } from "./client.ts";

export const systemNamespace = "countersign-system";

const { signal } = new AbortController();

/** The generation that is published; 0 before there is one. */
export async function publishedGeneration(server: ApiServer): Promise<number> {
  const index = await server.get(configMaps, { namespace: systemNamespace, name: indexName }, signal);
  return index === undefined ? 0 : parseIndex(textOf(index, "index")).generation;
}

/** Waits for a generation after this one. */
export async function publishedAfter(server: ApiServer, generation: number): Promise<number> {
  let published = generation;
  await eventually(120_000, async () => {
    published = await publishedGeneration(server);
    return published > generation;
  });
  return published;
}

/** What a publication takes in the API server. */
export interface PublishedObjects {
  readonly objects: number;
  /** of all of them as JSON; of the largest one */
  readonly bytes: number;
  readonly largest: number;
}

export async function publishedObjects(server: ApiServer): Promise<PublishedObjects> {
  const sizes: number[] = [];
  for (let after: string | undefined, first = true; first || after !== undefined; first = false) {
    const page = await server.list(configMaps, { namespace: systemNamespace, limit: 200, after }, signal);
    for (const object of page.objects) {
      if (/^countersign-(index|part-)/.test(object.metadata.name)) sizes.push(JSON.stringify(object).length);
    }
    after = page.next;
  }
  return {
    objects: sizes.length,
    bytes: sizes.reduce((sum, size) => sum + size, 0),
    largest: Math.max(...sizes),
  };
}
