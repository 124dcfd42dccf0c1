import type { PolicySet } from "@countersign/engine/cluster/publication";

/** Who on the node is to read the policies. */
export interface SyncTarget {
  /**
   * What has to be on the node.
   * @throws CountersignError POLICY_INVALID when the reader would not take what holds for all
   */
  files(set: PolicySet, generation: number): Promise<TargetFiles>;
}

export interface TargetFiles {
  /** absolute path → content */
  readonly files: ReadonlyMap<string, string>;
  /** the same, written when all others are: it says that they are there */
  readonly last: ReadonlyMap<string, string>;
  /** namespaces whose policies the reader would not take; all their images are refused, and why */
  readonly refused: ReadonlyMap<string, string>;
  /** scopes of registries.d that a file of somebody else's speaks of, and does not have attached signatures looked for: that file */
  readonly elsewhere: ReadonlyMap<string, string>;
}
