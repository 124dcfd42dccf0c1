import { isAmong, isSame } from "./compare-trust.ts";
import { repositoryObject, rootObject, sigstoreObject } from "./extension/print-sigstore.ts";
import { narrows } from "./narrower-identity.ts";
import type {
  AttestationDemand,
  Authority,
  KeyAuthority,
  KeylessAuthority,
  KeylessTrust,
  SigstoreRequirement,
  TextMatch,
  TimestampDemand,
  TransparencyDemand,
  TransparencyLogs,
} from "./sigstore-requirement.ts";

type Verifying = KeyAuthority | KeylessAuthority;

/** Whether one of the authorities lets in whatever there is. */
export function acceptsAllBy({ authorities }: SigstoreRequirement): boolean {
  return authorities.some((authority) => authority.type === "static" && authority.action === "pass");
}

/** Whether none of the authorities ever lets in anything. */
export function acceptsNoneBy({ authorities }: SigstoreRequirement): boolean {
  return authorities.every(isHopeless);
}

function isHopeless(authority: Authority): boolean {
  return authority.type === "static" && authority.action === "fail";
}

/** Whether it is sure that whatever `one` accepts, `that` accepts too. */
export function sigstoreImplies(one: SigstoreRequirement, that: SigstoreRequirement): boolean {
  if (acceptsAllBy(that)) return true;
  if (comparisons(one, that) > maxComparisons) return isWritten(one, that, sigstoreObject);
  const isCovered = one.authorities
    .filter((authority) => !isHopeless(authority))
    .every((authority) => that.authorities.some((other) => authorityImplies(authority, other)));
  const isNarrower =
    that.identity.type === "digestOnly" ||
    (one.identity.type !== "digestOnly" && narrows(one.identity, that.identity));
  return isCovered && isNarrower && (!one.acceptsIndexSignatures || that.acceptsIndexSignatures);
}

/** Beyond that only the very same is told to be no more. */
const maxComparisons = 100_000;

function comparisons(...requirements: readonly [SigstoreRequirement, SigstoreRequirement]): number {
  const [one, that] = requirements.map(({ authorities }) =>
    authorities.reduce(
      (sum, authority) => sum + ("identities" in authority ? authority.identities.length : 1),
      0,
    ),
  );
  return (one ?? 0) * (that ?? 0);
}

function authorityImplies(one: Authority, that: Authority): boolean {
  if (one.type === "key" && that.type === "key") {
    return (
      isAmong(one.keys, that.keys) &&
      one.hashAlgorithm === that.hashAlgorithm &&
      (that.transparency.type === "none" || loggedEnough(one.transparency, that.transparency)) &&
      (that.timestamp.type === "none" || stampedEnough(one.timestamp, that.timestamp)) &&
      looksAtTheSame(one, that)
    );
  }
  if (one.type === "keyless" && that.type === "keyless") {
    // a certificate that need not be logged must be valid now, so that to ask for less is no weaker
    return (
      trustsTheSame(one.trust, that.trust) &&
      one.identities.every((signer) =>
        that.identities.some(
          (other) => covers(other.issuer, signer.issuer) && covers(other.subject, signer.subject),
        ),
      ) &&
      (!one.ignoresSct || that.ignoresSct) &&
      loggedEnough(one.transparency, that.transparency) &&
      stampedEnough(one.timestamp, that.timestamp) &&
      looksAtTheSame(one, that)
    );
  }
  return false;
}

function loggedEnough(one: TransparencyDemand, that: TransparencyDemand): boolean {
  if (one.type === "none" || that.type === "none") return one.type === that.type;
  return one.threshold >= that.threshold && asksTheSameLogs(one.logs, that.logs);
}

function asksTheSameLogs(one: TransparencyLogs | undefined, that: TransparencyLogs | undefined): boolean {
  if (one?.type === "rekor" && that?.type === "rekor") return isAmong(one.keys, that.keys);
  if (one?.type === "trustedRoot" && that?.type === "trustedRoot")
    return isWritten(one.root, that.root, rootObject);
  return one === undefined && that === undefined;
}

function stampedEnough(one: TimestampDemand, that: TimestampDemand): boolean {
  if (one.type === "none" || that.type === "none") return one.type === that.type;
  return (
    one.threshold >= that.threshold && isWritten(one.root, that.root, (root) => root && rootObject(root))
  );
}

function trustsTheSame(one: KeylessTrust, that: KeylessTrust): boolean {
  if (one.type === "trustedRoot" && that.type === "trustedRoot") {
    return isWritten(one.root, that.root, rootObject);
  }
  if (one.type !== "fulcio" || that.type !== "fulcio" || !isSame(one.ca, that.ca)) return false;
  if (one.rekor === undefined || that.rekor === undefined) return one.rekor === that.rekor;
  return isAmong(one.rekor, that.rekor);
}

/** Whether all that `that` lets through, `wide` lets through too. */
function covers(wide: TextMatch, that: TextMatch): boolean {
  if (that.type === "exact") {
    return wide.type === "exact" ? wide.text === that.text : wide.pattern.matches(that.text);
  }
  return (
    wide.type === "pattern" &&
    wide.pattern.source === that.pattern.source &&
    (!wide.pattern.anchored || that.pattern.anchored)
  );
}

/** In the same places, for the same kind of thing; where attestations are asked for, for no fewer. */
function looksAtTheSame(one: Verifying, that: Verifying): boolean {
  return (
    isWritten(one.sources, that.sources, (sources) => sources.map(repositoryObject)) &&
    (one.attestations.length === 0) === (that.attestations.length === 0) &&
    that.attestations.every((wanted) => one.attestations.some((given) => attests(given, wanted)))
  );
}

function attests(given: AttestationDemand, wanted: AttestationDemand): boolean {
  return (
    given.predicateType === wanted.predicateType &&
    (wanted.policy === undefined || wanted.policy.expression.source === given.policy?.expression.source)
  );
}

function isWritten<T>(one: T, that: T, write: (value: T) => unknown): boolean {
  return JSON.stringify(write(one)) === JSON.stringify(write(that));
}
