import type { PolicySubject } from "../policy/policy-subject.ts";
import type { Authority, SigstoreRequirement, StaticAuthority } from "../policy/sigstore-requirement.ts";
import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import type { Evidence } from "./evidence.ts";
import { joinReasons } from "./join-reasons.ts";
import { judgeAuthority, type TriedAuthority } from "./judge-authority.ts";
import { failed, type Judgement, satisfied } from "./judgement.ts";
import { attachedReader } from "./read-attached.ts";
import { sharedVerifiers } from "./shared-verifiers.ts";
import type { AuthorityResult } from "./verdict.ts";

/**
 * Requires that one authority vouches for the image; they are asked in order. One that cannot be asked spoils no other.
 * @throws CountersignError when none does and one of them could not be asked
 */
export function judgeSigstoreAuthorities(
  { authorities, identity, acceptsIndexSignatures }: SigstoreRequirement,
  subject: PolicySubject,
  evidence: Evidence,
): Judgement {
  const { manifestDigest, indexDigest } = evidence;
  const counted = acceptsIndexSignatures ? [manifestDigest, indexDigest] : [manifestDigest];
  const digests = new Set(counted.filter((digest) => digest !== undefined));
  const reader = attachedReader();
  const verifiers = sharedVerifiers(authorities, evidence, digests, reader);
  const image = { image: subject, digests, identity, acceptsIndexSignatures, evidence, reader, verifiers };
  const results: AuthorityResult[] = [];
  let fault: CountersignError | undefined;
  for (const [at, authority] of authorities.entries()) {
    const tried: TriedAuthority =
      authority.type === "static"
        ? { result: staticResult(authority), fault: undefined }
        : judgeAuthority(authority, image);
    results.push(tried.result);
    fault ??= tried.fault;
    if (tried.result.outcome === "satisfied") {
      const rest = authorities.slice(at + 1).map(notAsked);
      return { ...satisfied([]), authorities: [...results, ...rest] };
    }
  }
  const reason = reasonOf(results);
  if (fault !== undefined) throw new CountersignError(fault.code, reason, { cause: fault });
  return { ...failed(reason, []), authorities: results };
}

function staticResult(authority: Authority & StaticAuthority): AuthorityResult {
  if (authority.action === "pass") return { ...notAsked(authority), outcome: "satisfied" };
  const message = authority.message === "" ? "" : `: ${authority.message}`;
  return { ...notAsked(authority), outcome: "failed", reason: `disallowed by static policy${message}` };
}

function notAsked(authority: Authority): AuthorityResult {
  return { authority, outcome: "not judged", reason: "", fault: undefined, signatures: [], attestations: [] };
}

/** With the names where there are several. */
function reasonOf(results: readonly AuthorityResult[]): string {
  const [only, ...others] = results;
  if (only !== undefined && others.length === 0) return only.reason;
  const reasons = results.map(({ authority, reason }) => `${quote(authority.name)}: ${reason}`);
  return joinReasons("None of the authorities vouches for the image", reasons);
}
