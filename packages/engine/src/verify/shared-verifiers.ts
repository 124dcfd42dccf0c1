import type { Authority } from "../policy/sigstore-requirement.ts";
import { certificateWork, workPerJudgement } from "../signature/certificate-work.ts";
import type { Digest } from "../values/digest.ts";
import { trustKey } from "./authority-needs.ts";
import type { Evidence } from "./evidence.ts";
import type { VerifyingAuthority } from "./judge-authority.ts";
import type { AttachedReader } from "./read-attached.ts";
import { type AttachedVerifier, attachedVerifier } from "./verify-attached.ts";

/** Enough for some keyless signatures. */
const leastWork = 50;

/**
 * One verifier for all authorities that trust the same. Each may cost its share of the work that a judgement may: nobody
 * who fills up one with signatures that do not verify hides what another would accept.
 */
export function sharedVerifiers(
  authorities: readonly Authority[],
  evidence: Evidence,
  digests: ReadonlySet<Digest>,
  reader: AttachedReader,
): (authority: VerifyingAuthority) => AttachedVerifier {
  const verifying = authorities.filter((one) => one.type !== "static");
  const keys = new Map<Authority, string>(
    verifying.map((one) => [one, verifying.length === 1 ? "" : trustKey(one)]),
  );
  const share = Math.max(leastWork, Math.floor(workPerJudgement / new Set(keys.values()).size));
  const known = new Map<string, AttachedVerifier>();
  return (authority) => {
    const key = keys.get(authority) ?? trustKey(authority);
    const verifier =
      known.get(key) ?? attachedVerifier(authority, evidence, digests, reader, certificateWork(share));
    known.set(key, verifier);
    return verifier;
  };
}
