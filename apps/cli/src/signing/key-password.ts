import type { AskPassword } from "@countersign/signing/keys/parse-private-key";
import { readNamedFile } from "../bundle/named-file.ts";
import type { Terminal } from "../terminal.ts";
import { usage } from "./signing-flags.ts";

const maxPasswordFile = 64 * 1024;

/**
 * Where a key's password is looked for: in the file that the command line names (its first line), in
 * `COUNTERSIGN_PASSWORD` or `COSIGN_PASSWORD`, which may be empty, and else by asking whoever sits at the terminal.
 * It is never taken from the command line, which everybody on the machine can read.
 * @param what - names the key to who is asked
 * @param nobodyThere - what is said of it when nobody is
 */
export function keyPassword(
  file: string | undefined,
  what: string,
  io: Terminal,
  nobodyThere: string = hasPassword,
): AskPassword {
  return async () => {
    if (file !== undefined) {
      const text = Buffer.from(await readNamedFile(file, maxPasswordFile, "--password-file")).toString();
      return text.split(/\r?\n/, 1)[0] ?? "";
    }
    const { COUNTERSIGN_PASSWORD: ours, COSIGN_PASSWORD: theirs } = io.environment;
    const told = ours ?? theirs ?? (await io.askSecret(`Password of ${what}: `));
    if (told !== undefined) return told;
    throw usage(`${what} ${nobodyThere}`);
  };
}

const hasPassword =
  "has a password, and nobody is there to be asked for it: set COUNTERSIGN_PASSWORD (or COSIGN_PASSWORD), or name a file with --password-file";
