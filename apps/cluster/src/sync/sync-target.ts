import type { PolicySet } from "@countersign/engine/cluster/publication";

/** Who on the node is to read the policies. */
export interface SyncTarget {
  /**
   * What has to be on the node.
   * @throws CountersignError POLICY_INVALID when the reader would not take what holds for all
   */
  files(set: PolicySet, generation: number): Promise<TargetFiles>;
}

export interface TargetFiles extends WantedFiles {
  /** namespaces whose policies the reader would not take; all their images are refused, and why */
  readonly refused: ReadonlyMap<string, string>;
  /** those of them for whose scopes registries.d has no room: nothing else is wrong with their policies */
  readonly withoutRoom: ReadonlySet<string>;
  /** scopes of registries.d that a file of somebody else's speaks of, and does not have attached signatures looked for: that file */
  readonly elsewhere: ReadonlyMap<string, string>;
}

export interface WantedFiles {
  /** absolute path → content, of what is about all namespaces; one that cannot be written keeps everything from being applied */
  readonly shared: ReadonlyMap<string, string>;
  /** namespace → the file that is about it alone */
  readonly namespaces: ReadonlyMap<string, NamedFile>;
  /** absolute path → content, written when all others are: it says that they are there */
  readonly last: ReadonlyMap<string, string>;
  /** where a namespace is ruled by a file of its name, whoever wrote it */
  readonly ruledIn: NamespaceDirectory;
}

export interface NamespaceDirectory {
  /** absolute */
  readonly directory: string;
  /** all that there are, whether or not they have policies of their own */
  readonly namespaces: ReadonlySet<string>;
}

export interface NamedFile {
  /** absolute */
  readonly path: string;
  readonly content: string;
}
