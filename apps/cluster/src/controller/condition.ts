import type { ApiObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";

/** Source: k8s.io/apimachinery/pkg/apis/meta/v1, Condition. */
export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  readonly observedGeneration: number;
  readonly lastTransitionTime: string;
}

export type ConditionType = "Ready" | "Compiled" | "EnforceableByGateway" | "EnforceableByCRIO" | "Applied";

export type Stated = Pick<Condition, "type" | "status" | "reason" | "message">;

/**
 * @param object as it is now: its conditions keep their times where nothing changed
 * @param now RFC 3339
 */
export function condition(stated: Stated, object: ApiObject, now: string): Condition {
  const before = conditionsOf(object).find((each) => each["type"] === stated.type);
  const since = before?.["lastTransitionTime"];
  const isUnchanged = before?.["status"] === stated.status && typeof since === "string";
  return {
    ...stated,
    message: shortened(stated.message),
    observedGeneration: object.metadata.generation ?? 0,
    lastTransitionTime: isUnchanged ? since : now,
  };
}

/** A status lies in etcd. */
const longestMessage = 1000;

export function shortened(text: string, longest: number = longestMessage): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}

function conditionsOf({ status }: ApiObject): readonly Readonly<Record<string, unknown>>[] {
  const conditions = isRecord(status) ? status["conditions"] : undefined;
  return Array.isArray(conditions) ? conditions.filter(isRecord) : [];
}
