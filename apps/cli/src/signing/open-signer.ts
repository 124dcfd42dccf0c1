import { CountersignError } from "@countersign/engine/values/error";
import type { Signer } from "@countersign/signing/keys/signer";
import { systemTiming } from "@countersign/sources/timing";
import { readNamedFile } from "../bundle/named-file.ts";
import type { Terminal } from "../terminal.ts";
import { keyPassword } from "./key-password.ts";
import type { SignerFlags } from "./signing-flags.ts";

const maxKeyFile = 1024 * 1024;

/**
 * Opens the key that the flags name.
 * @param flags - of one signer; see requireOneSigner
 * @returns undefined if they name none
 * @throws CountersignError USAGE for a file that cannot be read, SIGNING_KEY_UNUSABLE or SIGNER_FAILED
 */
export async function openSigner(
  flags: SignerFlags,
  io: Terminal,
  signal: AbortSignal,
): Promise<Signer | undefined> {
  const { key, signerCommand, signerPublicKey } = flags;
  if (key !== undefined) return await keyFileSigner(key, flags.passwordFile, io);
  if (signerCommand === undefined) return undefined;
  const { commandSigner } = await import("@countersign/signing/keys/command-signer");
  const publicKey =
    signerPublicKey === undefined
      ? undefined
      : await readNamedFile(signerPublicKey, maxKeyFile, "--signer-public-key");
  return await commandSigner({ command: signerCommand, publicKey }, systemTiming, signal);
}

async function keyFileSigner(path: string, passwordFile: string | undefined, io: Terminal): Promise<Signer> {
  const { parsePrivateKey } = await import("@countersign/signing/keys/parse-private-key");
  const { keySigner } = await import("@countersign/signing/keys/key-signer");
  const make = "name a private key's file, or make one with countersign generate-key-pair";
  const file = await readNamedFile(path, maxKeyFile, "--key", make);
  try {
    return keySigner(await parsePrivateKey(file, keyPassword(passwordFile, path, io)));
  } catch (caught) {
    const error = CountersignError.from(caught);
    if (error.code !== "SIGNING_KEY_UNUSABLE") throw error;
    throw new CountersignError(error.code, `${path}: ${error.message}`, { cause: error });
  }
}
