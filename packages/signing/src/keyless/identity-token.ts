import { CountersignError } from "@countersign/engine/values/error";

/** An OIDC token, as far as whoever shows it to Fulcio has to know it. */
export interface IdentityToken {
  readonly token: string;
  /** what Fulcio puts into the certificate and wants proof of possession over */
  readonly subject: string;
  readonly issuer: string;
}

const maxLength = 64 * 1024;

/**
 * Looks into a token: Fulcio verifies it, we only need to know what it is about, and that it is not out of date.
 * @param now - milliseconds since 1970
 * @throws CountersignError IDENTITY_TOKEN_UNUSABLE; the message holds nothing of the token but times
 */
export function parseIdentityToken(text: string, now: number): IdentityToken {
  const token = text.trim();
  if (token.length > maxLength || !/^[\w-]+\.[\w-]+\.[\w-]*$/.test(token))
    throw unusable("it is no OIDC token (JWT)");
  const { iss, sub, email, email_verified: verified, exp } = claimsOf(token);
  const subject = typeof email === "string" && verified === true ? email : sub;
  if (typeof subject !== "string" || subject === "" || typeof iss !== "string") {
    throw unusable("it does not say whose it is (iss, sub)");
  }
  if (typeof exp === "number" && exp * 1000 <= now) {
    throw unusable(`it expired at ${new Date(exp * 1000).toISOString()}`);
  }
  return { token, subject, issuer: iss };
}

function claimsOf(token: string): Readonly<Record<string, unknown>> {
  try {
    const claims: unknown = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
    if (typeof claims === "object" && claims !== null) return claims as Record<string, unknown>;
  } catch {
    // told below
  }
  throw unusable("it is no OIDC token (JWT)");
}

export function unusable(why: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("IDENTITY_TOKEN_UNUSABLE", `the identity token: ${why}`, options);
}
