import type { SignedPayload } from "../signature/signed-payload.ts";
import { CountersignError } from "../values/error.ts";
import { failed, type Judgement, satisfied } from "./judgement.ts";
import type { UnverifiedSignature } from "./ports.ts";
import type { SignatureResult, SignedClaims } from "./verdict.ts";

/** How a requirement looks at one kind of signatures. */
export interface SignatureKind<S extends UnverifiedSignature> {
  isRelevant(signature: UnverifiedSignature): signature is S;
  /** why one of another kind does not matter */
  whyNotRelevant(signature: UnverifiedSignature): string;
  /** @throws CountersignError SIGNATURE_INVALID: it does not count. Any other: whether it does could not be found out */
  accept(signature: S): AcceptedSignature;
  /** what it says, whether or not that is true; undefined if that cannot be read */
  read(signature: S): SignedPayload | undefined;
  /** the reason where there is none to look at */
  none(): string;
}

export interface AcceptedSignature {
  readonly payload: SignedPayload;
  /** the signing key's fingerprint, where keys have one */
  readonly signer: string | undefined;
}

/**
 * Requires that one signature is accepted; they are tried in the source's order.
 * Source: containers/image signature/policy_eval_signedby.go and policy_eval_sigstore.go, isRunningImageAllowed.
 * @throws CountersignError when none is accepted and one of them could not be judged for want of our own keys or CAs
 */
export function judgeEach<S extends UnverifiedSignature>(
  signatures: readonly UnverifiedSignature[],
  kind: SignatureKind<S>,
): Judgement {
  const results: SignatureResult[] = [];
  const rejections: CountersignError[] = [];
  for (const signature of signatures) {
    const { location } = signature;
    if (!kind.isRelevant(signature)) {
      const reason = kind.whyNotRelevant(signature);
      results.push({ location, outcome: "not relevant", reason, signer: undefined, claims: undefined });
      continue;
    }
    const accepted = tryToAccept(signature, kind);
    if (!(accepted instanceof CountersignError)) {
      const { payload, signer } = accepted;
      results.push({ location, outcome: "accepted", reason: "", signer, claims: claims(payload) });
      return satisfied(results);
    }
    const { message: reason } = accepted;
    const payload = kind.read(signature);
    results.push({
      location,
      outcome: "rejected",
      reason,
      signer: undefined,
      claims: payload && claims(payload),
    });
    rejections.push(accepted);
  }
  const reason = rejections.length === 0 ? kind.none() : summary(rejections);
  const undecided = rejections.find(({ code }) => code !== "SIGNATURE_INVALID");
  if (undecided === undefined) return failed(reason, results);
  throw new CountersignError(undecided.code, reason, { cause: undecided });
}

export const noSignature = "A signature was required, but no signature exists";

function tryToAccept<S extends UnverifiedSignature>(
  signature: S,
  kind: SignatureKind<S>,
): AcceptedSignature | CountersignError {
  try {
    return kind.accept(signature);
  } catch (caught) {
    return CountersignError.from(caught);
  }
}

/** One reason as it is; of more, so many that the text stays readable, whatever strangers wrote. */
function summary(rejections: readonly CountersignError[]): string {
  const reasons = rejections.map(({ message }) => message);
  if (reasons.length === 1) return reasons.join();
  const told = reasons.slice(0, maxReasons);
  const more = reasons.length > maxReasons ? `; and ${reasons.length - maxReasons} more` : "";
  return `None of the signatures were accepted, reasons: ${told.join("; ")}${more}`;
}

const maxReasons = 32;

function claims({ manifestDigest, dockerReference }: SignedPayload): SignedClaims {
  return { digest: manifestDigest, identity: dockerReference };
}
