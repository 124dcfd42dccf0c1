import type { Span } from "../world/policy-history.ts";

/** How a question ended. */
export interface Answer {
  readonly kind: AnswerKind;
  /** the call that ended it: the last one that was made */
  readonly call: string;
  readonly code: number;
  readonly message: string;
  readonly span: Span;
  /** of a pull that went well: what the caller was given for the image */
  readonly imageRef: string | undefined;
  /** of a run that went well */
  readonly containerId: string | undefined;
}

export type AnswerKind =
  | "ok"
  /** an image is not allowed, or nobody could decide: SignatureValidationFailed */
  | "refused"
  /** the registry is to blame: RegistryUnavailable */
  | "registry away"
  /** the runtime or the gateway is not there: UNAVAILABLE */
  | "away"
  /** a pull is moving the image's tag just now, and did not end in time */
  | "tag moving"
  /** the image was on the node when it was looked for, and is not any more */
  | "image gone"
  /** there is too much else: RESOURCE_EXHAUSTED */
  | "exhausted"
  /** the gateway, or whoever waited for it, gave up: DEADLINE_EXCEEDED */
  | "late"
  /** anything else */
  | "failed";

/** In the gateway's words, and in containerd's. */
const isGone =
  /the runtime does not have the image |failed to (?:resolve image|get image from containerd) .* not found$/;

/** @param code gRPC's */
export function kindOf(code: number, message: string): AnswerKind {
  if (message.includes("another call is just pulling ")) return "tag moving";
  if (isGone.test(message)) return "image gone";
  switch (code) {
    case 0:
      return "ok";
    case 2:
      if (/^(?:ImageVolumeMountFailed: )?SignatureValidationFailed: /.test(message)) return "refused";
      return /^(?:ImageVolumeMountFailed: )?RegistryUnavailable: /.test(message) ? "registry away" : "failed";
    case 4:
      return "late";
    case 8:
      return "exhausted";
    case 14:
      return "away";
    default:
      return "failed";
  }
}
