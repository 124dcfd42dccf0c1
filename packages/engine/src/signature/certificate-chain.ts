import { quote } from "../values/go-format.ts";
import type { Certificate } from "./certificate.ts";
import { arePoliciesValid } from "./certificate-policies.ts";
import { type CertificatePool, isInPool, potentialParents, sameBytes } from "./certificate-pool.ts";
import { signedByFault } from "./certificate-signature.ts";
import { formatCertificateTime } from "./certificate-time.ts";
import type { CertificateWork } from "./certificate-work.ts";
import { refuse } from "./invalid.ts";
import { nameConstraintFault } from "./name-constraint-check.ts";
import { verificationEffort } from "./verification-effort.ts";

export interface ChainQuestion {
  /** anchors: any certificate listed is one, the leaf itself included */
  readonly roots: CertificatePool;
  /** not believed; only used to reach an anchor */
  readonly intermediates: CertificatePool;
  /** seconds since 1970 at which the whole chain must be valid, bounds included */
  readonly seconds: number;
  readonly work: CertificateWork;
}

/**
 * Requires a chain from `leaf` to an anchor that is good for code signing, as Go's x509 Certificate.Verify with
 * KeyUsages {ExtKeyUsageCodeSigning} and a given CurrentTime.
 * @param usage another extended key usage, by its OID
 * @returns every such chain, the leaf first
 * @throws CountersignError SIGNATURE_INVALID with Go's words
 */
export function verifyChain(
  leaf: Certificate,
  question: ChainQuestion,
  usage: string = codeSigning,
): readonly (readonly Certificate[])[] {
  const leafFault = validityFault(leaf, "leaf", [], question.seconds);
  if (leafFault !== undefined) refuse(leafFault);
  const chains = isInPool(question.roots, leaf) ? [[leaf]] : findChains(leaf, question);
  const faults = chains.map((chain) => chainFault(chain, usage));
  const good = chains.filter((_, at) => faults[at] === undefined);
  if (good.length > 0) return good;
  const names = faults.find((fault) => fault?.type === "names");
  if (names !== undefined) {
    refuse(
      `x509: a root or intermediate certificate is not authorized to sign for this name: ${names.detail}`,
    );
  }
  const ofUsage = faults.filter((fault) => fault?.type === "usage").length;
  const ofPolicies = faults.filter((fault) => fault?.type === "policies").length;
  if (ofPolicies === 0) refuse("x509: certificate specifies an incompatible key usage");
  const usageDetail = ofUsage === 0 ? "" : `${ofUsage} candidate chains with incompatible key usage, `;
  return refuse(
    `x509: no valid chains built: ${usageDetail}${ofPolicies} candidate chains with invalid policies`,
  );
}

type Chain = readonly Certificate[];

type ChainFault =
  | { readonly type: "policies" }
  | { readonly type: "usage" }
  | { readonly type: "names"; readonly detail: string };

function chainFault(chain: Chain, usage: string): ChainFault | undefined {
  if (!arePoliciesValid(chain)) return { type: "policies" };
  if (!chain.every((certificate) => allows(certificate, usage))) return { type: "usage" };
  const detail = nameConstraintFault(chain);
  return detail === undefined ? undefined : { type: "names", detail };
}

const codeSigning = "1.3.6.1.5.5.7.3.3";
const anyUsage = "2.5.29.37.0";

export function allowsCodeSigning(certificate: Certificate): boolean {
  return allows(certificate, codeSigning);
}

/** Every certificate that names usages must name this one; usages nest down the chain. */
function allows({ facts: { extendedKeyUsages } }: Certificate, usage: string): boolean {
  if (extendedKeyUsages.length === 0) return true;
  return extendedKeyUsages.includes(usage) || extendedKeyUsages.includes(anyUsage);
}

/** One way up is enough, but there may be many to try: cross-signed CAs, several with one name. */
const maxSignatureChecks = 100;
const tooManyChecks = "x509: signature check attempts limit reached while verifying certificate chain";

interface Search extends ChainQuestion {
  /** shared by the whole search: an attacker's chain annotation must not cost more */
  checksLeft: number;
}

function findChains(leaf: Certificate, question: ChainQuestion): readonly Chain[] {
  const { chains, fault } = buildChains([leaf], leaf, { ...question, checksLeft: maxSignatureChecks });
  return fault === undefined ? chains : refuse(fault);
}

/** All chains that begin with `chain`, whose last certificate is `child`; or why there is none. */
function buildChains(
  chain: Chain,
  child: Certificate,
  search: Search,
): { readonly chains: readonly Chain[]; readonly fault: string | undefined } {
  const chains: Chain[] = [];
  let fault: string | undefined;
  let hint = "";
  for (const { kind, parent } of candidates(child, search)) {
    if (search.checksLeft-- === 0) {
      fault = tooManyChecks;
      break;
    }
    if (parent.publicKey === undefined || isInChain(parent, chain)) continue;
    search.work.spend(verificationEffort(parent.publicKey));
    const unsigned = signedByFault(child, parent);
    if (unsigned !== undefined) {
      hint ||= hintText(unsigned, parent);
      continue;
    }
    fault = validityFault(parent, kind, chain, search.seconds);
    if (fault !== undefined) {
      hint ||= hintText(fault, parent);
    } else if (kind === "root") {
      chains.push([...chain, parent]);
    } else {
      const above = buildChains([...chain, parent], parent, search);
      fault = above.fault;
      chains.push(...above.chains);
      if (fault === tooManyChecks) break;
    }
  }
  if (chains.length > 0) return { chains, fault: undefined };
  return { chains, fault: fault ?? `x509: certificate signed by unknown authority${hint}` };
}

function* candidates(child: Certificate, { roots, intermediates }: ChainQuestion) {
  for (const parent of potentialParents(roots, child)) yield { kind: "root", parent } as const;
  for (const parent of potentialParents(intermediates, child))
    yield { kind: "intermediate", parent } as const;
}

function hintText(fault: string, { subjectName, serialNumber }: Certificate): string {
  const name = subjectName.commonName || subjectName.organization || `serial:${serialNumber}`;
  return ` (possibly because of ${quote(fault)} while trying to verify candidate authority certificate ${quote(name)})`;
}

/** A loop of cross-signatures would never end: the same name, key and alternative names count as the same CA. */
function isInChain(candidate: Certificate, chain: Chain): boolean {
  for (const certificate of chain) {
    if (!sameBytes(candidate.subject, certificate.subject)) continue;
    if (!sameBytes(candidate.publicKeyInfo, certificate.publicKeyInfo)) continue;
    const ours = alternativeNames(candidate);
    const theirs = alternativeNames(certificate);
    if (ours === undefined && theirs === undefined) return true;
    if (ours === undefined || theirs === undefined) return false;
    if (sameBytes(ours, theirs)) return true;
  }
  return false;
}

function alternativeNames({ extensions }: Certificate): Uint8Array | undefined {
  return extensions.find(({ oid }) => oid === "2.5.29.17")?.value;
}

/** Why `certificate` must not continue `chain`, whose signature is known to be its own. */
function validityFault(
  certificate: Certificate,
  kind: "leaf" | "intermediate" | "root",
  chain: Chain,
  seconds: number,
): string | undefined {
  const { facts, notBefore, notAfter } = certificate;
  if (facts.unhandledCritical.length > 0) return "x509: unhandled critical extension";
  const expired = "x509: certificate has expired or is not yet valid: current time";
  const now = () => formatCertificateTime({ seconds, offsetMinutes: 0 });
  if (seconds < notBefore.seconds) return `${expired} ${now()} is before ${formatCertificateTime(notBefore)}`;
  if (seconds > notAfter.seconds) return `${expired} ${now()} is after ${formatCertificateTime(notAfter)}`;
  if (kind === "intermediate" && !facts.basicConstraints?.isCa) {
    return "x509: certificate is not authorized to sign other certificates";
  }
  const limit = facts.basicConstraints?.maxPathLength;
  const intermediatesBelow = chain.length - 1;
  if (limit !== undefined && intermediatesBelow > limit) {
    return "x509: too many intermediates for path length constraint";
  }
  return undefined;
}
