import type { ResourceIdentity } from "./policy-resource.ts";

/** A policy resource as nodes are told it: a member of `images` in a policy file with the extension. */
export interface CompiledRule {
  readonly identity: ResourceIdentity;
  /** JSON, the same for the same resource and materials */
  readonly text: string;
  /** what is not enforced as the resource says; empty: all of it is */
  readonly shortcomings: readonly Shortcoming[];
}

/** Something that cannot be enforced as it is written. It is never made up for by letting more in. */
export interface Shortcoming {
  /** `spec.authorities[1].key` */
  readonly path: string;
  readonly effect: /** what it is about accepts nothing */
    | "refuses"
    /** more is refused than is written */
    | "stricter"
    /** it has no effect, and none on what is let in */
    | "ignored";
  readonly message: string;
}
