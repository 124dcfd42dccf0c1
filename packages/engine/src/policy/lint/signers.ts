import type { FulcioTrust, PkiTrust } from "../policy.ts";
import type { Hint } from "./hint.ts";
import type { PlacedRequirement } from "./requirement-lists.ts";

/** Names of signers that no certificate will carry as they are written. All are compared letter by letter. */
export function* signerHints({ path, requirement }: PlacedRequirement): Generator<Hint> {
  if (requirement.type !== "sigstoreSigned") return;
  const { trust } = requirement;
  if (trust.type === "fulcio") yield* fulcioHints(`${path}.fulcio`, trust.fulcio);
  if (trust.type === "pki") yield* pkiHints(`${path}.pki`, trust.pki);
}

function* fulcioHints(path: string, { subjectEmail, oidcIssuer }: FulcioTrust): Generator<Hint> {
  if (isUri(subjectEmail)) {
    yield ciIdentity(`${path}.subjectEmail`, "this is a URI, as certificates of CI jobs carry");
  } else if (workloadIssuers.some((issuer) => issuer.test(oidcIssuer))) {
    yield ciIdentity(`${path}.oidcIssuer`, "certificates of this issuer name a CI job by a URI");
  } else {
    yield* emailHint(`${path}.subjectEmail`, subjectEmail);
  }
  yield* issuerHint(`${path}.oidcIssuer`, oidcIssuer);
}

function* pkiHints(path: string, { subjectEmail, subjectHostname }: PkiTrust): Generator<Hint> {
  if (subjectEmail !== undefined) yield* emailHint(`${path}.subjectEmail`, subjectEmail);
  if (subjectHostname === undefined || !/[/:\s]/.test(subjectHostname) || isIpv6(subjectHostname)) return;
  yield {
    code: "SUBJECT_NEVER_MATCHES",
    path: `${path}.subjectHostname`,
    message: "no certificate is for this: a host name has no scheme, port or path",
    remedy: `write ${JSON.stringify(subjectHostname.replace(/^[a-z]+:\/\//, "").replace(/[/:\s].*$/, ""))}`,
  };
}

/** Issuers whose tokens have no e-mail address, so that Fulcio puts a URI into the certificate. */
const workloadIssuers = [
  /^https:\/\/token\.actions\.githubusercontent\.com(\/|$)/,
  /^https:\/\/gitlab\.com\/?$/,
  /^https:\/\/agent\.buildkite\.com\/?$/,
  /^https:\/\/oidc\.circleci\.com\//,
  /^https:\/\/oidc\.codefresh\.io\/?$/,
  /^https:\/\/kubernetes\.default\.svc/,
  /^https:\/\/container\.googleapis\.com\/v1\/projects\//,
  /^https:\/\/oidc\.eks\.[^/]+\.amazonaws\.com\/id\//,
];

function ciIdentity(path: string, why: string): Hint {
  return {
    code: "CI_IDENTITY_UNSUPPORTED",
    path,
    message: `${why}, but only e-mail addresses are compared: nothing signed there is accepted`,
    remedy: `name it in a requirement "sigstore", which needs "countersign": 1 in the file; or have the job sign with a key and write keyPath`,
  };
}

function* emailHint(path: string, email: string): Generator<Hint> {
  const fault = emailFault(email);
  if (fault === undefined) return;
  yield {
    code: "SUBJECT_NEVER_MATCHES",
    path,
    message: `${fault}, and the certificate's e-mail address must be this text to the letter`,
    remedy: "write the one whole e-mail address that signs; for several signers use keys",
  };
}

function emailFault(email: string): string | undefined {
  if (email.trim() !== email) return "this has blanks around it";
  if (/^\^|\$$|\\|\.[*+]@|\*@|@\*/.test(email)) return "patterns are not understood here";
  return /^[^@\s]+@[^@\s]+$/.test(email) ? undefined : "this is no e-mail address";
}

export function* issuerHint(path: string, issuer: string): Generator<Hint> {
  if (!isUri(issuer) || issuer.trim() !== issuer) {
    yield {
      code: "ISSUER_NEVER_MATCHES",
      path,
      message: "an issuer is a URL, and the certificate's must be this text to the letter",
      remedy: isUri(issuer)
        ? `write ${JSON.stringify(issuer.trim())}`
        : `write ${JSON.stringify(`https://${issuer.trim()}`)}`,
    };
  } else if (wellKnownIssuers.some((known) => issuer === `${known}/`)) {
    yield {
      code: "ISSUER_NEVER_MATCHES",
      path,
      message: "this issuer is written without a slash at its end",
      remedy: `write ${JSON.stringify(issuer.slice(0, -1))}`,
    };
  } else if (issuer.endsWith("/")) {
    yield {
      code: "ISSUER_ENDS_IN_SLASH",
      path,
      message: "the certificate's issuer must be this text to the letter, the slash at its end included",
      remedy: `compare with "iss" in a token of this issuer: most write ${JSON.stringify(issuer.slice(0, -1))}`,
    };
  }
}

const wellKnownIssuers = [
  "https://accounts.google.com",
  "https://github.com/login/oauth",
  "https://gitlab.com",
  "https://oauth2.sigstore.dev/auth",
  "https://token.actions.githubusercontent.com",
];

function isUri(text: string): boolean {
  return /^\s*[A-Za-z][A-Za-z0-9+.-]*:\/\//.test(text);
}

function isIpv6(text: string): boolean {
  return /^\[?[0-9A-Fa-f:.]+\]?$/.test(text) && text.split(":").length > 2;
}
