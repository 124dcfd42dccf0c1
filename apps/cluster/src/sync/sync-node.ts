import { parseIndex } from "@countersign/engine/cluster/parse-publication";
import type { PolicyIndex } from "@countersign/engine/cluster/publication";
import { CountersignError } from "@countersign/engine/values/error";
import { Newest } from "../newest.ts";
import type { OwnedFiles, Replaced } from "./owned-files.ts";
import type { PartStore } from "./part-store.ts";
import type { PublicationSource } from "./publication-source.ts";
import type { SyncTarget, WantedFiles } from "./sync-target.ts";
import { type Unfold, unfolding } from "./unfold.ts";

export interface SyncParts {
  readonly source: PublicationSource;
  readonly store: PartStore;
  readonly files: OwnedFiles;
  readonly target: SyncTarget;
  readonly events: SyncEvents;
  /** Waits before a failed publication is tried again; the number counts the failures in a row. */
  pause(failures: number, signal: AbortSignal): Promise<void>;
}

/** What operators and the controller hear of. */
export interface SyncEvents {
  applied(outcome: Applied): void;
  /** the node keeps what it has */
  failed(generation: number | undefined, error: CountersignError): void;
}

export interface Applied {
  readonly generation: number;
  /** paths written or removed */
  readonly changed: readonly string[];
  readonly fetched: number;
  /** seconds over which the controller asks nodes to spread what they say of it */
  readonly reportWithin: number | undefined;
  /** namespaces all of whose images are refused, and why */
  readonly refused: ReadonlyMap<string, string>;
  /** those of them for whose scopes registries.d has no room */
  readonly withoutRoom: ReadonlySet<string>;
  /** scopes whose signatures another file of registries.d keeps from being looked for: that file */
  readonly elsewhere: ReadonlyMap<string, string>;
  /** namespaces that go by a file of somebody else's instead of what is published, and what to do about it */
  readonly left: ReadonlyMap<string, string>;
}

/**
 * Keeps a node's files as the cluster says, until `signal` ends it. Whatever goes wrong, the node keeps its last policies:
 * an API server that is away, a part that is not what the index means, a file that cannot be written. An index older
 * than the one in force is refused: whoever could bring back an old one could bring back what it allowed.
 */
export async function syncNode(parts: SyncParts, signal: AbortSignal): Promise<void> {
  const kept = await parts.store.index();
  const node = { generation: kept === undefined ? undefined : generationOf(kept) };
  const newest = new Newest<string>();
  const unfold = unfolding(parts.store, parts.source);
  const following = followInto(newest, parts.source, signal);
  let failures = 0;
  for (let text = await newest.take(); text !== undefined; text = await newest.take()) {
    try {
      await apply(text, node, unfold, parts, signal);
      failures = 0;
    } catch (caught) {
      if (signal.aborted) break;
      parts.events.failed(generationOf(text), CountersignError.from(caught));
      await parts.pause(++failures, signal).catch(() => {});
      newest.putBack(text);
    }
    if (signal.aborted) break;
  }
  await following;
}

async function followInto(
  newest: Newest<string>,
  source: PublicationSource,
  signal: AbortSignal,
): Promise<void> {
  try {
    for await (const text of source.follow(signal)) newest.put(text);
  } finally {
    newest.close();
  }
}

async function apply(
  text: string,
  /** of what its files say */
  node: { generation: number | undefined },
  unfold: Unfold,
  { store, files, target, events }: SyncParts,
  signal: AbortSignal,
): Promise<void> {
  const index = parseIndex(text);
  requireNewer(index, node.generation);
  const { set, used, fetched } = await unfold(index, signal);
  const wanted = await target.files(set, index.generation);
  const { changed, left } = await replaceFiles(files, wanted, () => store.forgetOthers(used));
  const { generation, reportWithin } = index;
  node.generation = generation;
  await store.settle(text, used);
  const { refused, withoutRoom, elsewhere } = wanted;
  events.applied({ generation, reportWithin, changed, fetched, refused, withoutRoom, elsewhere, left });
}

/** @param makeRoom what is done once where there is no room */
async function replaceFiles(
  files: OwnedFiles,
  wanted: WantedFiles,
  makeRoom: () => Promise<void>,
): Promise<Replaced> {
  try {
    return await files.replace(wanted);
  } catch (error) {
    if (CountersignError.from(error).code !== "DISK_FULL") throw error;
    await makeRoom();
    return await files.replace(wanted);
  }
}

function requireNewer({ generation }: PolicyIndex, applied: number | undefined): void {
  if (applied === undefined || generation >= applied) return;
  throw new CountersignError(
    "POLICY_INVALID",
    `the published policies have generation ${generation}, and the node has ${applied} already: an older one is not taken`,
  );
}

function generationOf(text: string): number | undefined {
  try {
    return parseIndex(text).generation;
  } catch {
    return undefined;
  }
}
