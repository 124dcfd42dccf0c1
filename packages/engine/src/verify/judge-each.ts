import { CountersignError } from "../values/error.ts";
import { joinReasons } from "./join-reasons.ts";
import { failed, type Judgement, satisfied } from "./judgement.ts";
import type { SignatureResult } from "./verdict.ts";

/** How a requirement looks at one kind of signatures. */
export interface SignatureKind<T, S extends T> {
  isRelevant(signature: T): signature is S;
  /** why one of another kind does not matter */
  whyNotRelevant(signature: T): string;
  /** @throws CountersignError SIGNATURE_INVALID: it does not count. Any other: whether it does could not be found out */
  accept(signature: S): KnownOfSignature;
  /** what is known of one that is rejected */
  read(signature: S): KnownOfSignature;
  /** the reason where there is none to look at */
  none(): string;
  /** the reason where none is accepted, from those of each; by default as containers/image tells it */
  rejected?(reasons: readonly string[]): string;
}

export type KnownOfSignature = Pick<SignatureResult, "signer" | "certificate" | "claims">;

/** How one of several signatures was found to be accepted, or was not. */
export interface TriedSignatures {
  readonly outcome: "satisfied" | "failed" | "undecided";
  /** `""` if one is accepted */
  readonly reason: string;
  readonly signatures: readonly SignatureResult[];
  /** of which one could not be judged; undefined unless undecided */
  readonly fault: CountersignError | undefined;
}

/**
 * Tries signatures in the source's order until one is accepted.
 * @param missed why others could not be looked at
 */
export function trySignatures<T extends { readonly location: string }, S extends T>(
  found: readonly T[],
  kind: SignatureKind<T, S>,
  missed: readonly CountersignError[] = [],
): TriedSignatures {
  const signatures: SignatureResult[] = [];
  const rejections: CountersignError[] = [];
  for (const signature of found) {
    const { location } = signature;
    if (!kind.isRelevant(signature)) {
      const reason = kind.whyNotRelevant(signature);
      signatures.push({ ...unknown, location, outcome: "not relevant", reason });
      continue;
    }
    const accepted = tryToAccept(signature, kind);
    if (!(accepted instanceof CountersignError)) {
      signatures.push({ ...accepted, location, outcome: "accepted", reason: "" });
      return { outcome: "satisfied", reason: "", signatures, fault: undefined };
    }
    const { message: reason } = accepted;
    signatures.push({ ...kind.read(signature), location, outcome: "rejected", reason });
    rejections.push(accepted);
  }
  const all = [...rejections, ...missed];
  const reasons = all.map(({ message }) => message);
  const rejected = kind.rejected ?? ((each) => joinReasons("None of the signatures were accepted", each));
  const reason = all.length === 0 ? kind.none() : rejected(reasons);
  const undecided = all.find(({ code }) => code !== "SIGNATURE_INVALID");
  if (undecided === undefined) return { outcome: "failed", reason, signatures, fault: undefined };
  const fault = new CountersignError(undecided.code, reason, { cause: undecided });
  return { outcome: "undecided", reason, signatures, fault };
}

/**
 * Requires that one signature is accepted.
 * Source: containers/image signature/policy_eval_signedby.go and policy_eval_sigstore.go, isRunningImageAllowed.
 * @throws CountersignError when none is accepted and one of them could not be judged for want of our own keys or CAs
 */
export function judgeEach<T extends { readonly location: string }, S extends T>(
  found: readonly T[],
  kind: SignatureKind<T, S>,
): Judgement {
  const { outcome, reason, signatures, fault } = trySignatures(found, kind);
  if (fault !== undefined) throw fault;
  return outcome === "satisfied" ? satisfied(signatures) : failed(reason, signatures);
}

const unknown: KnownOfSignature = { signer: undefined, certificate: undefined, claims: undefined };

export const noSignature = "A signature was required, but no signature exists";

function tryToAccept<T, S extends T>(
  signature: S,
  kind: SignatureKind<T, S>,
): KnownOfSignature | CountersignError {
  try {
    return kind.accept(signature);
  } catch (caught) {
    return CountersignError.from(caught);
  }
}
