import type { ApiKind } from "../kube/api-kind.ts";
import type { ApiObject } from "../kube/api-object.ts";
import { ApiFailure, type ApiServer } from "../kube/api-server.ts";
import { isRecord } from "../kube/parse-object.ts";
import { severalAtOnce } from "../several-at-once.ts";
import type { PolicyStatus } from "./policy-status.ts";
import { keyOf } from "./rule-book.ts";
import type { TrustRootStatus } from "./trust-root-status.ts";

export interface StatusToWrite {
  readonly kind: ApiKind;
  readonly object: ApiObject;
  readonly status: PolicyStatus | TrustRootStatus;
}

/** Writes statuses that say something new. */
export interface StatusWriter {
  /**
   * One that an API server does not take is left for a while: its policy may be so large that nothing more fits, and must
   * not keep the others from being told.
   * @throws ApiFailure when the server cannot be reached, or may not be written to
   */
  write(statuses: readonly StatusToWrite[], signal: AbortSignal): Promise<number>;
}

/** How long a status is not tried again that the server did not take: one for each failure in a row, milliseconds. */
const leftForMs = [60_000, 300_000, 1_800_000] as const;

interface Refused {
  readonly times: number;
  readonly until: number;
}

/** @param now milliseconds, of any clock */
export function statusWriter(server: ApiServer, now: () => number): StatusWriter {
  /** what was written last: a schema may drop what it does not know, and must not be argued with */
  const written = new Map<string, string>();
  const refused = new Map<string, Refused>();

  /** what is about one object alone, or cannot be told from it; the object's change brings the next look at it */
  function isItsOwn({ code }: ApiFailure): boolean {
    return code === "conflict" || code === "notFound" || code === "invalid" || code === "busy";
  }

  function note(key: string, { code }: ApiFailure): void {
    if (code === "conflict" || code === "notFound") return;
    const times = (refused.get(key)?.times ?? 0) + 1;
    refused.set(key, { times, until: now() + (leftForMs[times - 1] ?? leftForMs[2]) });
  }

  async function writeOne({ kind, object, status }: StatusToWrite, signal: AbortSignal): Promise<boolean> {
    try {
      // other programs' members of the status stay
      const merged = { ...(isRecord(object.status) && object.status), ...status };
      await server.replaceStatus(kind, { ...object, status: merged }, signal);
      refused.delete(keyOf(object));
      return true;
    } catch (error) {
      if (!(error instanceof ApiFailure) || !isItsOwn(error)) throw error;
      note(keyOf(object), error);
      return false;
    }
  }

  return {
    async write(statuses, signal) {
      const news = statuses.filter(({ object, status }) => {
        const left = refused.get(keyOf(object));
        if (left !== undefined && now() < left.until) return false;
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
      for (const known of [written, refused]) {
        for (const key of known.keys()) if (!present.has(key)) known.delete(key);
      }
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
