import { DerReader, derTag } from "@countersign/engine/signature/der";
import { type ScryptCost, scryptFault } from "./scrypt-cost.ts";
import { unusableKey } from "./unusable-key.ts";

/** How a password becomes the key that an encrypted PKCS #8 is opened with. */
export type PasswordStretching =
  | { readonly type: "rounds"; readonly rounds: number }
  | { readonly type: "scrypt"; readonly cost: ScryptCost };

/** OWASP asks for up to 1.3 million; these take some seconds. */
const maxRounds = 4_000_000;
/** OpenSSL takes no more (SCRYPT_MAX_MEM), and would call it a wrong password. */
const maxScryptMemory = 32 * 1024 * 1024;

/**
 * Reads an EncryptedPrivateKeyInfo as far as it says what its password costs: OpenSSL computes whatever a file asks for,
 * for hours, and nothing else of this process would run meanwhile. What is not understood here is not given to it.
 * Source: RFC 5958 §3; RFC 8018 appendix A (PBES1, PBES2, PBKDF2); RFC 7292 appendix C; RFC 7914 §7 (scrypt).
 * @throws CountersignError SIGNING_KEY_UNUSABLE, also when it costs more than is allowed
 */
export function readStretching(der: Uint8Array): PasswordStretching {
  const algorithm = new DerReader(der).enter(derTag.sequence)?.enter(derTag.sequence);
  const scheme = algorithm?.oid();
  const parameters = algorithm?.enter(derTag.sequence);
  if (scheme === undefined || parameters === undefined) return malformed();
  if (isFirstScheme(scheme)) return rounds(parameters);
  if (scheme !== pbes2) return unknown(scheme);
  const derivation = parameters.enter(derTag.sequence);
  const kind = derivation?.oid();
  const inner = derivation?.enter(derTag.sequence);
  if (kind === undefined || inner === undefined) return malformed();
  if (kind === pbkdf2) return rounds(inner);
  return kind === scrypt ? scryptOf(inner) : unknown(kind);
}

const pbes2 = "1.2.840.113549.1.5.13";
const pbkdf2 = "1.2.840.113549.1.5.12";
const scrypt = "1.3.6.1.4.1.11591.4.11";

/** PBES1, and that of PKCS #12: both say salt and rounds alone. */
function isFirstScheme(oid: string): boolean {
  return /^1\.2\.840\.113549\.1\.(?:5\.(?:1|3|4|6|10|11)|12\.1\.[1-6])$/.test(oid);
}

function rounds(parameters: DerReader): PasswordStretching {
  const salt = parameters.content(derTag.octetString);
  const count = parameters.int64();
  if (salt === undefined || count === undefined || count < 1n) return malformed();
  if (count <= maxRounds) return { type: "rounds", rounds: Number(count) };
  throw tooMuch(`its password is stretched by ${count} rounds, ${maxRounds} are allowed`);
}

function scryptOf(parameters: DerReader): PasswordStretching {
  const salt = parameters.content(derTag.octetString);
  const numbers = [parameters.int64(), parameters.int64(), parameters.int64()];
  if (salt === undefined || numbers.includes(undefined)) return malformed();
  const [N = 0, r = 0, p = 0] = numbers.map(Number);
  const fault = scryptFault({ N, r, p }, maxScryptMemory);
  if (fault !== undefined) throw tooMuch(fault);
  return { type: "scrypt", cost: { N, r, p } };
}

function malformed(): never {
  throw unusableKey("what it holds is no private key that is encrypted as PKCS #8 says");
}

function unknown(oid: string): never {
  throw unusableKey(`it is encrypted in a way that is not known (${oid}): ${remedy}`);
}

function tooMuch(why: string): Error {
  return unusableKey(`${why}: ${remedy}`);
}

const remedy = "write it anew with openssl pkcs8 -in FILE | openssl pkcs8 -topk8 -out NEW";
