import type { Certificate } from "./certificate.ts";
import { sameBytes } from "./certificate-pool.ts";

/**
 * Whether the chain's certificate policies leave any that its CAs allow, where one of them demands that (RFC 5280
 * §6.1 as updated by RFC 9618; no policy is asked for by us, so any will do). As Go's x509 policiesValid.
 *
 * Only the last level of RFC 9618's graph is kept: whether it is empty is all that is asked in the end.
 * @param chain leaf first, anchor last; the anchor's own policies do not count
 */
export function arePoliciesValid(chain: readonly Certificate[]): boolean {
  const certificates = chain.slice(0, -1);
  const unlimited = certificates.length + 1;
  const state: PolicyState = {
    level: new Map([[anyPolicy, new Set([anyPolicy])]]),
    explicitIn: unlimited,
    mappingFor: unlimited,
    anyFor: unlimited,
  };
  for (const [below, certificate] of [...certificates.entries()].reverse()) {
    const isLeaf = below === 0;
    if (certificate.facts.policies.policies.length === 0) state.level = undefined;
    if (state.explicitIn === 0 && state.level === undefined) return false;
    if (state.level !== undefined) {
      const level = nextLevel(state.level, certificate, mayUseAnyPolicy(state, certificate, isLeaf));
      if (!isLeaf && !mapPolicies(level, certificate, state.mappingFor > 0)) return false;
      state.level = level;
    }
    if (!isLeaf) tighten(state, certificate);
  }
  const [leaf] = certificates;
  const isExplicit = state.explicitIn <= 1 || leaf?.facts.policies.requireExplicit === 0;
  return certificates.length === 0 || !isExplicit || (state.level?.size ?? 0) > 0;
}

/** Policies of one certificate that those above it allow, each with what it is called in the certificates below. */
type PolicyLevel = Map<string, ReadonlySet<string>>;

interface PolicyState {
  /** undefined once a certificate has named no policies */
  level: PolicyLevel | undefined;
  /** certificates until a policy is demanded; the same for how long mappings and anyPolicy count */
  explicitIn: number;
  mappingFor: number;
  anyFor: number;
}

/** 2.5.29.32.0 */
const anyPolicy = "551d2000";

function mayUseAnyPolicy({ anyFor }: PolicyState, certificate: Certificate, isLeaf: boolean): boolean {
  return anyFor > 0 || (!isLeaf && isSelfIssued(certificate));
}

/** RFC 9618 §5.2 (d) */
function nextLevel(above: PolicyLevel, { facts }: Certificate, anyCounts: boolean): PolicyLevel {
  const { policies } = facts.policies;
  const expected = new Set([...above.values()].flatMap((names) => [...names]));
  const level: PolicyLevel = new Map();
  for (const policy of policies) {
    const isAllowed = expected.has(policy) || above.has(anyPolicy);
    if (policy !== anyPolicy && isAllowed) level.set(policy, new Set([policy]));
  }
  if (!policies.includes(anyPolicy) || !anyCounts) return level;
  for (const policy of expected) if (!level.has(policy)) level.set(policy, new Set([policy]));
  return level;
}

/** RFC 9618 §5.3 (b). False if a certificate maps anyPolicy, which it must not. */
function mapPolicies(level: PolicyLevel, { facts }: Certificate, mappingCounts: boolean): boolean {
  const subjects = new Map<string, Set<string>>();
  for (const { issuer, subject } of facts.policies.mappings) {
    if (!mappingCounts) level.delete(issuer);
    else if (issuer === anyPolicy || subject === anyPolicy) return false;
    else subjects.set(issuer, (subjects.get(issuer) ?? new Set()).add(subject));
  }
  for (const [issuer, names] of subjects) {
    if (level.has(issuer) || level.has(anyPolicy)) level.set(issuer, names);
  }
  return true;
}

/** RFC 5280 §6.1.4 (h) to (j) */
function tighten(state: PolicyState, certificate: Certificate): void {
  if (!isSelfIssued(certificate)) {
    state.explicitIn = Math.max(0, state.explicitIn - 1);
    state.mappingFor = Math.max(0, state.mappingFor - 1);
    state.anyFor = Math.max(0, state.anyFor - 1);
  }
  const { requireExplicit, inhibitMapping, inhibitAny } = certificate.facts.policies;
  state.explicitIn = lower(state.explicitIn, requireExplicit);
  state.mappingFor = lower(state.mappingFor, inhibitMapping);
  state.anyFor = lower(state.anyFor, inhibitAny);
}

function lower(current: number, limit: number | undefined): number {
  return limit === undefined || limit < 0 ? current : Math.min(current, limit);
}

function isSelfIssued({ issuer, subject }: Certificate): boolean {
  return sameBytes(issuer, subject);
}
