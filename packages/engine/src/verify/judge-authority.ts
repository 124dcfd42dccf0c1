import type {
  AttestationDemand,
  Authority,
  KeyAuthority,
  KeylessAuthority,
} from "../policy/sigstore-requirement.ts";
import { refuse } from "../signature/invalid.ts";
import { imageSignatureType } from "../signature/sigstore/statement.ts";
import { CountersignError } from "../values/error.ts";
import { quote } from "../values/go-format.ts";
import { type Attached, readContent } from "./attached-content.ts";
import { attachmentNeeds } from "./authority-needs.ts";
import type { Evidence } from "./evidence.ts";
import { joinReasons } from "./join-reasons.ts";
import { type KnownOfSignature, noSignature, type TriedSignatures, trySignatures } from "./judge-each.ts";
import { attachmentNeedKey } from "./needs.ts";
import type { UnverifiedSignature } from "./ports.ts";
import type { AttachedReader } from "./read-attached.ts";
import { requireSigner } from "./require-signer.ts";
import { requireSubject, type WantedSubject } from "./require-subject.ts";
import type { AttestationResult, AuthorityResult, SignedClaims } from "./verdict.ts";
import type { AttachedVerifier } from "./verify-attached.ts";

export type VerifyingAuthority = Authority & (KeyAuthority | KeylessAuthority);

/** An image, and all that is known of it. */
export interface VouchedImage extends WantedSubject {
  readonly evidence: Evidence;
  readonly acceptsIndexSignatures: boolean;
  readonly reader: AttachedReader;
  readonly verifiers: (authority: VerifyingAuthority) => AttachedVerifier;
}

export interface TriedAuthority {
  readonly result: AuthorityResult;
  /** undefined unless it is undecided */
  readonly fault: CountersignError | undefined;
}

/** Whether a key or an identity vouches for an image: by a signature, or by all the attestations that are demanded. */
export function judgeAuthority(authority: VerifyingAuthority, image: VouchedImage): TriedAuthority {
  const asked: Asked = {
    authority,
    image,
    stored: storedFor(authority, image),
    verifier: image.verifiers(authority),
  };
  if (authority.attestations.length > 0) return tryAttestations(asked);
  const { fault, ...tried } = tryStatements(asked, imageSignatureType, undefined);
  return { result: { authority, ...tried, fault: fault?.code, attestations: [] }, fault };
}

interface Asked {
  readonly authority: VerifyingAuthority;
  readonly image: VouchedImage;
  readonly stored: Stored;
  readonly verifier: AttachedVerifier;
}

/** What was found in the authority's places, and why others could not be looked into. */
interface Stored {
  readonly found: readonly UnverifiedSignature[];
  readonly missed: readonly CountersignError[];
}

function storedFor(
  authority: VerifyingAuthority,
  { evidence, acceptsIndexSignatures }: VouchedImage,
): Stored {
  const found: UnverifiedSignature[] = [];
  const missed: CountersignError[] = [];
  for (const need of attachmentNeeds(authority, acceptsIndexSignatures)) {
    if (need.of === "index" && evidence.indexDigest === undefined) continue;
    const there =
      evidence.attachments.get(attachmentNeedKey(need)) ??
      new CountersignError("INTERNAL", `${need.kind} of the ${need.of} were not gathered`);
    if (there instanceof CountersignError) missed.push(there);
    else found.push(...there);
  }
  return { found, missed };
}

/** In order; the first that is not met is the answer. */
function tryAttestations(asked: Asked): TriedAuthority {
  const { authority } = asked;
  const results: AttestationResult[] = [];
  for (const [at, demand] of authority.attestations.entries()) {
    const { fault, ...tried } = tryStatements(asked, demand.predicateType, demand);
    results.push({ demand, ...tried });
    if (tried.outcome === "satisfied") continue;
    const rest = authority.attestations.slice(at + 1).map(notLookedFor);
    const reason =
      authority.attestations.length === 1 ? tried.reason : `${quote(demand.name)}: ${tried.reason}`;
    const result = { authority, outcome: tried.outcome, reason, fault: fault?.code, signatures: [] };
    return { result: { ...result, attestations: [...results, ...rest] }, fault };
  }
  const result = { authority, outcome: "satisfied", reason: "", fault: undefined, signatures: [] } as const;
  return { result: { ...result, attestations: results }, fault: undefined };
}

function notLookedFor(demand: AttestationDemand): AttestationResult {
  return { demand, outcome: "not judged", reason: "", signatures: [] };
}

/** @param demand undefined for a signature */
function tryStatements(
  { authority, image, stored, verifier }: Asked,
  predicateType: string,
  demand: AttestationDemand | undefined,
): TriedSignatures {
  const { reader } = image;
  return trySignatures<UnverifiedSignature, Attached>(
    stored.found,
    {
      isRelevant: (one): one is Attached => reader.whyUnrelated(one, predicateType) === undefined,
      whyNotRelevant: (one) => reader.whyUnrelated(one, predicateType) ?? "",
      accept(attached) {
        const { signer } = verifier.verify(attached);
        requireSigner(authority, signer);
        const { subjects, statement } = readContent(attached, reader.read(attached), predicateType);
        const claims = requireSubject(subjects, image);
        const fault = statement && demand?.policy?.expression.fault(statement.json);
        if (fault !== undefined)
          refuse(`the policy of ${quote(demand?.name ?? "")} does not accept its statement: ${fault}`);
        return { signer: undefined, certificate: verifier.certified(attached), claims };
      },
      read: (attached): KnownOfSignature => ({
        signer: undefined,
        certificate: verifier.certified(attached),
        claims: unverifiedClaims(attached, reader, predicateType),
      }),
      none: () => noneOf(predicateType, stored.found.length),
      rejected: (reasons) => joinCounted(demand === undefined ? "signatures" : "attestations", reasons),
    },
    stored.missed,
  );
}

/** One attestation is often stored in two formats, and what is wrong with it is then wrong twice: it is told once. */
function joinCounted(what: "signatures" | "attestations", reasons: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  const counted = [...counts].map(([reason, count]) =>
    count === 1 ? reason : `${reason} (${count} ${what})`,
  );
  return joinReasons(`None of the ${what} were accepted`, counted);
}

function noneOf(predicateType: string, others: number): string {
  const more = others === 0 ? "" : ` (${others} other attachment${others === 1 ? "" : "s"})`;
  if (predicateType === imageSignatureType) return noSignature + more;
  return `An attestation of type ${quote(predicateType)} was required, but no such attestation exists${more}`;
}

/** Enough for any honest signature; what is longer was perhaps never verified and is not worth reading. */
const maxClaimsSize = 16 * 1024;

function unverifiedClaims(
  attached: Attached,
  reader: AttachedReader,
  predicateType: string,
): SignedClaims | undefined {
  try {
    const entity = reader.read(attached);
    const { content } = entity;
    const payload =
      content.type === "envelope" ? content.payload : attached.type === "sigstore" ? attached.payload : [];
    if (payload.length > maxClaimsSize) return undefined;
    return readContent(attached, entity, predicateType).subjects[0];
  } catch {
    return undefined;
  }
}
