import type { PolicySubject } from "../policy/policy-subject.ts";
import type { Authority, SigstoreRequirement, StaticAuthority } from "../policy/sigstore-requirement.ts";
import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import type { Evidence } from "./evidence.ts";
import { joinReasons } from "./join-reasons.ts";
import { failed, type Judgement, satisfied } from "./judgement.ts";
import type { AuthorityResult } from "./verdict.ts";

/**
 * Requires that one authority vouches for the image; they are asked in order. One that cannot be asked spoils no other.
 * @throws CountersignError when none does and one of them could not be asked
 */
export function judgeSigstoreAuthorities(
  { authorities }: SigstoreRequirement,
  _image: PolicySubject,
  _evidence: Evidence,
): Judgement {
  const results: AuthorityResult[] = [];
  let fault: CountersignError | undefined;
  for (const [at, authority] of authorities.entries()) {
    const tried = askAuthority(authority);
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

interface TriedAuthority {
  readonly result: AuthorityResult;
  /** undefined unless it is undecided */
  readonly fault: CountersignError | undefined;
}

function askAuthority(authority: Authority): TriedAuthority {
  if (authority.type === "static") return { result: staticResult(authority), fault: undefined };
  const message = `authorities with ${authority.type === "key" ? "keys" : "certificates"} cannot be asked yet`;
  const fault = new CountersignError("REQUIREMENT_UNSUPPORTED", message);
  const result = { outcome: "undecided", reason: message, fault: fault.code } as const;
  return { result: { ...notAsked(authority), ...result }, fault };
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
