import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { quote } from "@countersign/engine/values/go-format";
import { mediaTypes } from "@countersign/engine/values/manifest";
import type { UnreadableAttachment } from "@countersign/engine/verify/ports";
import type { AttachmentStore, ReferrersPage } from "./attachment-store.ts";
import { attachmentTag } from "./attachment-tag.ts";
import { type ListedReferrer, parseReferrerIndex, type ReferrerIndex } from "./referrer-index.ts";
import { noting, unreadable } from "./unreadable.ts";

export interface ReferrerList {
  /** each once, in the order in which they are listed */
  readonly entries: readonly ListedReferrer[];
  /** `registry`: it says what the manifests say; `tag`: whoever pushed the list says it */
  readonly by: "registry" | "tag";
  readonly notes: readonly UnreadableAttachment[];
}

/** Each page is one index; an attacker's thousands of referrers have to stop being read somewhere. */
const maxPageSize = 4 * 1024 * 1024;
const maxPages = 100;
const maxEntries = 10_000;

/**
 * Lists what refers to a manifest: as the registry does, or else by the tag that stands in for that.
 * Source: OCI distribution specification 1.1, listing referrers, and referrers tag schema.
 * @throws CountersignError with a registry code; REGISTRY_ANSWER_INVALID for a registry's list that is none
 */
export async function listReferrers(
  store: AttachmentStore,
  subject: Digest,
  signal: AbortSignal,
): Promise<ReferrerList> {
  const first = await store.referrers(subject, "", maxPageSize, signal);
  return first === undefined
    ? await listByTag(store, subject, signal)
    : await listByRegistry(store, subject, first, signal);
}

async function listByRegistry(
  store: AttachmentStore,
  subject: Digest,
  first: ReferrersPage,
  signal: AbortSignal,
): Promise<ReferrerList> {
  const place = `${store.name}@${subject}`;
  const found = new Map<Digest, ListedReferrer>();
  const faults: string[] = [];
  let page = first;
  for (let pages = 1; ; pages++) {
    const index = parsePage(page, place);
    for (const entry of index.entries) found.set(entry.digest, entry);
    for (const fault of index.faults) faults.push(fault);
    if (page.next === undefined) break;
    if (pages === maxPages || found.size > maxEntries || faults.length > maxEntries) {
      faults.push(`its list of referrers goes on after ${found.size}; what follows is not read`);
      break;
    }
    const next = await store.referrers(subject, page.next, maxPageSize, signal);
    if (next === undefined) throw invalid(`${place}: its list of referrers ends in the middle`);
    page = next;
  }
  return {
    entries: [...found.values()],
    by: "registry",
    notes: faults.map((fault) => unreadable(place, fault)),
  };
}

/** A registry's own list that cannot be read is no list without signatures. */
function parsePage({ bytes }: ReferrersPage, place: string): ReferrerIndex {
  try {
    return parseReferrerIndex(bytes);
  } catch (caught) {
    throw invalid(`${place}: its list of referrers: ${CountersignError.from(caught).message}`);
  }
}

async function listByTag(
  store: AttachmentStore,
  subject: Digest,
  signal: AbortSignal,
): Promise<ReferrerList> {
  const tag = attachmentTag(subject, "");
  const place = `${store.name}:${tag}`;
  const index = await noting(place, async () => {
    const found = await store.lookUp(tag, maxPageSize, signal);
    if (found === undefined) return { entries: [], faults: [] };
    if (found.mediaType === mediaTypes.ociIndex) return parseReferrerIndex(found.bytes);
    throw new CountersignError(
      "MANIFEST_INVALID",
      `it is no list of referrers, but ${quote(found.mediaType)}`,
    );
  });
  if ("type" in index) return { entries: [], by: "tag", notes: [index] };
  const entries = new Map(index.entries.map((entry) => [entry.digest, entry]));
  return {
    entries: [...entries.values()],
    by: "tag",
    notes: index.faults.map((fault) => unreadable(place, fault)),
  };
}

function invalid(message: string): CountersignError {
  return new CountersignError("REGISTRY_ANSWER_INVALID", message);
}
