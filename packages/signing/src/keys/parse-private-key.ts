import { createPrivateKey, type KeyObject, type PrivateKeyInput } from "node:crypto";
import { nextPemBlock, type PemBlock, pemText } from "@countersign/engine/signature/pem";
import { readStretching } from "./password-stretching.ts";
import { openSealedKey } from "./sealed-key.ts";
import { unusableKey } from "./unusable-key.ts";

/** Gives the key's password; asked only for a key that has one. */
export type AskPassword = () => Promise<string>;

/** What cosign writes, today and at first. */
export const sealedKeyLabel = "ENCRYPTED SIGSTORE PRIVATE KEY";
const firstSealedKeyLabel = "ENCRYPTED COSIGN PRIVATE KEY";

/**
 * Reads a private key file: PKCS #8, encrypted or not, cosign's own, or what `openssl` wrote before PKCS #8.
 * @param file - PEM; its first private key counts
 * @throws CountersignError SIGNING_KEY_UNUSABLE; the message holds nothing of the key
 */
export async function parsePrivateKey(file: Uint8Array, askPassword: AskPassword): Promise<KeyObject> {
  const block = firstKey(file);
  switch (block.label) {
    case sealedKeyLabel:
    case firstSealedKeyLabel: {
      const der = await openSealedKey(block.bytes, await askPassword());
      return imported({ key: Buffer.from(der), format: "der", type: "pkcs8" });
    }
    case "ENCRYPTED PRIVATE KEY": {
      const key = Buffer.from(block.bytes);
      readStretching(key);
      return imported({ key, format: "der", type: "pkcs8", passphrase: await askPassword() });
    }
    case "PRIVATE KEY":
      return imported({ key: Buffer.from(block.bytes), format: "der", type: "pkcs8" });
    case "EC PRIVATE KEY":
      return imported({ key: Buffer.from(block.bytes), format: "der", type: "sec1" });
    case "RSA PRIVATE KEY":
      return imported({ key: Buffer.from(block.bytes), format: "der", type: "pkcs1" });
    case "OPENSSH PRIVATE KEY":
      throw unusableKey("it is a key of OpenSSH's: convert a copy with ssh-keygen -p -m PKCS8 -f COPY");
    default:
      throw unusableKey(`it is a ${JSON.stringify(block.label)}, not a private key`);
  }
}

function firstKey(file: Uint8Array): PemBlock {
  const found = nextPemBlock(pemText(file));
  // `openssl ecparam -genkey` writes the curve before the key
  const { block } = (found?.block.label === "EC PARAMETERS" ? nextPemBlock(found.rest) : found) ?? {};
  if (block === undefined) throw unusableKey("there is no PEM in it");
  if (block.hasHeaders) {
    throw unusableKey(
      "it is encrypted in a way of OpenSSL's that is too weak: convert it with openssl pkcs8 -topk8 -in FILE -out NEW",
    );
  }
  return block;
}

function imported(input: PrivateKeyInput): KeyObject {
  try {
    return createPrivateKey(input);
  } catch {
    // OpenSSL names its routines, and cannot tell a wrong password from damage
    throw unusableKey(
      input.passphrase === undefined
        ? "what it holds is no private key"
        : "the password is not the key's, or the key file is damaged",
    );
  } finally {
    if (Buffer.isBuffer(input.key)) input.key.fill(0);
  }
}
