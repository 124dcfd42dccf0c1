import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError } from "@countersign/engine/values/error";
import { configMaps } from "../kube/api-kind.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { followObjects } from "../kube/follow-objects.ts";
import type { Patience } from "../kube/patience.ts";
import type { PublicationSource } from "./publication-source.ts";
import { indexName, partName, textOf } from "./published-objects.ts";

/** For one part: nodes that all come at once are turned away until their turn has come. */
const mostAttempts = 5;

export interface ApiPublication {
  readonly server: ApiServer;
  /** where the controller publishes */
  readonly namespace: string;
  readonly patience: Patience;
  unreachable(error: ApiFailure): void;
  /** the API server answers, and nothing is published */
  absent(): void;
}

/** Policies as a controller published them in the API server: one watch of one small object, and parts when they are new. */
export function apiPublicationSource({
  server,
  namespace,
  patience,
  unreachable,
  absent,
}: ApiPublication): PublicationSource {
  return {
    async *follow(signal) {
      const following = {
        server,
        kind: configMaps,
        selection: { namespace, name: indexName },
        pause: patience.pause,
        failed: unreachable,
      };
      for await (const change of followObjects(following, signal)) {
        // an index that was removed says nothing: the node keeps what it has
        if (change.type === "removed") continue;
        const [index] = change.type === "listed" ? change.objects : [change.object];
        if (index === undefined) absent();
        else yield textOf(index, "index");
      }
    },
    async part(digest: Digest, signal) {
      for (let failures = 0; ; failures++) {
        try {
          const object = await server.get(configMaps, { namespace, name: partName(digest) }, signal);
          if (object !== undefined) return textOf(object, "part");
          throw new CountersignError("POLICY_NOT_FOUND", `the cluster has no part ${digest} of its policies`);
        } catch (error) {
          if (!isTurnedAway(error) || failures === mostAttempts) throw error;
          await patience.pause(failures, error.retryAfter, signal);
          signal.throwIfAborted();
        }
      }
    },
  };
}

function isTurnedAway(error: unknown): error is ApiFailure {
  return error instanceof ApiFailure && error.code === "busy";
}
