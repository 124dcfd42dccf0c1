import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newerProgram } from "./programs.ts";

/** A GnuPG home with keys that ask for no passphrase. Its agent ends when the directory is gone. */
export interface GnuPg {
  /** what programs that sign with GPG want as GNUPGHOME */
  readonly home: string;
  /** Makes a key that signs, and gives its fingerprint. `algorithm` as for --quick-generate-key. */
  generate(name: string, algorithm?: string, ...options: readonly string[]): string;
  /** Adds a subkey that signs, and gives its fingerprint. */
  addSubkey(fingerprint: string, algorithm?: string): string;
  /** Revokes a key by the certificate that was made with it. */
  revoke(fingerprint: string): void;
  /** A public key as `gpg --export` writes it. */
  export(fingerprint: string, ...options: readonly string[]): Buffer;
  /** What `gpg --sign` makes of a document; options come before it, or another command instead of it. */
  sign(document: Uint8Array, ...options: readonly string[]): Buffer;
  /** Any other command; gives what it prints. */
  run(args: readonly string[], input?: Uint8Array): Buffer;
}

/** @param directory is made; short, as the agent's socket is below it */
export function openGnuPg(directory: string): GnuPg {
  const home = join(directory, "gnupg");
  mkdirSync(home, { recursive: true, mode: 0o700 });
  const unattended = ["--batch", "--yes", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""];
  const run = (args: readonly string[], input: Uint8Array = new Uint8Array()): Buffer =>
    execFileSync(newerProgram("gpg"), ["--homedir", home, ...unattended, ...args], {
      input,
      timeout: 60_000,
      stdio: ["pipe", "pipe", "pipe"],
      env: { PATH: process.env["PATH"], LC_ALL: "C" },
    });
  const fingerprints = (of: string): string[] =>
    [
      ...run(["--with-colons", "--list-keys", of])
        .toString()
        .matchAll(/^fpr:+([0-9A-F]+):$/gm),
    ].map(([, fingerprint = ""]) => fingerprint);
  return {
    home,
    run,
    generate(name, algorithm = "ed25519", ...options) {
      run([...options, "--quick-generate-key", name, algorithm, "sign", "never"]);
      return fingerprints(`=${name}`)[0] ?? "";
    },
    addSubkey(fingerprint, algorithm = "ed25519") {
      run(["--quick-add-key", fingerprint, algorithm, "sign", "never"]);
      return fingerprints(fingerprint).at(-1) ?? "";
    },
    revoke(fingerprint) {
      run(["--import"], revocationOf(home, fingerprint));
    },
    export: (fingerprint, ...options) => run([...options, "--export", fingerprint]),
    sign(document, ...options) {
      const isOther = options.some((option) => ["--clear-sign", "--detach-sign", "--store"].includes(option));
      return run(isOther ? options : [...options, "--sign"], document);
    },
  };
}

/** What gpg makes with every key; as the text in it says one shall, without the colon that keeps it from counting. */
export function revocationOf(home: string, fingerprint: string): Buffer {
  const text = readFileSync(join(home, "openpgp-revocs.d", `${fingerprint}.rev`), "utf8");
  return Buffer.from(text.replace(":-----BEGIN", "-----BEGIN"));
}
