import { leafRequirements } from "@countersign/engine/policy/leaf-requirements";
import type { Requirement } from "@countersign/engine/policy/policy";
import type { ScopeSelection } from "@countersign/engine/policy/select-scope";
import type { Digest } from "@countersign/engine/values/digest";
import { CountersignError, type ErrorCode } from "@countersign/engine/values/error";
import type { LocatedImage } from "@countersign/engine/values/located-image";
import type { DenialCode } from "@countersign/engine/verify/denial-code";
import type { RequirementResult } from "@countersign/engine/verify/verdict";
import type { SignaturePlace } from "@countersign/sources/signature-places";
import type { NameResolution } from "./name-resolution.ts";

/** Everything that is known about one asked image, as far as the question got. */
export interface Report {
  /** as it was typed */
  readonly image: string;
  readonly namespace: string | undefined;
  readonly located: LocatedImage | undefined;
  /** undefined unless the name left the registry open and registries.conf was asked */
  readonly resolution: NameResolution | undefined;
  /** what a runtime must pull; an index's own digest where there is one */
  readonly digest: Digest | undefined;
  /** the platform's manifest that was judged, when it was chosen through an index */
  readonly instance: Digest | undefined;
  readonly policy: PolicyInForce | undefined;
  readonly requirements: readonly RequirementResult[];
  readonly outcome: Outcome;
  /** where signatures were missed; empty unless there was none that a requirement asks for */
  readonly missedIn: readonly SignaturePlace[];
  /** where bundles lie that a requirement which failed does not read; empty unless one of containers-policy.json(5) did */
  readonly unreadBundles: readonly string[];
  /** milliseconds from question to answer */
  readonly duration: number;
}

export interface PolicyInForce {
  readonly file: string;
  /** why this file and not another one */
  readonly because: string;
  readonly selection: ScopeSelection | undefined;
  /** whether it was compiled from cluster policies, and is nothing to be edited */
  readonly isCompiled?: boolean;
}

export type Outcome =
  | { readonly decision: "allowed" }
  | { readonly decision: "denied"; readonly code: DenialCode; readonly message: string }
  | {
      readonly decision: "undecided";
      readonly code: ErrorCode;
      readonly message: string;
      /** of a policy's fault: where in its file it is, in words */
      readonly place?: string;
      /** what to do, where more is known than the code says */
      readonly remedy?: string;
    };

/** The report of a question that was put so wrongly that nobody was asked. */
export function unanswered(image: string, fault: unknown): Report {
  const { code, message } = CountersignError.from(fault);
  return {
    image,
    namespace: undefined,
    located: undefined,
    resolution: undefined,
    digest: undefined,
    instance: undefined,
    policy: undefined,
    requirements: [],
    outcome: { decision: "undecided", code, message },
    missedIn: [],
    unreadBundles: [],
    duration: 0,
  };
}

/** Whether what cosign 3 makes can meet it, by itself or in a part of it. */
export function readsBundles(requirement: Requirement): boolean {
  return leafRequirements(requirement).some(({ type }) => type === "sigstore");
}

/** Whether it can be met by a signature alone. */
export function asksForSignature({ type }: Requirement): boolean {
  return type === "signedBy" || type === "sigstoreSigned" || type === "sigstore";
}
