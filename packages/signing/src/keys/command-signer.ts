import { hash as digestOf } from "node:crypto";
import { isSignedBy } from "@countersign/engine/signature/sigstore/check-signed-data";
import type { HashAlgorithm } from "@countersign/engine/signature/sigstore/signed-data";
import { CountersignError } from "@countersign/engine/values/error";
import { decodeBase64 } from "@countersign/engine/values/strict-base64";
import { runProgram } from "@countersign/sources/run-program";
import type { Timing } from "@countersign/sources/timing";
import type { Signer, SigningPublicKey } from "./signer.ts";
import { signingPublicKey } from "./signing-public-key.ts";

/** A program that signs: for keys in a KMS, an HSM or on a token. */
export interface SignerCommand {
  /** a line for `sh -c`: whoever wrote it signs by it, and may pipe things through */
  readonly command: string;
  /** PEM; undefined: the program is asked for it */
  readonly publicKey: Uint8Array | undefined;
}

/** Somebody may have to touch a token. */
const timeout = 120_000;
const maxOutput = 64 * 1024;

/**
 * Signs by a program. It is run once for each signature, with `COUNTERSIGN_REQUEST=sign`, the message on its standard
 * input, `COUNTERSIGN_HASH` (`sha256`, `sha384`, `sha512`; `none` for Ed25519) and `COUNTERSIGN_DIGEST`, the message's
 * digest by that hash, in hexadecimal; it prints the signature in base64. With `COUNTERSIGN_REQUEST=public-key` it prints
 * its public key, in PEM. What it writes to its standard error is for people. What it prints is verified before it is
 * used.
 * @throws CountersignError SIGNER_FAILED, SIGNING_KEY_UNUSABLE
 */
export async function commandSigner(
  { command, publicKey: given }: SignerCommand,
  timing: Timing,
  signal: AbortSignal,
): Promise<Signer> {
  const ask = async (
    request: "sign" | "public-key",
    variables: Readonly<Record<string, string>>,
    input: Uint8Array,
    within: AbortSignal,
  ): Promise<Buffer> => {
    const { exitCode, output } = await runProgram(
      {
        program: "/bin/sh",
        args: ["-c", command],
        variables: { COUNTERSIGN_REQUEST: request, ...variables },
        input,
        timeout,
        maxOutput,
        complaints: "inherit",
        name: "the signer's program",
      },
      failed,
      timing,
      within,
    );
    if (exitCode === 0) return output;
    throw failed(`the signer's program ended with ${exitCode} when it was asked for a ${words[request]}`);
  };

  const pem = given ?? (await ask("public-key", {}, new Uint8Array(), signal));
  const publicKey = signingPublicKey(pem);
  return {
    publicKey,
    async sign(message, hash, within) {
      const output = await ask("sign", describing(publicKey, message, hash), message, within);
      const signature = decoded(output.toString());
      if (isSignedBy(publicKey, { type: "bytes", bytes: message }, signature, hash)) return signature;
      throw failed("what the signer's program printed is no signature by its key of what it was given");
    },
  };
}

const words = { sign: "signature", "public-key": "public key" } as const;

function describing({ type }: SigningPublicKey, message: Uint8Array, hash: HashAlgorithm) {
  return type === "ed25519"
    ? { COUNTERSIGN_HASH: "none" }
    : { COUNTERSIGN_HASH: hash, COUNTERSIGN_DIGEST: digestOf(hash, message) };
}

function decoded(text: string): Uint8Array {
  try {
    return decodeBase64(text.replaceAll(/\s/g, ""));
  } catch {
    throw failed("the signer's program did not print base64");
  }
}

function failed(message: string, options?: ErrorOptions): CountersignError {
  return new CountersignError("SIGNER_FAILED", message, options);
}
