import type { PolicySet } from "@countersign/engine/cluster/publication";

/** Who on the node is to read the policies. */
export interface SyncTarget {
  /**
   * What has to be on the node: absolute path → content.
   * @throws CountersignError POLICY_INVALID when the reader would not take it
   */
  files(set: PolicySet): ReadonlyMap<string, string>;
  /** Has the reader notice that these paths were written or removed. */
  changed(paths: readonly string[], signal: AbortSignal): Promise<void>;
}
