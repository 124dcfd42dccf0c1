import { X509Certificate } from "node:crypto";
import type { SigningParty } from "../signing-party.ts";

/** A signature that is made must still reach the log while the certificate is valid. */
const margin = 120_000;

/**
 * Signs with one certificate until it is about to expire, and then with a new one.
 * @param certify - gets one, with a new key
 * @param now - milliseconds since 1970
 */
export function renewedParty(
  certify: (signal: AbortSignal) => Promise<SigningParty>,
  now: () => number,
): (signal: AbortSignal) => Promise<SigningParty> {
  let current: { readonly party: SigningParty; readonly until: number } | undefined;
  return async (signal) => {
    if (current !== undefined && now() < current.until) return current.party;
    const party = await certify(signal);
    const { certificate } = party;
    const expires = certificate === undefined ? Number.POSITIVE_INFINITY : expiry(certificate.leaf);
    current = { party, until: expires - margin };
    return party;
  };
}

function expiry(der: Uint8Array): number {
  return new X509Certificate(der).validToDate.getTime();
}
