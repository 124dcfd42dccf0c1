import type { ApiKind } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { isRecord } from "../kube/parse-object.ts";
import { severalAtOnce } from "../several-at-once.ts";
import type { PolicyStatus } from "./policy-status.ts";
import { keyOf } from "./rule-book.ts";

export interface StatusToWrite {
  readonly kind: ApiKind;
  readonly object: ApiObject;
  readonly status: PolicyStatus;
}

/** Writes statuses that say something new. */
export interface StatusWriter {
  /** @throws ApiFailure other than that an object changed or went away meanwhile, which brings the next look at it */
  write(statuses: readonly StatusToWrite[], signal: AbortSignal): Promise<number>;
}

export function statusWriter(server: ApiServer): StatusWriter {
  /** what was written last: a schema may drop what it does not know, and must not be argued with */
  const written = new Map<string, string>();

  async function writeOne({ kind, object, status }: StatusToWrite, signal: AbortSignal): Promise<boolean> {
    try {
      // other programs' members of the status stay
      const merged = { ...(isRecord(object.status) && object.status), ...status };
      await server.replaceStatus(kind, { ...object, status: merged }, signal);
      return true;
    } catch (error) {
      if (error instanceof ApiFailure && (error.code === "conflict" || error.code === "notFound"))
        return false;
      throw error;
    }
  }

  return {
    async write(statuses, signal) {
      const news = statuses.filter(({ object, status }) => {
        const known = written.get(keyOf(object)) ?? JSON.stringify(ownPart(object.status));
        return known !== JSON.stringify(ownPart(status));
      });
      let count = 0;
      await severalAtOnce(news, async (one) => {
        const key = keyOf(one.object);
        if (await writeOne(one, signal)) {
          written.set(key, JSON.stringify(ownPart(one.status)));
          count++;
        } else written.delete(key);
      });
      const present = new Set(statuses.map(({ object }) => keyOf(object)));
      for (const key of written.keys()) if (!present.has(key)) written.delete(key);
      return count;
    },
  };
}

/** What is compared: everything that this program says, without when it became so. */
function ownPart(status: unknown): object {
  const members: Readonly<Record<string, unknown>> = isRecord(status) ? status : {};
  const { observedGeneration, conditions, generationInForce, publication, nodes, shortcomings } = members;
  const list = Array.isArray(conditions) ? conditions.filter(isRecord) : [];
  return {
    observedGeneration,
    conditions: list.map(({ type, status: is, reason, message }) => ({ type, is, reason, message })),
    generationInForce,
    publication,
    nodes,
    shortcomings,
  };
}
