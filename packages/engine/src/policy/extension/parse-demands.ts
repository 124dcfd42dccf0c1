import type { Reader } from "../../values/strict-object.ts";
import { countUpTo, objectAs } from "../../values/strict-value.ts";
import type { TimestampDemand, TransparencyDemand, TransparencyLogs } from "../sigstore-requirement.ts";
import { onlyOne } from "./only-one.ts";
import { rekorNames, rekorReaders, rekorSource } from "./parse-trust-source.ts";
import { readTrustedRoot } from "./parse-trusted-root.ts";

/** More than there are logs and timestamp authorities in the world. */
const readThreshold = countUpTo(16);

/**
 * `transparency`: how many logs must have taken the signature, and which. A threshold of 0 asks for none; it says so
 * where there would be a demand without it.
 */
export const readTransparency: Reader<TransparencyDemand> = objectAs(
  { threshold: readThreshold, trustedRoot: readTrustedRoot, ...rekorReaders },
  ({ threshold = 1, trustedRoot, ...rekor }, path, report): TransparencyDemand | undefined => {
    const isNamed = Object.keys(rekor).length > 0;
    if (threshold === 0) {
      if (!isNamed && trustedRoot === undefined) return { type: "none" };
      report(path, "with a threshold of 0 no log is asked, so none may be named");
      return undefined;
    }
    if (!isNamed) {
      const logs: TransparencyLogs | undefined = trustedRoot && { type: "trustedRoot", root: trustedRoot };
      return { type: "logged", threshold, logs };
    }
    if (trustedRoot !== undefined) {
      onlyOne({ trustedRoot, ...rekor }, ["trustedRoot", ...rekorNames], path, report);
      return undefined;
    }
    const keys = rekorSource(rekor, path, report);
    return keys && { type: "logged", threshold, logs: { type: "rekor", keys } };
  },
);

/** `timestamp`: how many timestamp authorities must have seen the signature, and which. */
export const readTimestamp: Reader<TimestampDemand> = objectAs(
  { threshold: readThreshold, trustedRoot: readTrustedRoot },
  ({ threshold = 1, trustedRoot: root }, path, report): TimestampDemand | undefined => {
    if (threshold > 0) return { type: "stamped", threshold, root };
    if (root === undefined) return { type: "none" };
    report(path, "with a threshold of 0 no authority is asked, so none may be named");
    return undefined;
  },
);
