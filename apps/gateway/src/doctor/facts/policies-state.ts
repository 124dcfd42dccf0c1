import { CountersignError } from "@countersign/engine/values/error";
import type { Clock } from "@countersign/engine/verify/ports";
import { parseNamespace } from "../../policy/namespace.ts";
import type { Listing, NodeFiles } from "../node/node-files.ts";
import { type PolicyFileState, policyFileState } from "./policy-files.ts";

/** All policies that the gateway may judge by. */
export interface PoliciesState {
  readonly global: PolicyFileState;
  readonly namespaced: readonly PolicyFileState[];
  /** `--signature-policy-dir`; undefined when there is none */
  readonly directory: { readonly path: string; readonly listing: Listing["type"] } | undefined;
  /** files that look like policies and that no namespace can have */
  readonly neverRead: readonly string[];
}

/** A cluster of more namespaces than that has been seen by nobody. */
const maxPolicies = 20_000;

export async function policiesState(
  places: { readonly global: string; readonly directory: string | undefined },
  files: NodeFiles,
  clock: Clock,
): Promise<PoliciesState> {
  const global = await policyFileState(places.global, files, clock);
  const { directory: path } = places;
  if (path === undefined) return { global, namespaced: [], directory: undefined, neverRead: [] };
  const listing = await files.list(path);
  const names = (listing.type === "listed" ? listing.names : []).filter((name) => /\.json$/i.test(name));
  const read = names.filter(isPolicyName);
  const namespaced: PolicyFileState[] = [];
  for (const name of read.slice(0, maxPolicies)) {
    namespaced.push(await policyFileState(`${path}/${name}`, files, clock));
  }
  const neverRead = names.filter((name) => !isPolicyName(name)).map((name) => `${path}/${name}`);
  return { global, namespaced, directory: { path, listing: listing.type }, neverRead };
}

function isPolicyName(name: string): boolean {
  try {
    return name.endsWith(".json") && parseNamespace(name.slice(0, -".json".length)) !== undefined;
  } catch (caught) {
    if (caught instanceof CountersignError) return false;
    throw caught;
  }
}
