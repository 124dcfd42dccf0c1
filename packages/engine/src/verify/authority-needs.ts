import type { TrustSource } from "../policy/policy.ts";
import type {
  KeyAuthority,
  KeylessAuthority,
  KeylessTrust,
  SignatureRepository,
  SigstoreRequirement,
  TrustedRootSource,
} from "../policy/sigstore-requirement.ts";
import {
  type AttachmentNeed,
  attachmentNeedKey,
  type Needs,
  trustRepositoryKey,
  trustSourceKey,
} from "./needs.ts";

/** What the authorities need that may be asked: none after one that always vouches. */
export function authorityNeeds({ authorities, acceptsIndexSignatures }: SigstoreRequirement): Needs {
  const certain = authorities.findIndex((one) => one.type === "static" && one.action === "pass");
  const reached = certain < 0 ? authorities : authorities.slice(0, certain);
  const asked = reached.flatMap((one) => (one.type === "static" ? [] : [one]));
  const sources = asked.flatMap(trustOf);
  const repositories = sources.filter((source) => source.type === "tuf");
  return {
    signatures: false,
    attachments: new Map(
      asked
        .flatMap((one) => attachmentNeeds(one, acceptsIndexSignatures))
        .map((need) => [attachmentNeedKey(need), need]),
    ),
    trustFiles: new Set(sources.flatMap(pathsOf)),
    trustRepositories: new Map(repositories.map((source) => [trustRepositoryKey(source), source])),
  };
}

/** What an authority looks at: signatures or attestations, in each of its places. */
export function attachmentNeeds(
  { attestations, sources }: KeyAuthority | KeylessAuthority,
  acceptsIndexSignatures: boolean,
): readonly AttachmentNeed[] {
  const kind = attestations.length === 0 ? "signatures" : "attestations";
  const places = sources.length === 0 ? [besideTheImage] : sources;
  return places.flatMap((place): readonly AttachmentNeed[] => {
    const need = { of: "manifest", kind, place } as const;
    return acceptsIndexSignatures ? [need, { ...need, of: "index" }] : [need];
  });
}

const besideTheImage: SignatureRepository = { repository: undefined, tagPrefix: "" };

/** Keys, CAs and trusted roots, in the order in which they are looked at. */
function trustOf(authority: KeyAuthority | KeylessAuthority): readonly TrustedRootSource[] {
  const { transparency, timestamp } = authority;
  const signers = authority.type === "key" ? [authority.keys] : certifiersOf(authority.trust);
  const logs = transparency.type === "logged" ? transparency.logs : undefined;
  const root = timestamp.type === "stamped" ? timestamp.root : undefined;
  return [
    ...signers,
    ...(logs === undefined ? [] : [logs.type === "rekor" ? logs.keys : logs.root]),
    ...(root === undefined ? [] : [root]),
  ];
}

function certifiersOf(trust: KeylessTrust): readonly TrustedRootSource[] {
  if (trust.type === "trustedRoot") return [trust.root];
  return trust.rekor === undefined ? [trust.ca] : [trust.ca, trust.rekor];
}

/**
 * The same text for authorities that a signature verifies for in the same way; which of the signers they accept may
 * differ.
 */
export function trustKey(authority: KeyAuthority | KeylessAuthority): string {
  const { transparency, timestamp } = authority;
  const logs = transparency.type === "logged" ? [transparency.threshold, transparency.logs?.type] : [];
  const stamps = timestamp.type === "stamped" ? [timestamp.threshold, timestamp.root !== undefined] : [];
  const own =
    authority.type === "key" ? [authority.hashAlgorithm] : [authority.trust.type, authority.ignoresSct];
  const sources = trustOf(authority).map((source) =>
    source.type === "tuf" ? trustRepositoryKey(source) : trustSourceKey(source),
  );
  return JSON.stringify([authority.type, own, transparency.type, logs, timestamp.type, stamps, sources]);
}

function pathsOf(source: TrustedRootSource): readonly string[] {
  const begin: TrustSource = source.type === "tuf" ? source.root : source;
  return begin.type === "files" ? begin.paths : [];
}
