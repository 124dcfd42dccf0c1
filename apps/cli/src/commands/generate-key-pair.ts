import { unlink, writeFile } from "node:fs/promises";
import { generateKeyPair as generate } from "@countersign/signing/keys/generate-key-pair";
import { systemErrorText } from "@countersign/sources/system-error";
import { keyPassword } from "../signing/key-password.ts";
import { usage } from "../signing/signing-flags.ts";
import type { Terminal } from "../terminal.ts";

export interface KeyPairFlags {
  readonly outputPrefix: string;
  readonly passwordFile?: string;
}

/**
 * `countersign generate-key-pair`: a new private key, which cosign reads too, and its public key. Writes over nothing.
 * @throws CountersignError USAGE
 */
export async function generateKeyPair(flags: KeyPairFlags, io: Terminal): Promise<void> {
  const [privateFile, publicFile] = [`${flags.outputPrefix}.key`, `${flags.outputPrefix}.pub`];
  const password = await keyPassword(flags.passwordFile, privateFile, twice(io), needsPassword)();
  const { privateKey, publicKey } = await generate(password);
  await create(publicFile, publicKey, 0o644);
  await create(privateFile, privateKey, 0o600).catch(async (error) => {
    await unlink(publicFile);
    throw error;
  });
  io.out(`private key  ${privateFile}\npublic key   ${publicFile}\n`);
}

const needsPassword =
  "is to have a password, and nobody is there to be asked for one: set COUNTERSIGN_PASSWORD, or name a file with --password-file; for a key without a password set it to nothing (COUNTERSIGN_PASSWORD=)";

/** What is typed unseen is typed twice: a key whose password nobody knows is of no use. */
function twice(io: Terminal): Terminal {
  return {
    ...io,
    async askSecret(prompt) {
      const [first, second] = [await io.askSecret(prompt), await io.askSecret("The same again: ")];
      if (first !== second) throw usage("the two passwords are not the same");
      return first;
    },
  };
}

async function create(path: string, content: string, mode: number): Promise<void> {
  try {
    await writeFile(path, content, { flag: "wx", mode });
  } catch (caught) {
    const isThere = caught instanceof Error && "code" in caught && caught.code === "EEXIST";
    const remedy = isThere ? "; choose another --output-prefix" : "";
    throw usage(`${path}: ${systemErrorText(caught)}${remedy}`);
  }
}
