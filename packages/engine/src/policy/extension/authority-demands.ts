import type { Report } from "../../values/strict-object.ts";
import type { KeylessTrust, TimestampDemand, TransparencyDemand } from "../sigstore-requirement.ts";

/** What must vouch for a signature besides who signed. */
export interface AuthorityDemands {
  readonly transparency: TransparencyDemand;
  readonly timestamp: TimestampDemand;
}

const none = { type: "none" } as const;
const logged: TransparencyDemand = { type: "logged", threshold: 1, logs: undefined };

/**
 * A key is good at any time, so neither log nor timestamp is asked for unless the policy says so; and as a key knows
 * neither, it then says which.
 */
export function keyDemands(
  transparency: TransparencyDemand = none,
  timestamp: TimestampDemand = none,
  path: string,
  report: Report,
): AuthorityDemands | undefined {
  let isWhole = true;
  const missing = (message: string) => {
    isWhole = false;
    report(path, message);
  };
  if (transparency.type === "logged" && transparency.logs === undefined) {
    missing("transparency must name the log: by a key or a trustedRoot");
  }
  if (timestamp.type === "stamped" && timestamp.root === undefined) {
    missing("timestamp must name its authorities: by a trustedRoot");
  }
  return isWhole ? { transparency, timestamp } : undefined;
}

/**
 * A certificate of minutes proves nothing once it has expired, unless someone says when it was used: a log, if the
 * policy does not speak of timestamps. Where it speaks of these alone, no log is asked, as in a ClusterImagePolicy.
 */
export function keylessDemands(
  trust: KeylessTrust,
  transparency: TransparencyDemand | undefined,
  timestamp: TimestampDemand = none,
  path: string,
  report: Report,
): AuthorityDemands | undefined {
  const isStamped = timestamp.type === "stamped";
  if (trust.type === "trustedRoot") {
    return { transparency: transparency ?? (isStamped ? none : logged), timestamp };
  }
  const isLogKnown = trust.rekor !== undefined;
  const demand = transparency ?? (isStamped && !isLogKnown ? none : logged);
  let isWhole = true;
  const fault = (message: string) => {
    isWhole = false;
    report(path, message);
  };
  if (isLogKnown && (demand.type === "none" || demand.logs !== undefined)) {
    fault("the keyless rekorPublicKey is never looked at beside this transparency");
  }
  if (!isLogKnown && demand.type === "logged" && demand.logs === undefined) {
    fault(
      "nobody says when a certificate was used: name a rekorPublicKey, or a timestamp with its trustedRoot; or, to accept certificates only while they are valid, a transparency with threshold 0",
    );
  }
  if (isStamped && timestamp.root === undefined) {
    fault("timestamp must name its authorities, as fulcio knows none: by a trustedRoot");
  }
  return isWhole ? { transparency: demand, timestamp } : undefined;
}
