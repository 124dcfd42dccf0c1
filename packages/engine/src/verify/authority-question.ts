import type { TrustSource } from "../policy/policy.ts";
import type {
  KeyAuthority,
  KeylessAuthority,
  KeylessTrust,
  TransparencyLogs,
  TrustedRootSource,
} from "../policy/sigstore-requirement.ts";
import { unsupportedKey } from "../signature/check-signature.ts";
import { bareTrustedRoot } from "../signature/sigstore/bare-trust.ts";
import { parseTrustedRoot } from "../signature/sigstore/parse-trusted-root.ts";
import type { TrustedRoot } from "../signature/sigstore/trusted-root.ts";
import type { Demands, ExpectedSigner, VerificationQuestion } from "../signature/sigstore/verified-entity.ts";
import { CountersignError } from "../values/error.ts";
import type { Evidence } from "./evidence.ts";
import { trustRepositoryKey } from "./needs.ts";
import { loadTrustRoot } from "./trust-root.ts";
import { readTrustSource } from "./trust-source.ts";

/** What an authority asks of every signature. */
export type AuthorityQuestion = Omit<VerificationQuestion, "artifact">;

/**
 * Puts together whom an authority trusts; parsing is remembered by content. Logs and timestamp authorities of its trusted
 * root say when something was signed even where the policy does not demand them.
 * @throws CountersignError TRUST_FILE_UNREADABLE, TRUST_REPOSITORY_UNUSABLE or TRUST_MATERIAL_INVALID
 */
export function authorityQuestion(
  authority: KeyAuthority | KeylessAuthority,
  evidence: Evidence,
): AuthorityQuestion {
  const signer = expectedSigner(authority, evidence);
  const own = authority.type === "key" ? bareTrustedRoot(nobody) : keylessRoot(authority.trust, evidence);
  const { transparency, timestamp } = authority;
  const logs =
    transparency.type === "logged" && transparency.logs !== undefined
      ? logsRoot(transparency.logs, evidence)
      : own;
  const stamps =
    timestamp.type === "stamped" && timestamp.root !== undefined ? readRoot(timestamp.root, evidence) : own;
  const trust: TrustedRoot = {
    certificateAuthorities: own.certificateAuthorities,
    certificateLogs: own.certificateLogs,
    transparencyLogs: transparency.type === "logged" ? logs.transparencyLogs : [],
    timestampAuthorities: stamps.timestampAuthorities,
  };
  return { signer, trust, demands: demandsOf(authority, evidence.now) };
}

const nobody = { ca: undefined, rekorKeys: [] };

function expectedSigner(
  authority: KeyAuthority | KeylessAuthority,
  { trustFiles }: Evidence,
): ExpectedSigner {
  if (authority.type === "keyless") return { type: "certificate" };
  const root = loadTrustRoot({ type: "keys", keys: authority.keys, rekor: undefined }, trustFiles);
  const [first, ...others] = root.type === "keys" ? root.keys : [];
  if (first === undefined) throw invalid("the policy names no key");
  const keys = [first, ...others] as const;
  if (keys.some(({ type }) => type === "unsupported")) throw invalid(unsupportedKey);
  return { type: "key", keys, hashAlgorithm: authority.hashAlgorithm };
}

function keylessRoot(trust: KeylessTrust, evidence: Evidence): TrustedRoot {
  if (trust.type === "trustedRoot") return readRoot(trust.root, evidence);
  const [ca] = readTrustSource(trust.ca, evidence.trustFiles);
  if (ca === undefined) throw invalid("the policy names no certificates");
  const rekorKeys = trust.rekor === undefined ? [] : readTrustSource(trust.rekor, evidence.trustFiles);
  return bareTrustedRoot({ ca, rekorKeys });
}

function logsRoot(logs: TransparencyLogs, evidence: Evidence): TrustedRoot {
  if (logs.type === "trustedRoot") return readRoot(logs.root, evidence);
  return bareTrustedRoot({ ca: undefined, rekorKeys: readTrustSource(logs.keys, evidence.trustFiles) });
}

function readRoot(source: TrustedRootSource, { trustFiles, trustedRoots }: Evidence): TrustedRoot {
  if (source.type !== "tuf") return parseTrustedRoot(onlyText(source, trustFiles));
  const root = trustedRoots.get(trustRepositoryKey(source));
  if (root?.type === "read") return parseTrustedRoot(root.bytes);
  throw root?.error ?? new CountersignError("INTERNAL", `trusted root of ${source.mirror} was not gathered`);
}

function onlyText(source: TrustSource, files: Evidence["trustFiles"]): Uint8Array {
  const [bytes] = readTrustSource(source, files);
  if (bytes === undefined) throw invalid("the policy names no trusted root");
  return bytes;
}

/** A bare CA comes without certificate logs: then there is none that could promise anything. */
function demandsOf(authority: KeyAuthority | KeylessAuthority, now: number): Demands {
  const { transparency, timestamp } = authority;
  const asksForSct =
    authority.type === "keyless" && !authority.ignoresSct && authority.trust.type === "trustedRoot";
  return {
    logs: transparency.type === "logged" ? transparency.threshold : 0,
    timestamps: timestamp.type === "stamped" ? timestamp.threshold : 0,
    scts: asksForSct ? 1 : 0,
    now,
  };
}

function invalid(message: string): CountersignError {
  return new CountersignError("TRUST_MATERIAL_INVALID", message);
}
