import type { ApiObject, NewObject } from "../kube/api-object.ts";
import { isRecord } from "../kube/parse-object.ts";

/**
 * Who leads, as a Lease says it.
 * Source: k8s.io/api/coordination/v1, LeaseSpec; client-go tools/leaderelection/resourcelock/leaselock.go.
 */
export interface LeaseRecord {
  /** `""`: nobody */
  readonly holder: string;
  readonly durationSeconds: number;
  /** RFC 3339 with microseconds, by the holder's clock: compared for equality alone */
  readonly acquired: string;
  readonly renewed: string;
  readonly transitions: number;
}

export function readLease({ spec }: ApiObject): LeaseRecord {
  const members = isRecord(spec) ? spec : {};
  const text = (name: string) => (typeof members[name] === "string" ? members[name] : "");
  const count = (name: string) => (typeof members[name] === "number" ? members[name] : 0);
  return {
    holder: text("holderIdentity"),
    durationSeconds: count("leaseDurationSeconds"),
    acquired: text("acquireTime"),
    renewed: text("renewTime"),
    transitions: count("leaseTransitions"),
  };
}

export function leaseObject(
  metadata: ApiObject["metadata"],
  { holder, durationSeconds, acquired, renewed, transitions }: LeaseRecord,
): NewObject {
  return {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata,
    spec: {
      holderIdentity: holder,
      leaseDurationSeconds: durationSeconds,
      acquireTime: acquired,
      renewTime: renewed,
      leaseTransitions: transitions,
    },
  };
}

/** @param wall milliseconds since the epoch */
export function microTime(wall: number): string {
  return new Date(wall).toISOString().replace(/Z$/, "000Z");
}
