import { type ApiEndpoint, endpointKey } from "./api-endpoint.ts";
import type { AuthChallenge } from "./auth-challenge.ts";

/** What an endpoint was found to want. */
export interface EndpointKnowledge {
  /** the one of its roots that answers */
  readonly root: URL;
  readonly challenges: readonly AuthChallenge[];
}

/** Remembers it for a minute, so that what belongs to one question is not refused each time before it is answered. */
export interface EndpointMemory {
  find(endpoint: ApiEndpoint): EndpointKnowledge | undefined;
  keep(endpoint: ApiEndpoint, knowledge: EndpointKnowledge): void;
}

const lifetime = 60_000;
const maxEndpoints = 1000;

export function endpointMemory(now: () => number): EndpointMemory {
  const known = new Map<string, { readonly knowledge: EndpointKnowledge; readonly until: number }>();
  return {
    find(endpoint) {
      const entry = known.get(endpointKey(endpoint));
      return entry !== undefined && now() < entry.until ? entry.knowledge : undefined;
    },
    keep(endpoint, knowledge) {
      const key = endpointKey(endpoint);
      known.delete(key);
      known.set(key, { knowledge, until: now() + lifetime });
      const [oldest] = known.keys();
      if (known.size > maxEndpoints && oldest !== undefined) known.delete(oldest);
    },
  };
}
