import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { Platform } from "@countersign/engine/values/manifest";
import type { Namespace } from "@countersign/gateway/policy/namespace";

/** What a policy repository expects of its policies: a file that its CI checks. Paths are resolved. */
export interface TestTable {
  /** the global policy, and the directory of those that replace it for a namespace */
  readonly policy: string | undefined;
  readonly policies: string | undefined;
  /** directory that a policy names → directory where its key files are kept here */
  readonly trustFiles: ReadonlyMap<string, string>;
  readonly rows: readonly TestRow[];
}

/** An image, and by which evidence it is judged. */
export interface AskedImage {
  readonly image: LocatedImage;
  readonly platform: Platform;
  readonly evidence: EvidencePlace;
  readonly at: JudgedAt;
}

/** One image, and what is expected of it. */
export interface TestRow extends AskedImage {
  /** where it stands: the table's file, and the line in it */
  readonly file: string;
  readonly line: number;
  /** as it is written */
  readonly written: string;
  readonly namespace: Namespace | undefined;
  readonly expected: Expectation;
}

/** The decision, its code if that is said, and a part of its message. */
export type Expectation =
  | { readonly decision: "allowed" }
  | {
      readonly decision: "denied" | "undecided";
      readonly code: string | undefined;
      readonly message: string | undefined;
    };

export type EvidencePlace =
  /** the registry, now */
  | { readonly type: "live" }
  /** none is needed: the image is taken for one that nobody signed */
  | { readonly type: "unsigned" }
  /** what `--record` wrote */
  | { readonly type: "recorded"; readonly directory: string }
  /** a copy in a directory, as skopeo makes it */
  | { readonly type: "copied"; readonly image: LocatedImage };

/** For which time certificates are judged: that of the evidence, unless the table says another; in milliseconds. */
export type JudgedAt = "evidence" | "now" | number;
