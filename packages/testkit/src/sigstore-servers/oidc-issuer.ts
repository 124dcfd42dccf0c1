import { verify } from "node:crypto";
import { defaultEmail, defaultOidcIssuer } from "../signing-kit/fulcio.ts";
import { createSigningKey, type SigningKey } from "../signing-kit/signing-key.ts";
import { requestJson, textAt, valueAt } from "./request-json.ts";

/** Vouches for people and workloads: with the tokens that a Fulcio takes. */
export interface OidcIssuer {
  readonly issuer: string;
  /** A JWT, ES256. */
  token(claims?: TokenClaims): string;
  /** Whom a token is of; undefined if it is not this issuer's, for somebody else, or out of date. */
  check(token: string, now: number): TokenSubject | undefined;
}

/** Replaces claims of a token for `dev@example.com`, for `sigstore`, valid ten minutes; undefined takes one away. */
export interface TokenClaims {
  readonly iss?: string;
  readonly sub?: string;
  readonly aud?: string;
  readonly email?: string | undefined;
  readonly email_verified?: boolean;
  /** seconds since 1970 */
  readonly exp?: number;
  readonly iat?: number;
  /** signs instead of the issuer */
  readonly signedBy?: SigningKey;
}

/** What proof of possession is made over, and what stands in the certificate. */
export type TokenSubject =
  | { readonly type: "email"; readonly value: string }
  | { readonly type: "uri"; readonly value: string };

/** @param now seconds since 1970: from when tokens are valid */
export function createOidcIssuer(now: number, issuer = defaultOidcIssuer): OidcIssuer {
  const key = createSigningKey(`oidc ${issuer}`);
  return {
    issuer,
    token({ signedBy = key, ...claims } = {}) {
      const payload = {
        iss: issuer,
        sub: "1234",
        aud: "sigstore",
        email: defaultEmail,
        email_verified: true,
        iat: now,
        exp: now + 600,
        ...claims,
      };
      const text = [{ alg: "ES256", typ: "JWT" }, payload].map(encoded).join(".");
      const signature = signedBy.sign(Buffer.from(text), { encoding: "ieee-p1363" });
      return `${text}.${Buffer.from(signature).toString("base64url")}`;
    },
    check(token, time) {
      const [head = "", payload = "", signature = ""] = token.split(".");
      const signed = Buffer.from(`${head}.${payload}`);
      const dsaEncoding = "ieee-p1363";
      const bytes = Buffer.from(signature, "base64url");
      if (!verify("sha256", signed, { key: key.publicKeyPem, dsaEncoding }, bytes)) return undefined;
      const claims = requestJson(Buffer.from(payload, "base64url").toString());
      const expires = valueAt(claims, "exp");
      const isInTime = typeof expires === "number" && expires > time;
      if (textAt(claims, "iss") !== issuer || textAt(claims, "aud") !== "sigstore" || !isInTime)
        return undefined;
      return subjectOf(claims);
    },
  };
}

function subjectOf(claims: unknown): TokenSubject | undefined {
  const email = textAt(claims, "email");
  if (email !== "") {
    return valueAt(claims, "email_verified") === true ? { type: "email", value: email } : undefined;
  }
  const subject = textAt(claims, "sub");
  return URL.canParse(subject) ? { type: "uri", value: subject } : undefined;
}

function encoded(json: unknown): string {
  return Buffer.from(JSON.stringify(json)).toString("base64url");
}
