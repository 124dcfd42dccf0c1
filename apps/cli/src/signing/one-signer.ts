import { type ServiceFlags, type SignerFlags, usage } from "./signing-flags.ts";

type Flags = SignerFlags & ServiceFlags;

const typed = {
  key: "--key",
  signerCommand: "--signer-command",
  signerPublicKey: "--signer-public-key",
  passwordFile: "--password-file",
  fulcioUrl: "--fulcio-url",
  identityToken: "--identity-token",
  identityTokenFile: "--identity-token-file",
} as const satisfies Partial<Record<keyof Flags, string>>;
type Typed = keyof typeof typed;

/** Of two of these one would count, and the other be passed over without a word. */
const apart: readonly (readonly [Typed, Typed])[] = [
  ["key", "signerCommand"],
  ["key", "fulcioUrl"],
  ["key", "identityToken"],
  ["key", "identityTokenFile"],
  ["signerCommand", "fulcioUrl"],
  ["signerCommand", "identityToken"],
  ["signerCommand", "identityTokenFile"],
  ["identityToken", "identityTokenFile"],
];

/** Flags that say more about another one. */
const together: readonly (readonly [Typed, Typed])[] = [
  ["signerPublicKey", "signerCommand"],
  ["passwordFile", "key"],
];

/**
 * Holds a command line to one signer: a key file, a program, or who has a token of Fulcio's. A signing config may name a
 * Fulcio beside a key, for it names every service there is; a variable may hold a token for other commands.
 * @throws CountersignError USAGE, naming both flags
 */
export function requireOneSigner(flags: Flags): void {
  for (const [one, other] of apart) {
    if (flags[one] === undefined || flags[other] === undefined) continue;
    throw usage(`${typed[one]} and ${typed[other]} are both given: leave one out`);
  }
  for (const [one, other] of together) {
    if (flags[one] === undefined || flags[other] !== undefined) continue;
    throw usage(`${typed[one]} goes with ${typed[other]}`);
  }
  const token = flags.identityToken === undefined ? "identityTokenFile" : "identityToken";
  if (flags[token] === undefined || flags.fulcioUrl !== undefined || flags.signingConfig !== undefined)
    return;
  throw usage(`${typed[token]} goes with --fulcio-url, or with a --signing-config that names a Fulcio`);
}
